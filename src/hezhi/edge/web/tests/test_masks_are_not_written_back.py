"""A masked text that comes back by a form is refused in words, and nothing is written."""

from __future__ import annotations

import pytest
from django.test import Client

from hezhi.edge.stories.town import VILLAGE
from hezhi.edge.web.tests.office import Office
from hezhi.flow.intake.models import Record
from hezhi.spine.ledger import api as ledger
from hezhi.spine.vault.models import SubjectKeyRow

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("mask", ["138****1234", "••••••", "138××××1234"])
def test_a_form_with_a_mask_is_refused(office: Office, client: Client, mask: str) -> None:
    before = ledger.last_line_id()

    page = client.post(
        "/report/zombie_vehicles/report/",
        {
            "key": "k1",
            "place": ["890000", "890100", "890101", "890101001000", VILLAGE],
            "spot": "和畅苑3幢南侧",
            "standing_on": "compound",
            "happened_at": "2026-03-02T08:50",
            "found_by": "citizen",
            "vehicle": "白色轿车",
            "blocks": "true",
            "wrecked": "false",
            "contact_phone": mask,
        },
        follow=True,
    )

    assert "是遮盖符号，不能写回" in page.content.decode()
    assert (Record.objects.count(), SubjectKeyRow.objects.count()) == (0, 0)
    assert ledger.last_line_id() == before
