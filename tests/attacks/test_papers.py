"""What stands in a paper's facts is printed as it was typed: no text of anybody's is set, run, or read from a file."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from tests.attacks.scene import Scene, taken_back

from hezhi.edge.now import now
from hezhi.flow.cases import api as cases
from hezhi.services.documents import api as documents
from hezhi.services.documents import registry, typesetting
from hezhi.services.documents.errors import TypesettingFailed
from hezhi.services.documents.tests.factories import AT, DIGEST, words_of
from hezhi.spine.clocks.contracts import Party

RUN = '#(7*7)#read("house.typ")'
MARKUP = (
    RUN,
    '#eval("6*7") #import "house.typ": * #include "house.typ" #pagebreak()',
    r"$x^2$ *b* _i_ `c` <l> @r = h \u{41} \# ~ -- ... [#x] // c /* d */",
    "{{7*7}} {% now 'Y' %} ${7*7} <%= 7*7 %> %s %(a)s {0}",
    '"); #read("/etc/passwd") //',
    '#read("/../../../../../etc/passwd") #image("https://example.invalid/a.png") #import "@preview/a:0.1.0"',
)


def everywhere(schema: Mapping[str, Any], root: Mapping[str, Any], texts: Iterator[str]) -> Any:
    """Return facts of a shape with everything given that can be, every free text being the next of ``texts``."""
    if "$ref" in schema:
        return everywhere(root["$defs"][schema["$ref"].rpartition("/")[2]], root, texts)
    if "anyOf" in schema:
        return everywhere(schema["anyOf"][0], root, texts)
    if "enum" in schema or "const" in schema:
        return schema.get("const", next(iter(schema.get("enum", ())), None))
    if schema["type"] == "object":
        return {name: everywhere(one, root, texts) for name, one in schema["properties"].items()}
    if schema["type"] == "array":
        return [everywhere(schema["items"], root, texts)]
    if "format" in schema:
        return {"date": "2026-03-02", "date-time": "2026-03-02T09:00:00+08:00"}[schema["format"]]
    return {"string": lambda: next(texts), "integer": lambda: 3, "boolean": lambda: False}[schema["type"]]()


def printed(template: registry.Template, payload: str) -> tuple[list[str], bytes]:
    """Return the texts that were put into a template's facts, each told from the others, and the paper made of them."""
    shape, used = template.shape.model_json_schema(), []

    def texts() -> Iterator[str]:
        while True:
            used.append(f"{payload} {len(used)};")
            yield used[-1]

    facts = registry.facts_read(template, everywhere(shape, shape, texts()))
    made = typesetting.pdf(file=template.file, printed=template.printed(facts), digest=DIGEST, at=AT)
    return used, made


@pytest.mark.parametrize("payload", MARKUP)
@pytest.mark.parametrize("template", registry.TEMPLATES.values(), ids=lambda one: one.id)
def test_every_text_of_every_paper_is_printed_as_it_was_typed(template: registry.Template, payload: str) -> None:
    used, made = printed(template, payload)
    told = words_of(made)

    assert len(used) > 10
    assert [one for one in used if "".join(one.split()) not in told] == []
    assert "#letink" not in told
    assert used[0] in (PdfReader(BytesIO(made)).metadata or {}).get("/Title", "")


def ordered(scene: Scene) -> str:
    """Put the payload into everything a case's order tells of, order it on the page, and return what it says."""
    office = scene.office
    case = office.opened("p1", standing_on="unclear_land", spot=f"A{RUN}", vehicle=f"B{RUN}")
    coordinator, agency = office.actor("coordinator"), office.town.agencies["housing_bureau"]
    cases.case_rule(case_id=case.id, agency_id=agency, reason=f"C{RUN}", by=coordinator, at=now())
    lead = office.actor("housing_bureau")
    cases.case_accept(case_id=case.id, by=lead, at=now())
    cases.case_extend(case_id=case.id, amount=2, reason=f"D{RUN}", by=coordinator, at=now())
    pack = office.pack.playbook
    cases.case_suspend(
        case_id=case.id, reason=pack.suspend_reasons[0].id, note=f"E{RUN}", waiting_for=Party.CITIZEN, by=lead, at=now()
    )
    assert office.client("coordinator").post(f"/cases/{case.id}/dispatch-order/", {"key": "p"}).status_code == 302
    made = documents.document_make(document_id=documents.documents_of(about=f"case:{case.id}")[-1].id, at=now())
    assert made.error == ""
    answer = office.client("coordinator").get(f"/cases/{case.id}/files/{made.file_sha256}/")
    return words_of(answer.content)


def test_what_people_typed_into_a_case_is_printed_on_its_order_as_they_typed_it(scene: Scene) -> None:
    with taken_back():
        told = ordered(scene)

    assert [mark for mark in "ABC" if f"{mark}{RUN}" not in told] == []
    assert "#letink" not in told


def test_a_text_that_is_pasted_into_a_template_runs_and_reads_files_but_none_outside_the_templates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weak = tmp_path / "templates"
    shutil.copytree(typesetting.FOLDER, weak)
    monkeypatch.setattr(typesetting, "FOLDER", weak)

    def pasted(text: str) -> str:
        (weak / "pasted.typ").write_text(f'#set text(font: "Noto Sans CJK SC")\n#set document(title: "a")\n{text}')
        return words_of(typesetting.pdf(file="pasted.typ", printed={}, digest=DIGEST, at=AT))

    assert "49" in pasted(RUN) and "#letink" in pasted(RUN)
    for outside in ('#read("/etc/passwd")', '#read("/../../../../etc/passwd")', '#import "/etc/passwd": *'):
        with pytest.raises(TypesettingFailed):
            pasted(outside)
