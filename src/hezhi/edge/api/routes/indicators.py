"""Numbers recomputed from the ledger."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema

from hezhi.edge.api.auth import by
from hezhi.edge.api.errors import answers
from hezhi.edge.api.routes.packs import PackId
from hezhi.flow.indicators import api as indicators
from hezhi.flow.indicators.contracts import IndicatorValue
from hezhi.packkit.shape import Indicator

router = Router(tags=["indicators"])
Dimension = Annotated[Literal["", "region", "agency", "matter"], Query(description="Empty: the whole city.")]


class IndicatorLine(Schema):
    """One indicator with its definition and its values, oldest month first."""

    definition: Indicator
    values: list[IndicatorValue]


@router.get("/{pack_id}", response=answers(list[IndicatorLine], 404), summary="Indicators of a pack")
def of_pack(request: HttpRequest, pack_id: PackId, by_dimension: Dimension = "") -> list[IndicatorLine]:
    """Return stored values; those with too few cases come hidden, without their number."""
    found = indicators.indicators_page(by=by(request), pack_id=pack_id, dimension=by_dimension)
    return [IndicatorLine(definition=definition, values=values) for definition, values in found]
