"""The city's own lines of the responsibility catalogue, loaded from its lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from hezhi.flow.cases.contracts import ResponsibilityLine
from hezhi.flow.cases.errors import CatalogueInvalid
from hezhi.flow.cases.models import Responsibility
from hezhi.packkit import api as packkit
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Right
from hezhi.spine.regions import api as regions

CHAIN = "catalogue"


@guard.act
def responsibilities_load(*, lines: Sequence[ResponsibilityLine], by: Actor, at: datetime) -> int:
    """Put lines into the catalogue and return how many are new or changed; the same lines again change nothing.

    Raises:
        CatalogueInvalid: a matter or region that does not exist, or no basis; every finding at once.
        NotAllowed: the actor does not coordinate everywhere.
        PackUnknown: a line names a pack that is not installed.
    """
    permissions.require_everywhere(by, Right.CASE_COORDINATE)
    places = {code: row.path for code, row in regions.regions_get({one.region_code for one in lines}).items()}
    findings = [finding for one in lines for finding in _findings(one, places)]
    if findings:
        raise CatalogueInvalid(findings=tuple(findings))
    changed = [one for one in lines if _put(one, places[one.region_code])]
    if changed:
        ledger.line_append(
            chain=CHAIN, act="catalogue.load", by=by, at=at, body={"lines": [asdict(one) for one in changed]}
        )
    return len(changed)


def _findings(line: ResponsibilityLine, places: dict[str, str]) -> list[str]:
    name = f"{line.pack_id}, {line.matter}, {line.region_code}"
    known = {one.id for one in packkit.shelf().get(line.pack_id).matters}
    return [
        *([] if line.matter in known else [f"{name}: the pack has no such matter"]),
        *([] if line.region_code in places else [f"{name}: there is no such region"]),
        *([] if line.basis.strip() else [f"{name}: needs a basis"]),
    ]


def _put(line: ResponsibilityLine, region_path: str) -> bool:
    wanted = {
        "lead_kind": line.lead_kind,
        "co_kinds": list(line.co_kinds),
        "support_kinds": list(line.support_kinds),
        "basis": line.basis,
    }
    place = {"pack_id": line.pack_id, "matter": line.matter, "region_path": region_path}
    row, is_new = Responsibility.objects.get_or_create(**place, defaults=wanted)
    if is_new or all(getattr(row, name) == value for name, value in wanted.items()):
        return is_new
    for name, value in wanted.items():
        setattr(row, name, value)
    row.save()
    return True
