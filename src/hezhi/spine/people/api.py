"""The door of this room: who acts with which rights, which agency is responsible, who is on duty.

Reads are in ``queries``, commands in ``commands`` and ``accounts``, bulk loading in ``loading``; what is needed to
sign in besides a password in ``second``, ``passkeys`` and ``links``, and who is signed in where in ``sessions``.
"""

from __future__ import annotations

from hezhi.spine.people.accounts import FIRST_HOLDS as FIRST_HOLDS
from hezhi.spine.people.accounts import (
    account_contact_set,
    account_create,
    account_password_reset,
    account_password_set,
    account_switch,
)
from hezhi.spine.people.commands import (
    agency_create,
    agency_end,
    duty_drop,
    duty_set,
    person_create,
    person_leave,
    person_place,
    post_create,
)
from hezhi.spine.people.deputies import DEPUTY_DAYS as DEPUTY_DAYS
from hezhi.spine.people.deputies import actor_standing_in, deputies_fit, deputies_of, deputy_end, deputy_name
from hezhi.spine.people.glass import GLASS_HOURS as GLASS_HOURS
from hezhi.spine.people.glass import glass_break
from hezhi.spine.people.helping import glass_end, link_cut, second_reset
from hezhi.spine.people.kin import kin_declare, kin_near, kin_of, kin_withdraw
from hezhi.spine.people.leaving import hand_over_get, hand_over_note, officer_leave
from hezhi.spine.people.links import account_link, account_linked, account_unlink, links_of
from hezhi.spine.people.loading import people_load
from hezhi.spine.people.passkeys import (
    passkey_add,
    passkey_ask,
    passkey_challenge,
    passkey_check,
    passkey_list,
    passkey_remove,
)
from hezhi.spine.people.queries import (
    account_find,
    account_get,
    actor_for_account,
    actor_get,
    agencies_find,
    agencies_get,
    agencies_list,
    agencies_of_kind,
    agency_by_code,
    agency_find,
    agency_for_role,
    agency_get,
    contact_get,
    contacts_get,
    duties_of,
    holders_of,
    officers,
    on_duty,
    person_get,
    person_names,
    person_posts,
    posts_of,
)
from hezhi.spine.people.recusals import persons_recused, recusal_lift, recusal_set, recusal_spread, recusals_of
from hezhi.spine.people.rules import HEAD as HEAD
from hezhi.spine.people.rules import RIGHTS as RIGHTS
from hezhi.spine.people.rules import STANDS_IN as STANDS_IN
from hezhi.spine.people.second import (
    recovery_left,
    second_begin,
    second_check,
    second_confirm,
    second_is_on,
    second_off,
)
from hezhi.spine.people.sessions import session_begin, session_used, sessions_end, sessions_of, sessions_purge

__all__ = [
    "account_contact_set",
    "account_create",
    "account_find",
    "account_get",
    "account_link",
    "account_linked",
    "account_password_reset",
    "account_password_set",
    "account_switch",
    "account_unlink",
    "actor_for_account",
    "actor_get",
    "actor_standing_in",
    "agencies_find",
    "agencies_get",
    "agencies_list",
    "agencies_of_kind",
    "agency_by_code",
    "agency_create",
    "agency_end",
    "agency_find",
    "agency_for_role",
    "agency_get",
    "contact_get",
    "contacts_get",
    "deputies_fit",
    "deputies_of",
    "deputy_end",
    "deputy_name",
    "duties_of",
    "duty_drop",
    "duty_set",
    "glass_break",
    "glass_end",
    "hand_over_get",
    "hand_over_note",
    "holders_of",
    "kin_declare",
    "kin_near",
    "kin_of",
    "kin_withdraw",
    "link_cut",
    "links_of",
    "officer_leave",
    "officers",
    "on_duty",
    "passkey_add",
    "passkey_ask",
    "passkey_challenge",
    "passkey_check",
    "passkey_list",
    "passkey_remove",
    "people_load",
    "person_create",
    "person_get",
    "person_leave",
    "person_names",
    "person_place",
    "person_posts",
    "persons_recused",
    "post_create",
    "posts_of",
    "recovery_left",
    "recusal_lift",
    "recusal_set",
    "recusal_spread",
    "recusals_of",
    "second_begin",
    "second_check",
    "second_confirm",
    "second_is_on",
    "second_off",
    "second_reset",
    "session_begin",
    "session_used",
    "sessions_end",
    "sessions_of",
    "sessions_purge",
]
