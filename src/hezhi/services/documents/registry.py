"""The papers the house can make: one line per template."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from hezhi.services.documents.contracts import DispatchOrder, Facts
from hezhi.services.documents.errors import DocumentDataInvalid, TemplateUnknown
from hezhi.services.documents.rules import dispatch_order_printed


@dataclass(frozen=True)
class Template:
    """One kind of paper.

    Attributes:
        file: the Typst file in ``templates/``.
        title: what lists call the paper.
        shape: the facts it needs; anything else is refused when the paper is ordered.
        printed: turns the facts into the words the Typst file prints.
    """

    id: str
    file: str
    title: str
    shape: type[Facts]
    printed: Callable[[Any], dict[str, Any]]


TEMPLATES = {
    one.id: one
    for one in (Template("dispatch_order", "dispatch_order.typ", "交办单", DispatchOrder, dispatch_order_printed),)
}


def template_get(template: str) -> Template:
    """Return one template.

    Raises:
        TemplateUnknown: no template has this id.
    """
    try:
        return TEMPLATES[template]
    except KeyError:
        raise TemplateUnknown(template=template, known=", ".join(sorted(TEMPLATES))) from None


def facts_read(template: Template, data: dict[str, Any]) -> Facts:
    """Read ``data`` into the template's shape.

    Raises:
        DocumentDataInvalid: with one finding per problem, each naming the place.
    """
    try:
        return template.shape.model_validate(data)
    except ValidationError as error:
        findings = tuple(f"{'.'.join(map(str, one['loc'])) or template.id}: {one['msg']}" for one in error.errors())
        raise DocumentDataInvalid(findings=findings, template=template.id) from error
