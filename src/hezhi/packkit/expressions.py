"""The small language in which scans reckon: fields, features and parameters, compared and added up.

    amount_cents >= p.least and channel in ("cash", "card")

Its operators are a closed list with one meaning on every engine: whole numbers, text and truth values;
``+ - *``, comparisons, ``and or not``, ``in``, and the functions of `FUNCTIONS`. A missing value makes a
comparison neither true nor false, and only what is true counts. There is no division: ``permille(a, b)`` is the
one ratio, missing where ``b`` is zero, so that nothing passes a threshold by infinity; ``part(a, 50)`` is 50 permille
of ``a``.
"""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hezhi.kit.names import nearest_name

Dialect = Literal["duckdb", "spark"]
Kind = Literal["number", "text", "flag"]

FUNCTIONS = {"abs": 1, "least": 2, "greatest": 2, "coalesce": 2, "permille": 2, "part": 2, "missing": 1}
"""Name and number of arguments."""

_COMPARE = {ast.Eq: "=", ast.NotEq: "<>", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_RECKON = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}


class ExpressionBad(ValueError):
    """The text is not an expression of the language; ``nearest`` is the valid name that looks most like a wrong one."""

    def __init__(self, cause: str, nearest: str = "") -> None:
        self.cause, self.nearest = cause, nearest
        super().__init__(cause)


@dataclass(frozen=True)
class Name:
    """What a name stands for: how it reads in SQL, its kind of value, and its unit (empty: a bare number)."""

    sql: str
    kind: Kind
    unit: str = ""


@dataclass(frozen=True)
class Expression:
    """A checked expression. ``unit`` is empty where units were multiplied or none is known."""

    text: str
    tree: ast.expr
    names: tuple[str, ...]
    kind: Kind
    unit: str


def expression_read(text: str, names: Mapping[str, Name]) -> Expression:
    """Return the expression written in ``text``.

    Raises:
        ExpressionBad: something is not of the language, a name is unknown, kinds or units do not go together.

    Example:
        >>> money = {"paid": Name("paid", "number", "cents"), "p.least": Name("5", "number", "cents")}
        >>> expression_read("paid >= p.least", money).kind
        'flag'
        >>> expression_read("paid >= p.laest", money)
        Traceback (most recent call last):
        hezhi.packkit.expressions.ExpressionBad: 'p.laest' is not known here
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ExpressionBad(
            f"'{text}' is not an expression such as 'amount >= p.least and channel == \"cash\"'"
        ) from None
    checked = _Check(names)
    try:
        kind, unit = checked.visit(tree)
    except RecursionError:
        raise ExpressionBad("the expression is nested too deeply") from None
    return Expression(text, tree, tuple(sorted(checked.used)), kind, unit)


def expression_sql(expression: Expression, names: Mapping[str, Name], dialect: Dialect = "duckdb") -> str:
    """Return the expression in SQL; every operand stands in brackets."""
    return _Sql(names, dialect).visit(expression.tree)


def expression_value(expression: Expression, values: Mapping[str, Any]) -> Any:
    """Return what the expression is for these values; None where a missing value leaves it open.

    Example:
        >>> known = {"a": Name("a", "number"), "b": Name("b", "number")}
        >>> read = expression_read("permille(a, b) > 500 or missing(b)", known)
        >>> [expression_value(read, {"a": 2, "b": b}) for b in (3, 0, None)]
        [True, None, True]
    """
    return _Value(values).visit(expression.tree)


def dotted(node: ast.expr) -> str | None:
    """Return ``a`` or ``a.b`` for a name, None for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return None


class _Walk(ABC):
    """Sends each kind of node to its method; everything else is refused."""

    def visit(self, node: ast.expr) -> Any:
        if (name := dotted(node)) is not None:
            return self.name(name)
        match node:
            case ast.Constant(value=value) if isinstance(value, (bool, int, str)):
                return self.constant(value)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self.negation(operand)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self.minus(operand)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _RECKON:
                return self.reckon(_RECKON[type(op)], left, right)
            case ast.BoolOp(op=op, values=values):
                return self.junction("AND" if isinstance(op, ast.And) else "OR", values)
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARE:
                return self.compare(_COMPARE[type(op)], left, right)
            case ast.Compare(left=left, ops=[ast.In() | ast.NotIn() as op], comparators=[ast.Tuple(elts=members)]):
                return self.member(left, members, isinstance(op, ast.NotIn))
            case ast.Call(func=ast.Name(id=name), args=given, keywords=[]):
                return self.call(name, given)
        raise ExpressionBad(f"'{ast.unparse(node)}' is not of the language of expressions")

    @abstractmethod
    def name(self, name: str) -> Any: ...

    @abstractmethod
    def constant(self, value: bool | int | str) -> Any: ...

    @abstractmethod
    def negation(self, operand: ast.expr) -> Any: ...

    @abstractmethod
    def minus(self, operand: ast.expr) -> Any: ...

    @abstractmethod
    def reckon(self, operator: str, left: ast.expr, right: ast.expr) -> Any: ...

    @abstractmethod
    def junction(self, word: str, values: list[ast.expr]) -> Any: ...

    @abstractmethod
    def compare(self, operator: str, left: ast.expr, right: ast.expr) -> Any: ...

    @abstractmethod
    def member(self, left: ast.expr, members: list[ast.expr], is_not: bool) -> Any: ...

    @abstractmethod
    def call(self, name: str, given: list[ast.expr]) -> Any: ...


class _Check(_Walk):
    """Gives kind and unit of a node."""

    def __init__(self, names: Mapping[str, Name]) -> None:
        self.names, self.used = names, set()

    def name(self, name: str) -> tuple[Kind, str]:
        if name in ("true", "false"):
            return "flag", ""
        if name not in self.names:
            raise ExpressionBad(f"'{name}' is not known here", nearest_name(name, self.names))
        self.used.add(name)
        return self.names[name].kind, self.names[name].unit

    def constant(self, value: bool | int | str) -> tuple[Kind, str]:
        if isinstance(value, bool):
            return "flag", ""
        if isinstance(value, int) and abs(value) >= 10**15:
            raise ExpressionBad(f"{value} is too large")
        if isinstance(value, str) and ("'" in value or "\\" in value):  # engines do not agree how to write them
            raise ExpressionBad(f"{value!r} holds a quote or a backslash")
        return ("number", "*") if isinstance(value, int) else ("text", "")

    def negation(self, operand: ast.expr) -> tuple[Kind, str]:
        self._of("flag", operand)
        return "flag", ""

    def minus(self, operand: ast.expr) -> tuple[Kind, str]:
        return "number", self._of("number", operand)

    def reckon(self, operator: str, left: ast.expr, right: ast.expr) -> tuple[Kind, str]:
        units = self._of("number", left), self._of("number", right)
        if operator == "*":
            bare = [unit for unit in units if unit not in ("*", "permille", "count")]
            return "number", bare[0] if len(bare) == 1 else ("*" if not bare else "")
        return "number", self._same_unit(*units, ast.unparse(left), ast.unparse(right))

    def junction(self, _: str, values: list[ast.expr]) -> tuple[Kind, str]:
        for value in values:
            self._of("flag", value)
        return "flag", ""

    def compare(self, operator: str, left: ast.expr, right: ast.expr) -> tuple[Kind, str]:
        (kind, unit), (other, other_unit) = self.visit(left), self.visit(right)
        if kind != other:
            raise ExpressionBad(f"'{ast.unparse(left)}' is a {kind}, '{ast.unparse(right)}' a {other}")
        if kind == "number":
            self._same_unit(unit, other_unit, ast.unparse(left), ast.unparse(right))
        elif operator not in ("=", "<>"):
            raise ExpressionBad(f"'{operator}' compares numbers, '{ast.unparse(left)}' is a {kind}")
        return "flag", ""

    def member(self, left: ast.expr, members: list[ast.expr], _: bool) -> tuple[Kind, str]:
        kind, _unit = self.visit(left)
        for one in members:
            if not isinstance(one, ast.Constant) or self.visit(one)[0] != kind:
                raise ExpressionBad(f"'{ast.unparse(one)}' is no fixed {kind}")
        return "flag", ""

    def call(self, name: str, given: list[ast.expr]) -> tuple[Kind, str]:
        if name not in FUNCTIONS:
            raise ExpressionBad(f"there is no function '{name}'", nearest_name(name, FUNCTIONS))
        if len(given) != FUNCTIONS[name]:
            raise ExpressionBad(f"'{name}' takes {FUNCTIONS[name]} values, {len(given)} are given")
        told = [self.visit(one) for one in given]
        if name == "missing":
            return "flag", ""
        if name == "coalesce" and told[0][0] == told[1][0] != "number":
            return told[0]
        units = [self._of("number", one) for one in given]
        if name == "permille":
            return "number", "permille" if units[0] == units[1] else ""
        if name == "part":
            self._same_unit(units[1], "permille", ast.unparse(given[1]), "a part")
            return "number", units[0]
        return "number", units[0] if len(units) == 1 else self._same_unit(*units, *map(ast.unparse, given))

    def _of(self, kind: Kind, node: ast.expr) -> str:
        found, unit = self.visit(node)
        if found != kind:
            raise ExpressionBad(f"'{ast.unparse(node)}' is a {found}, a {kind} is needed")
        return unit

    @staticmethod
    def _same_unit(one: str, other: str, left: str, right: str) -> str:
        if "*" in (one, other):
            return other if one == "*" else one
        if one and other and one != other:
            raise ExpressionBad(f"'{left}' is in {one}, '{right}' in {other}: the units do not go together")
        return one or other


class _Sql(_Walk):
    def __init__(self, names: Mapping[str, Name], dialect: Dialect) -> None:
        self.names, self.dialect = names, dialect

    def name(self, name: str) -> str:
        return name.upper() if name in ("true", "false") else self.names[name].sql

    def constant(self, value: bool | int | str) -> str:
        return sql_text(value)

    def negation(self, operand: ast.expr) -> str:
        return f"(NOT {self.visit(operand)})"

    def minus(self, operand: ast.expr) -> str:
        return f"(- {self.visit(operand)})"

    def reckon(self, operator: str, left: ast.expr, right: ast.expr) -> str:
        return f"({self.visit(left)} {operator} {self.visit(right)})"

    def junction(self, word: str, values: list[ast.expr]) -> str:
        return f"({f' {word} '.join(self.visit(one) for one in values)})"

    compare = reckon

    def member(self, left: ast.expr, members: list[ast.expr], is_not: bool) -> str:
        listed = ", ".join(self.visit(one) for one in members)
        return f"({self.visit(left)} {'NOT IN' if is_not else 'IN'} ({listed}))"

    def call(self, name: str, given: list[ast.expr]) -> str:
        told = [self.visit(one) for one in given]
        if name == "missing":
            return f"({told[0]} IS NULL)"
        if name in ("least", "greatest"):  # a missing value leaves the answer open, which engines see differently
            sign = "<=" if name == "least" else ">="
            both = f"{told[0]} IS NOT NULL AND {told[1]} IS NOT NULL"
            return f"(CASE WHEN {told[0]} {sign} {told[1]} THEN {told[0]} WHEN {both} THEN {told[1]} END)"
        if name == "permille":
            divide = "//" if self.dialect == "duckdb" else "div"
            return f"(CASE WHEN {told[1]} <> 0 THEN ({told[0]} * 1000) {divide} {told[1]} END)"
        if name == "part":
            return f"(({told[0]} * {told[1]}) {'//' if self.dialect == 'duckdb' else 'div'} 1000)"
        return f"{name.upper()}({', '.join(told)})"


class _Value(_Walk):
    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def name(self, name: str) -> Any:
        return name == "true" if name in ("true", "false") else self.values[name]

    def constant(self, value: bool | int | str) -> Any:
        return value

    def negation(self, operand: ast.expr) -> bool | None:
        value = self.visit(operand)
        return None if value is None else not value

    def minus(self, operand: ast.expr) -> Any:
        value = self.visit(operand)
        return None if value is None else -value

    def reckon(self, operator: str, left: ast.expr, right: ast.expr) -> Any:
        one, other = self.visit(left), self.visit(right)
        if one is None or other is None:
            return None
        return {
            "+": lambda: one + other, "-": lambda: one - other, "*": lambda: one * other,
            "=": lambda: one == other, "<>": lambda: one != other, "<": lambda: one < other,
            "<=": lambda: one <= other, ">": lambda: one > other, ">=": lambda: one >= other,
        }[operator]()  # fmt: skip

    compare = reckon

    def junction(self, word: str, values: list[ast.expr]) -> bool | None:
        told = [self.visit(one) for one in values]
        deciding = word == "OR"
        if deciding in told:
            return deciding
        return None if None in told else not deciding

    def member(self, left: ast.expr, members: list[ast.expr], is_not: bool) -> bool | None:
        value = self.visit(left)
        return None if value is None else (value in [self.visit(one) for one in members]) != is_not

    def call(self, name: str, given: list[ast.expr]) -> Any:
        told = [self.visit(one) for one in given]
        if name == "missing":
            return told[0] is None
        if name == "coalesce":
            return told[0] if told[0] is not None else told[1]
        if None in told:
            return None
        if name == "permille":
            return _divided(told[0] * 1000, told[1]) if told[1] else None
        if name == "part":
            return _divided(told[0] * told[1], 1000)
        return {"abs": abs, "least": min, "greatest": max}[name](*told)


def _divided(number: int, by: int) -> int:
    """Divide as engines do: towards zero."""
    whole = abs(number) // abs(by)
    return whole if (number < 0) == (by < 0) else -whole


def sql_text(value: bool | int | str) -> str:
    """Return a constant as SQL writes it.

    Example:
        >>> sql_text("cash"), sql_text(True), sql_text(-3)
        ("'cash'", 'TRUE', '-3')
    """
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return str(value) if isinstance(value, int) else f"'{value}'"
