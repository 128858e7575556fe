"""The one place where addresses of messages are sealed and opened."""

from __future__ import annotations

from collections.abc import Mapping

from hezhi.services.notices.models import Address, Delivery
from hezhi.spine.vault import api as vault
from hezhi.spine.vault.contracts import Place


def addresses_keep(addresses: Mapping[int, str], *, about: str) -> None:
    """Keep where deliveries go, by their ids, sealed under the key of what they are about; nothing is asked for none.

    Raises:
        SubjectErased: what they are about was erased.
    """
    if not addresses:
        return
    key = vault.key_ready(subject=about)
    rows = [Address(delivery_id=one, sealed=vault.seal(key, _place(one), to)) for one, to in addresses.items()]
    Address.objects.bulk_create(rows)


def address_of(delivery: Delivery) -> str:
    """Return where a delivery goes; empty where no address is kept, or where what it is about was erased."""
    sealed = Address.objects.filter(pk=delivery.pk).values_list("sealed", flat=True).first()
    keys = vault.keys_find(subjects=[delivery.notice.about]) if sealed else {}
    return "".join(str(vault.unseal(key, _place(delivery.pk), sealed)) for key in keys.values())


def _place(delivery_id: int) -> Place:
    return Place("notices_address", str(delivery_id), "address")
