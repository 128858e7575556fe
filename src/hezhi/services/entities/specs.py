"""Which values of a subject are compared, by which keys candidates are found, and which number nobody shares. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from hezhi.services.entities import features as f
from hezhi.services.entities.features import Compared


@dataclass(frozen=True)
class Spec:
    """How records of one kind of subject are linked.

    Attributes:
        keys: each names columns; two records that agree in all columns of one are compared.
        training: pairs that agree in these columns train the weights of all other comparisons.
        sure: pairs that agree in all columns of one of these are taken as matches, to count how many there are at all.
        alone: the comparison of a number that one subject has one of; two in a cluster are never merged.
    """

    id: str
    compared: tuple[Compared, ...]
    keys: tuple[tuple[str, ...], ...]
    training: tuple[tuple[str, ...], ...]
    sure: tuple[tuple[str, ...], ...]
    alone: str = ""

    @property
    def columns(self) -> dict[str, bool]:
        """Every column, and whether it is a list."""
        return {name: is_list for one in self.compared for name, is_list in one.columns.items()}


PERSON = Spec(
    id="person",
    compared=(
        f.name_zh("name", "姓名", "Name"),
        f.day("born", "出生日期", "Day of birth"),
        f.code("phone", "电话", "Telephone"),
        f.wording("address", "住址", "Address"),
        f.same("number", "公民身份号码", "Resident's number"),
    ),
    keys=(
        ("number",),
        ("phone",),
        ("name", "born_year"),
        ("name_sound", "born"),
        ("name_family", "born"),
        ("name_first", "born_turned"),
        ("name", "address_head"),
    ),
    training=(("name",), ("born",), ("phone",)),
    sure=(("number",), ("name", "born"), ("name", "phone")),
    alone="number",
)
ORGANISATION = Spec(
    id="organisation",
    compared=(
        f.wording("name", "名称", "Name"),
        f.wording("address", "地址", "Address"),
        f.code("phone", "电话", "Telephone"),
        f.same("number", "统一社会信用代码", "Unified social credit code"),
    ),
    keys=(("number",), ("phone",), ("name",), ("address",), ("name_head", "address_head")),
    training=(("name",), ("address",), ("phone",)),
    sure=(("number",), ("name", "address"), ("name", "phone")),
    alone="number",
)
SPECS = {spec.id: spec for spec in (PERSON, ORGANISATION)}
"""Kinds of subjects whose records may lack a number; vehicles, vessels and accounts are known by theirs alone."""
