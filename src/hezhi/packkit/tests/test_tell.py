"""A pack tells itself in sentences, and two versions are compared by what they mean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import jsonschema
import pytest

from hezhi.packkit.api import Pack, pack_diff, pack_explain, pack_read, schemas
from hezhi.packkit.explain import ROLES
from hezhi.packkit.read import read_yaml
from hezhi.spine.people.contracts import Role


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_pack_tells_every_task_outcome_and_matter(works: Pack, language: Literal["zh", "en"]) -> None:
    sections = pack_explain(works, language=language)
    told = "\n".join(line for _, lines in sections for line in lines)

    assert len(sections) == 10
    for text in [
        *(task.says for task in works.playbook.tasks),
        *(outcome.label for outcome in works.playbook.outcomes),
        *(matter.label for matter in works.matters),
        *(one.says for one in works.indicators),
    ]:
        assert getattr(text, language) in told


def test_every_role_of_the_house_has_a_name_in_the_telling() -> None:
    assert set(ROLES) == set(Role)


def test_the_city_names_the_agencies_in_the_telling(works: Pack) -> None:
    kinds = {works.matters[0].lead: {"zh": "花坛办", "en": "Flower office"}}

    told = "\n".join(line for _, lines in pack_explain(works, kinds=kinds) for line in lines)

    assert "花坛办牵头" in told


def test_a_limit_that_nobody_checked_is_told_as_such(works: Pack) -> None:
    told = "\n".join(line for _, lines in pack_explain(works, language="en") for line in lines)

    assert "not checked against the text" in told


def test_a_changed_limit_a_new_task_and_a_removed_matter_are_three_changes(copy: Path) -> None:
    old = pack_read(copy)
    book = old.playbook.model_copy(
        update={
            "bounce_budget": 3,
            "tasks": (*old.playbook.tasks[::-1], old.playbook.tasks[0].model_copy(update={"id": "look_again"})),
        }
    )
    new = old.model_copy(update={"playbook": book, "matters": old.matters[:1]})

    changes = [(one.kind, one.place) for one in pack_diff(old, new)]

    assert changes == [
        ("removed", "matters.told_in_confidence"),
        ("changed", "playbook.bounce_budget"),
        ("added", "playbook.tasks.look_again"),
    ]


def test_a_pack_does_not_differ_from_itself(works: Pack) -> None:
    assert pack_diff(works, works) == ()


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        ("pack", "pack.yml"),
        ("records", "records.yml"),
        ("matters", "matters.yml"),
        ("playbook", "playbook.yml"),
        ("indicators", "indicators.yml"),
        ("expectations", "expectations.yml"),
        ("detector", "detectors/often.yml"),
        ("decision", "decisions/grade.yml"),
        ("quality", "quality.yml"),
        ("loop", "tests/loop.yml"),
    ],
)
def test_the_schemas_for_editors_agree_with_the_check(copy: Path, schema: str, file: str) -> None:
    form = json.loads(schemas()[f"{schema}.schema.json"])

    jsonschema.Draft202012Validator(form).validate(_plain(copy / file))


def _plain(path: Path) -> object:
    doc = read_yaml(path.name, path.read_text("utf-8"), lambda *_: None)
    assert doc is not None
    return _texts(doc.data)


def _texts(value: object) -> object:
    """Days as text, as JSON has them."""
    if isinstance(value, dict):
        return {name: _texts(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_texts(one) for one in value]
    return value if isinstance(value, (str, int, float, bool)) else str(value)


def test_an_editor_sees_a_misspelt_key(copy: Path) -> None:
    form = json.loads(schemas()["playbook.schema.json"])

    with pytest.raises(jsonschema.ValidationError, match="bounce_budgte"):
        jsonschema.Draft202012Validator(form).validate({"bounce_budgte": 2})
