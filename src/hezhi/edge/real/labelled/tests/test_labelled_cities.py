"""A labelled city is the same for the same seed, tells no label, and is judged on seeds that nothing was tuned on."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from hezhi.edge.real.labelled.judging import Counted, counted, judge, labelled_figures, simply_found, wilson
from hezhi.edge.real.labelled.making import Made, city_make
from hezhi.edge.real.labelled.plan import LabelledPlan, labelled_read
from hezhi.packkit.api import pack_read
from hezhi.project.options import ROOT

FILES = sorted((ROOT / "city/labelled").glob("*.yml"))
SMALL = {"subjects": 400, "seeds": {"tuning": [1], "evaluation": [2]}}


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def plan(request: pytest.FixtureRequest, tmp_path: Path) -> LabelledPlan:
    """A plan of the house, made small."""
    path = tmp_path / request.param.name
    path.write_text(yaml.safe_dump({**yaml.safe_load(request.param.read_text("utf-8")), **SMALL}), "utf-8")
    return labelled_read(path)


def test_the_same_seed_gives_the_same_city_and_another_one_another(plan: LabelledPlan) -> None:
    assert city_make(plan, 5) == city_make(plan, 5)
    assert city_make(plan, 5) != city_make(plan, 6)


def test_no_row_tells_what_a_subject_is(plan: LabelledPlan) -> None:
    made = city_make(plan, 5)
    told = {str(value) for rows in made.rows.values() for row in rows for value in row.values()}

    assert set(made.kind_of.values()) & told == set()
    assert set(made.rows) == {plan.register_lines.record, plan.meters.record}


def test_rows_are_what_the_pack_declares(plan: LabelledPlan) -> None:
    pack = pack_read(ROOT / "packs" / plan.pack)

    for name, rows in city_make(plan, 5).rows.items():
        fields = pack.record(name).fields
        assert set(rows[0]) <= set(fields)
        assert {one for one, field in fields.items() if field.required} <= set(rows[0])


def test_a_small_city_is_judged_and_every_subject_counted_once(plan: LabelledPlan) -> None:
    judged = judge(plan, pack_read(ROOT / "packs" / plan.pack), "evaluation")

    for one in (judged.detector, judged.simple):
        assert one.hit + one.false + one.missed + one.quiet == plan.subjects
        assert sum(total for total, _ in (one.by_kind or {}).values()) == plan.subjects
    assert [figure.name for figure in labelled_figures(plan, judged)] == [
        f"{plan.figures}.precision",
        f"{plan.figures}.recall",
    ]
    assert judged.detector.hit > 0


def test_found_and_true_are_counted_apart(plan: LabelledPlan) -> None:
    true = plan.truth.kinds[0]
    made = Made({}, {"a": true, "b": true, "c": "ordinary", "d": "ordinary", "e": "ordinary"})

    told = counted(plan, made, {"a", "c"})

    assert (told.hit, told.false, told.missed, told.quiet) == (1, 1, 1, 2)
    assert (told.precision, told.recall, told.prevalence) == (0.5, 0.5, 0.4)
    assert told.by_kind == {true: (2, 1), "ordinary": (3, 1)}
    assert (Counted().precision, Counted().recall) == (0.0, 0.0)


def test_the_simple_rule_needs_its_months_within_its_window(plan: LabelledPlan) -> None:
    rule, meters = plan.simple, plan.meters

    def rows(subject: str, months: list[int], value: int) -> list[dict[str, object]]:
        return [{meters.subject: subject, meters.moment.field: f"2026-{m:02d}-25", rule.field: value} for m in months]

    whole = list(range(1, rule.months + 1))
    apart = [1, *(rule.of + number for number in range(1, rule.months))]
    made = Made(
        {
            meters.record: (
                *rows("in", whole, rule.at_least),
                *rows("low", whole, rule.at_least - 1),
                *rows("apart", apart, rule.at_least),
            )
        },
        {},
    )

    assert simply_found(plan, made) == {"in"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"seeds": {"tuning": [1, 2], "evaluation": [2]}}, "both for tuning and for evaluation"),
        ({"truth": {"kinds": ["no_such_kind"]}}, "a kind that there is not"),
        ({"kinds": [{"id": "one", "share": 0.9, "people": [1, 2]}], "truth": {"kinds": ["one"]}}, "add up to 0.9000"),
    ],
)
def test_a_plan_that_would_flatter_is_refused(change: dict[str, object], says: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.yml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(FILES[0].read_text("utf-8")), **change}), "utf-8")

    with pytest.raises(ValueError, match=says):
        labelled_read(path)


@given(st.integers(0, 500), st.integers(1, 500))
def test_an_interval_holds_its_share(part: int, whole: int) -> None:
    low, high = wilson(min(part, whole), whole)

    assert 0 <= low <= min(part, whole) / whole + 1e-12
    assert min(part, whole) / whole - 1e-12 <= high <= 1
