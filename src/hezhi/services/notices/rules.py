"""Decisions about notices: pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hezhi.services.notices.contracts import Channel, Recipient

SUBJECT_LENGTH = 60  # characters
_PHONE = re.compile(r"\+?[0-9][0-9 -]{3,19}")
_MAIL = re.compile(r"[^@\s<>,;:\"\\]{1,64}@[A-Za-z0-9.-]{1,190}")


def masked(address: str) -> str:
    """Return a phone number or mail address that can be recognised by its owner and by nobody else.

    Example:
        >>> masked("13800000123"), masked("li@example.org"), masked("0579-88")
        ('138****0123', 'l***@example.org', '05****')
    """
    if "@" in address:
        name, _, host = address.rpartition("@")
        return f"{name[:1]}***@{host}"
    digits = re.sub(r"\D", "", address)
    if not digits:
        return ""
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 11 else f"{digits[:2]}****"


def address_of(recipient: Recipient, channel: Channel) -> str:
    """Return where a message on ``channel`` goes; empty for ``in_app`` and when it is not known."""
    return {Channel.MAIL: recipient.mail, Channel.SMS: recipient.phone}.get(channel, "").strip()


def ways_of(recipient: Recipient, ways: Sequence[Channel]) -> list[Channel]:
    """Return the ways a recipient is told by: those with an address, or all of them where none has one.

    Example:
        >>> ways_of(Recipient("citizen:1"), [Channel.IN_APP, Channel.SMS])
        [<Channel.IN_APP: 'in_app'>]
    """
    open_ways = [way for way in ways if way is Channel.IN_APP or address_of(recipient, way)]
    return open_ways or list(ways)


def address_problem(channel: Channel, address: str) -> str:
    """Return why nothing can be sent to ``address`` on ``channel``, or an empty text.

    Example:
        >>> address_problem(Channel.SMS, "not known")
        'not a phone number'
    """
    if channel is Channel.IN_APP:
        return ""
    if not address:
        return "no address"
    if channel is Channel.SMS:
        return "" if _PHONE.fullmatch(address) else "not a phone number"
    return "" if _MAIL.fullmatch(address) else "not a mail address"


def subject_of(text: str) -> str:
    """Return a mail subject: the first line of ``text``, shortened, without control characters.

    Example:
        >>> subject_of("您的事项已办结。\\n请评价。")
        '您的事项已办结。'
    """
    first = "".join(one for one in text.strip().split("\n", 1)[0] if one.isprintable())
    return first if len(first) <= SUBJECT_LENGTH else first[: SUBJECT_LENGTH - 1] + "…"


def without_address(told: str, address: str) -> str:
    """Return what the other side answered, with the address in it masked."""
    return told.replace(address, masked(address)) if address else told
