"""Agencies, posts, the people on them, and the accounts they sign in with. Only ``api`` writes here."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from hezhi.spine.people.contracts import Relation, Role

ROLES = [(role.value, role.value) for role in Role]


def day_span(first: str, last: str) -> Func:
    """Both days belong to the span; a missing one leaves that end open."""
    return Func(F(first), F(last), Value("[]"), function="DATERANGE", output_field=DateRangeField())


def moment_span(first: str, last: str) -> Func:
    """The first moment belongs to the span, the last does not."""
    return Func(F(first), F(last), Value("[)"), function="TSTZRANGE", output_field=DateTimeRangeField())


class Agency(models.Model):
    code = models.CharField(max_length=48, unique=True)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=48)  # a word of the city's, used by packs; none stands in this house
    region_code = models.CharField(max_length=15, db_collation="C")
    region_path = models.CharField(max_length=80, db_collation="C")  # a code's path never changes
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="agency_one_per_kind_and_region",
                expressions=[
                    ("kind", RangeOperators.EQUAL),
                    ("region_code", RangeOperators.EQUAL),
                    (day_span("valid_from", "valid_to"), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                name="agency_lasts_a_day",
                condition=Q(valid_from__isnull=True) | Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
            ),
        ]
        indexes = [models.Index(fields=["region_code", "kind"], name="agency_place")]


class Post(models.Model):
    """A place in an agency. Its region says how far rights reach; empty means the agency's region."""

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="posts")
    role = models.CharField(max_length=16, choices=ROLES)
    title = models.CharField(max_length=60, blank=True)
    region_code = models.CharField(max_length=15, blank=True, db_collation="C")
    is_head = models.BooleanField(default=False)  # its holder looks after the agency's people

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agency", "role", "title", "region_code"], name="post_once"),
            models.CheckConstraint(name="post_role_known", condition=Q(role__in=sorted(role.value for role in Role))),
        ]


class Person(models.Model):
    name = models.CharField(max_length=60)


class Holding(models.Model):
    """A person on a post, ``to_on`` being the last day; several people may hold posts of one name."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="holdings")
    post = models.ForeignKey(Post, models.PROTECT, related_name="holdings")
    from_on = models.DateField()
    to_on = models.DateField(null=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="holding_once_a_day",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    ("post", RangeOperators.EQUAL),
                    (day_span("from_on", "to_on"), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                name="holding_lasts_a_day", condition=Q(to_on__isnull=True) | Q(to_on__gte=F("from_on"))
            ),
        ]


class Duty(models.Model):
    """Who is on duty for one role of an agency: one person at any moment."""

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    role = models.CharField(max_length=16, choices=ROLES)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    from_at = models.DateTimeField()
    to_at = models.DateTimeField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="duty_one_at_a_time",
                expressions=[
                    ("agency", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    (moment_span("from_at", "to_at"), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(name="duty_lasts", condition=Q(to_at__gt=F("from_at"))),
        ]


class Kin(models.Model):
    """A number that an officer says is a relative's; the hash is keyed (see ``kin``)."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    relation = models.CharField(max_length=16)
    number_hash = models.CharField(max_length=64)
    declared_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "number_hash"], name="kin_once"),
            models.CheckConstraint(
                name="kin_relation_known", condition=Q(relation__in=sorted(one.value for one in Relation))
            ),
        ]


class AccountManager(BaseUserManager["Account"]):
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> Account:
        """Make an account without a ledger line, for tests; everybody else uses ``api.account_create``."""
        account = self.model(username=username, **fields)
        account.set_password(password)
        account.save()
        return account


class Account(AbstractBaseUser):
    """What a person signs in with. Rights come from posts, never from the account."""

    username = models.CharField(max_length=32, unique=True, db_collation="C")
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=20, blank=True)
    wants_mail = models.BooleanField(default=False)  # every notice by mail too, whatever its pack says
    wants_sms = models.BooleanField(default=False)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="accounts")
    is_active = models.BooleanField(default=True)
    # Until when a first password signs in; it is changed then. None: a password that its owner chose.
    password_until = models.DateTimeField(null=True)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    objects = AccountManager()


class SecondFactor(models.Model):
    """The secret shared with an account's authenticator app; it holds once a code confirmed it."""

    account = models.OneToOneField(Account, models.CASCADE, primary_key=True, related_name="+")
    sealed = models.TextField()  # an envelope of the vault, under the key of ``account:<id>``
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0)  # of the last code used; no code up to it counts again


class RecoveryCode(models.Model):
    """A code for the day the phone is lost; the row goes when it is used."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    code_hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "code_hash"], name="recovery_code_once")]


class SignedIn(models.Model):
    """Which session belongs to which account; the session itself is Django's."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    session_key = models.CharField(max_length=40, unique=True)
    browser = models.CharField(max_length=200)
    begun_at = models.DateTimeField()
    used_at = models.DateTimeField()


class Passkey(models.Model):
    """A key kept by a person's device; only its public half is here."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    credential_id = models.BinaryField(unique=True)
    public_key = models.BinaryField()
    sign_count = models.BigIntegerField()
    name = models.CharField(max_length=60)
    added_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class Link(models.Model):
    """Who, at another provider of sign-in, an account belongs to."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    linked_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="link_once")]


class Recusal(models.Model):
    """Something a person has an interest in, and so nothing to do with (回避). Why is told in the ledger only.

    ``cause`` is the case, ``about`` the case itself or one of its records, alerts and hits.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    cause = models.CharField(max_length=40)
    about = models.CharField(max_length=40)
    set_by = models.CharField(max_length=80)
    set_at = models.DateTimeField()
    lifted_by = models.CharField(max_length=80, default="")
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "about"], condition=Q(lifted_at__isnull=True), name="recusal_holds_once"
            )
        ]
        indexes = [models.Index(fields=["cause"], name="recusal_cause", condition=Q(lifted_at__isnull=True))]


class Deputy(models.Model):
    """Who acts in somebody's post for a span of time (代理); it ends by itself."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    post = models.ForeignKey(Post, models.PROTECT, related_name="+")
    deputy = models.ForeignKey(Person, models.PROTECT, related_name="+")
    from_at = models.DateTimeField()
    to_at = models.DateTimeField()
    named_by = models.CharField(max_length=80)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="deputy_one_at_a_time",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    ("post", RangeOperators.EQUAL),
                    (moment_span("from_at", "to_at"), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(name="deputy_lasts", condition=Q(to_at__gte=F("from_at"))),
        ]
        indexes = [models.Index(fields=["deputy", "to_at"], name="deputy_of_person")]


class HandOver(models.Model):
    """An officer left an agency, and what was held went on: the list is printed for both sides (交接单)."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    successor = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=200)
    ordered_by = models.CharField(max_length=80)
    at = models.DateTimeField()
    closed_accounts = ArrayField(models.IntegerField(), default=list)


class HandOverItem(models.Model):
    """One thing that went on. ``to_person`` None: to the agency's desk."""

    hand_over = models.ForeignKey(HandOver, models.CASCADE, related_name="items")
    about = models.CharField(max_length=40)  # ``case:12``, ``task:9``, ``force:3``
    number = models.CharField(max_length=24)  # of the case
    to_person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")


class Glass(models.Model):
    """A post somebody holds in an emergency, beside the holdings and for hours only (break-glass)."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    post = models.ForeignKey(Post, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200)
    from_at = models.DateTimeField()
    to_at = models.DateTimeField()
    opened_by = models.CharField(max_length=80)

    class Meta:
        constraints = [models.CheckConstraint(name="glass_lasts", condition=Q(to_at__gt=F("from_at")))]
        indexes = [models.Index(fields=["person", "to_at"], name="glass_of_person")]
