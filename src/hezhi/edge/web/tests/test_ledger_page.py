"""The ledger's page checks every signature without the key that signs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.urls import reverse

from hezhi.edge.now import now
from hezhi.edge.web.tests.office import Office
from hezhi.spine.ledger import api as ledger


def test_the_page_works_where_the_private_key_cannot_be_read(office: Office, settings: Any, tmp_path: Path) -> None:
    settings.LEDGER_KEYS = tmp_path / "keys"
    office.opened()
    ledger.seal_make(at=now())
    client, page = office.client("operator"), reverse("web:ledger")
    (tmp_path / "keys/ledger_ed25519.pem").unlink()

    checked = client.post(page)

    assert (checked.status_code, checked.context["breaks"], checked.context["last"].number) == (200, [], 1)

    (tmp_path / "keys/ledger_ed25519.pub").write_text(f"ed25519:{'0' * 64}\n")
    assert [one.place for one in client.post(page).context["breaks"]] == ["seal 1"]
