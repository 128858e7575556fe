"""What this room refuses.

Invalid
└── PeopleInvalid     what was sent does not fit; ``findings`` says where
NotFound
├── AgencyNotFound
├── PostNotFound
├── PersonNotFound    no such person, or on no post at that time
├── DutyNotFound
├── AccountNotFound
├── DeputyNotFound
├── HandOverNotFound
├── LinkNotFound
├── KinNotFound
└── PasskeyNotFound
NotAllowed
├── AccountClosed     the account was switched off
├── PasskeyRefused    the passkey is unknown here, or its answer does not fit
└── WrongCode         no code of this account's authenticator app, or one used before
Refused
├── AgencyExists      its code, or its kind in this region, is taken
├── AgencyEnded       the agency ends, or does not exist yet, on that day
├── AlreadyOnPost     the same person holds the same post on one of these days
├── NotOnPost         the person does not hold such a post then
├── DutyTaken         somebody has duty at that time
├── UsernameTaken
├── SecondIsOn        the account has a second factor already
├── DeputyUnfit       no post in the agency whose role could stand in, or no such span
├── GlassWhole        no rights in an emergency go on
├── NobodyLeft        the agency would have nobody to hand over to
├── RecusalHolds      the person is kept out of this already
├── RecusalMissing    the person is not kept out of it
├── SamePerson        what another person must do
├── LinkTaken         the name at the other provider belongs to another account
└── SecondIsOff       it has none, or none that was confirmed
"""

from __future__ import annotations

from hezhi.kit.errors import Invalid, NotAllowed, NotFound, Refused


class PeopleInvalid(Invalid):
    """These details about agencies or people cannot be used."""

    code = "people_invalid"


class AgencyNotFound(NotFound):
    """There is no such agency."""

    code = "agency_not_found"


class PostNotFound(NotFound):
    """There is no such post."""

    code = "post_not_found"


class PersonNotFound(NotFound):
    """There is no such person, or none on a post at that time."""

    code = "person_not_found"


class KinNotFound(NotFound):
    """You have declared no such relative."""

    code = "kin_not_found"


class DutyNotFound(NotFound):
    """There is no such duty."""

    code = "duty_not_found"


class AccountNotFound(NotFound):
    """There is no such account."""

    code = "account_not_found"


class AccountClosed(NotAllowed):
    """This account was switched off."""

    code = "account_closed"


class AgencyExists(Refused):
    """The code is taken, or this region has an agency of this kind already."""

    code = "agency_exists"


class AgencyEnded(Refused):
    """The agency does not exist on that day."""

    code = "agency_ended"


class AlreadyOnPost(Refused):
    """The person holds this post on one of these days already."""

    code = "already_on_post"


class NotOnPost(Refused):
    """The person does not hold such a post at that time."""

    code = "not_on_post"


class DutyTaken(Refused):
    """Somebody has duty for this role at that time already."""

    code = "duty_taken"


class UsernameTaken(Refused):
    """There is an account of this name already."""

    code = "username_taken"


class WrongCode(NotAllowed):
    """This code is wrong, or was used before."""

    code = "wrong_code"


class SecondIsOn(Refused):
    """The second step is switched on already."""

    code = "second_is_on"


class SecondIsOff(Refused):
    """The second step is not switched on."""

    code = "second_is_off"


class PasskeyNotFound(NotFound):
    """There is no such passkey."""

    code = "passkey_not_found"


class PasskeyRefused(NotAllowed):
    """This passkey does not work here. Use your password, or try again."""

    code = "passkey_refused"


class DeputyNotFound(NotFound):
    """Nobody stands in there now, or it is not yours to know."""

    code = "deputy_not_found"


class HandOverNotFound(NotFound):
    """There is no such hand-over, or you may not see it."""

    code = "hand_over_not_found"


class LinkNotFound(NotFound):
    """There is no such link to another provider."""

    code = "link_not_found"


class GlassWhole(Refused):
    """This person has no rights in an emergency, or they are over."""

    code = "glass_whole"


class DeputyUnfit(Refused):
    """This person cannot stand in: another agency, another kind of post, or somebody stands in already."""

    code = "deputy_unfit"


class NobodyLeft(Refused):
    """Nobody else holds a post in this agency; put somebody on one first, so that nothing is left to nobody."""

    code = "nobody_left"


class RecusalHolds(Refused):
    """This person is kept out of the matter already."""

    code = "recusal_holds"


class RecusalMissing(Refused):
    """This person is not kept out of the matter."""

    code = "recusal_missing"


class SamePerson(Refused):
    """Somebody else must do this: neither the one concerned nor the one who set it."""

    code = "same_person"


class LinkTaken(Refused):
    """That name at the other provider belongs to another account already."""

    code = "link_taken"
