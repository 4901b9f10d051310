"""From an operator's text to an expression: only what is listed here is understood, and every refusal says why.

Python's own parser makes the tree; each of its nodes is then turned into one of ours, or refused. Nothing is run.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Mapping

from rapidfuzz import process

from openaisle.catalog.expressions.patterns import PatternRefused, check_pattern
from openaisle.catalog.expressions.tree import (
    FACTS,
    AnyOf,
    Attribute,
    Calculation,
    Call,
    Comparison,
    Every,
    Fact,
    Function,
    Kind,
    Matches,
    Missing,
    Node,
    Number,
    OneOf,
    Opposite,
    Text,
    Within,
    kind_of,
)
from openaisle.kernel.errors import Finding, RequestInvalid

EXPRESSION_LENGTH_MAXIMUM = 2_000
PARTS_MAXIMUM = 600
DEPTH_MAXIMUM = 24
CHOICES_MAXIMUM = 500
TEXT_LENGTH_MAXIMUM = 500
NUMBER_MAXIMUM = 10**15
# Enough of them could leave the range of numbers in one engine sooner than in another.
MULTIPLICATIONS_MAXIMUM = 8
ATTRIBUTE_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_ .:/()-]{0,98}[A-Za-z0-9)])?")

_COMPARISONS: Mapping[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_CALCULATIONS: Mapping[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_SIGNATURES: Mapping[Function, tuple[Kind, ...]] = {
    Function.LENGTH: (Kind.TEXT,),
    Function.LOWER: (Kind.TEXT,),
    Function.NUMBER: (Kind.TEXT,),
    Function.CONTAINS: (Kind.TEXT, Kind.TEXT),
    Function.STARTS_WITH: (Kind.TEXT, Kind.TEXT),
    Function.ENDS_WITH: (Kind.TEXT, Kind.TEXT),
}
_FUNCTION_NAMES = ("attribute", "matches", "category_within", *(one.value for one in Function))


class ExpressionInvalid(RequestInvalid):
    """The expression is not one of ours: something in it is unknown, of the wrong kind, or too large."""

    code = "expression-invalid"
    title = "The expression cannot be used"
    mend = "Correct what detail names; docs/reference/expressions.md lists all that an expression may hold."


def parse_expression(*, text: str) -> Node:
    """Return the condition that a text states; raises ExpressionInvalid with the place of what is wrong."""
    if len(text) > EXPRESSION_LENGTH_MAXIMUM:
        raise _refused(f"it has {len(text):,} characters; at most {EXPRESSION_LENGTH_MAXIMUM:,} are allowed", at=None)
    if not text.strip():
        raise _refused("it is empty", at=None)
    for at, letter in enumerate(text):
        if not letter.isprintable() and letter not in "\n\r\t":
            raise _refused("there is a control character", at=at)
    # Lines may be broken for reading; in brackets Python reads them as one.
    source = f"(\n{text}\n)"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parsed = ast.parse(source, mode="eval")
    except (SyntaxError, ValueError) as error:
        raise _refused(f"it cannot be read: {error.args[0]}", at=None) from None
    except (RecursionError, MemoryError):
        raise _refused("it is nested too deeply", at=None) from None
    return _Reader().condition(parsed.body, depth=0)


class _Reader:
    """One walk over the tree that Python's parser made."""

    def __init__(self) -> None:
        self._parts = 0
        self._multiplications = 0

    def condition(self, found: ast.expr, *, depth: int) -> Node:
        node = self.node(found, depth=depth)
        if kind_of(node) is not Kind.CONDITION:
            raise _refused(
                f"a condition is needed here, and this is a {kind_of(node)}; compare it with something", at=found
            )
        return node

    def node(self, found: ast.expr, *, depth: int) -> Node:
        self._parts += 1
        if depth > DEPTH_MAXIMUM:
            raise _refused(f"parts stand in each other more than {DEPTH_MAXIMUM} deep", at=found)
        if self._parts > PARTS_MAXIMUM:
            raise _refused(f"it has more than {PARTS_MAXIMUM} parts", at=found)
        read = _READERS.get(type(found))
        if read is None:
            raise _refused(f"{_told(found)} is not part of the language", at=found)
        return read(self, found, depth + 1)

    def constant(self, found: ast.Constant, _depth: int) -> Node:
        return _constant(found, found.value)

    def name(self, found: ast.Name, _depth: int) -> Node:
        if found.id in FACTS:
            return Fact(found.id)
        if found.id in _FUNCTION_NAMES:
            raise _refused(f"{found.id} is a function; write {found.id}(…)", at=found)
        raise _refused(f"there is no fact {found.id[:60]!r}{_nearest(found.id, tuple(FACTS))}", at=found)

    def every_or_any(self, found: ast.BoolOp, depth: int) -> Node:
        conditions = tuple(self.condition(one, depth=depth) for one in found.values)
        return Every(conditions) if isinstance(found.op, ast.And) else AnyOf(conditions)

    def unary(self, found: ast.UnaryOp, depth: int) -> Node:
        if isinstance(found.op, ast.Not):
            return Opposite(self.condition(found.operand, depth=depth))
        if not isinstance(found.op, ast.USub):
            raise _refused(f"{_told(found.op)} is not part of the language", at=found)
        node = self.number(found.operand, depth=depth)
        if isinstance(node, Number) and not node.digits.startswith("-"):
            return Number("-" + node.digits)
        return Calculation("-", Number("0"), node)

    def calculation(self, found: ast.BinOp, depth: int) -> Node:
        sign = _CALCULATIONS.get(type(found.op))
        if sign is None:
            raise _refused(f"{_told(found.op)} is not part of the language; + - * / are", at=found)
        if sign in "*/":
            self._multiplications += 1
            if self._multiplications > MULTIPLICATIONS_MAXIMUM:
                raise _refused(f"it multiplies and divides more than {MULTIPLICATIONS_MAXIMUM} times", at=found)
        return Calculation(sign, self.number(found.left, depth=depth), self.number(found.right, depth=depth))

    def number(self, found: ast.expr, *, depth: int) -> Node:
        node = self.node(found, depth=depth)
        if kind_of(node) is not Kind.NUMBER:
            hint = "; number(…) reads a number from a text" if kind_of(node) is Kind.TEXT else ""
            raise _refused(f"a number is needed here, and this is a {kind_of(node)}{hint}", at=found)
        return node

    def comparison(self, found: ast.Compare, depth: int) -> Node:
        sides = [found.left, *found.comparators]
        conditions = tuple(
            self._compared(sign, left, right, depth=depth)
            for sign, left, right in zip(found.ops, sides, sides[1:], strict=False)
        )
        return conditions[0] if len(conditions) == 1 else Every(conditions)

    def _compared(self, sign: ast.cmpop, left: ast.expr, right: ast.expr, *, depth: int) -> Node:
        if isinstance(sign, ast.In | ast.NotIn):
            node = self._within(left, right, depth=depth)
            return Opposite(node) if isinstance(sign, ast.NotIn) else node
        for one, other in ((left, right), (right, left)):
            if isinstance(one, ast.Constant) and one.value is None:
                return self._missing(sign, other, depth=depth)
        written = _COMPARISONS.get(type(sign))
        if written is None:
            raise _refused("'is' compares with None only; write ==", at=left)
        left_node, right_node = self.node(left, depth=depth), self.node(right, depth=depth)
        kinds = kind_of(left_node), kind_of(right_node)
        if Kind.CONDITION in kinds:
            raise _refused("a condition cannot be compared; combine it by and, or, not", at=left)
        if kinds[0] is not kinds[1]:
            raise _refused(
                f"a {kinds[0]} cannot be compared with a {kinds[1]}; number(…) reads a number from a text", at=left
            )
        return Comparison(written, left_node, right_node)

    def _missing(self, sign: ast.cmpop, value: ast.expr, *, depth: int) -> Node:
        node = self.node(value, depth=depth)
        if kind_of(node) is Kind.CONDITION:
            raise _refused("a condition is never missing", at=value)
        if isinstance(sign, ast.Eq | ast.Is):
            return Missing(node)
        if isinstance(sign, ast.NotEq | ast.IsNot):
            return Opposite(Missing(node))
        raise _refused("nothing is less or greater than None; compare with == or !=", at=value)

    def _within(self, left: ast.expr, right: ast.expr, *, depth: int) -> Node:
        value = self.node(left, depth=depth)
        kind = kind_of(value)
        if not isinstance(right, ast.Tuple | ast.List | ast.Set):
            whole = self.node(right, depth=depth)
            if kind is not Kind.TEXT or kind_of(whole) is not Kind.TEXT:
                raise _refused("'in' looks in a list such as (1, 2), or for a text within a text", at=left)
            return Call(Function.CONTAINS, (whole, value))
        if kind is Kind.CONDITION or not 1 <= len(right.elts) <= CHOICES_MAXIMUM:
            raise _refused(f"'in' looks for a text or a number in a list of 1 to {CHOICES_MAXIMUM}", at=left)
        choices = []
        for one in right.elts:
            choice = self.node(one, depth=depth)
            if not isinstance(choice, Text | Number) or kind_of(choice) is not kind:
                raise _refused(f"this list must hold {kind}s as they are, nothing else", at=one)
            choices.append(choice)
        return OneOf(value, tuple(choices))

    def call(self, found: ast.Call, depth: int) -> Node:
        if not isinstance(found.func, ast.Name):
            raise _refused("only the functions of the language can be called, by their names", at=found)
        name = found.func.id
        if found.keywords or any(isinstance(one, ast.Starred) for one in found.args):
            raise _refused(f"{name[:60]} takes plain values, without names and stars", at=found)
        if name in _SPECIAL:
            return _SPECIAL[name](self, found, depth)
        if name not in set(Function):
            raise _refused(f"there is no function {name[:60]!r}{_nearest(name, _FUNCTION_NAMES)}", at=found)
        function = Function(name)
        kinds = _SIGNATURES[function]
        if len(found.args) != len(kinds):
            raise _refused(f"{name} takes {len(kinds)} value{'s' * (len(kinds) != 1)}, not {len(found.args)}", at=found)
        arguments = tuple(self.node(one, depth=depth) for one in found.args)
        for one, argument, kind in zip(found.args, arguments, kinds, strict=True):
            if kind_of(argument) is not kind:
                raise _refused(f"{name} takes a {kind}, and this is a {kind_of(argument)}", at=one)
        return Call(function, arguments)

    def attribute(self, found: ast.Call, _depth: int) -> Node:
        name = _written(found, position=0, count=1)
        if ATTRIBUTE_NAME.fullmatch(name) is None:
            raise _refused("the name of an attribute has 1 to 100 letters, digits and signs of _ . : / ( ) -", at=found)
        return Attribute(name)

    def category_within(self, found: ast.Call, _depth: int) -> Node:
        path = " ".join(_written(found, position=0, count=1).split())
        if not path:
            raise _refused("the category is empty; write its path, such as Furniture > Chairs", at=found)
        return Within(path)

    def matches(self, found: ast.Call, depth: int) -> Node:
        pattern = _written(found, position=1, count=2)
        try:
            check_pattern(pattern=pattern)
        except PatternRefused as refused:
            told = f"the pattern, at its character {refused.at + 1}: {refused.told}"
            raise _refused(told, at=found.args[1]) from None
        value = self.node(found.args[0], depth=depth)
        if kind_of(value) is not Kind.TEXT:
            raise _refused(f"matches looks into a text, and this is a {kind_of(value)}", at=found)
        return Matches(value, pattern)


_READERS: Mapping[type[ast.expr], Callable[..., Node]] = {
    ast.Constant: _Reader.constant,
    ast.Name: _Reader.name,
    ast.BoolOp: _Reader.every_or_any,
    ast.UnaryOp: _Reader.unary,
    ast.BinOp: _Reader.calculation,
    ast.Compare: _Reader.comparison,
    ast.Call: _Reader.call,
}
_SPECIAL: Mapping[str, Callable[[_Reader, ast.Call, int], Node]] = {
    "attribute": _Reader.attribute,
    "category_within": _Reader.category_within,
    "matches": _Reader.matches,
}


def _constant(found: ast.expr, value: object) -> Node:
    if isinstance(value, str):
        if len(value) > TEXT_LENGTH_MAXIMUM or not all(letter.isprintable() or letter in "\n\t" for letter in value):
            raise _refused(f"a text has at most {TEXT_LENGTH_MAXIMUM} characters and no control characters", at=found)
        return Text(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        told = "None is compared by == or !=" if value is None else f"{str(value)[:40]} is no text and no number"
        raise _refused(told, at=found)
    if not abs(value) <= NUMBER_MAXIMUM or (value and abs(value) < 1e-6):
        raise _refused("a number is at most 1e15, and not closer to 0 than 0.000001", at=found)
    return Number(repr(value))


def _written(found: ast.Call, *, position: int, count: int) -> str:
    one = found.args[position] if len(found.args) == count else None
    if not isinstance(one, ast.Constant) or not isinstance(one.value, str):
        ending = "a text in quotes" if count == 1 else "a value and a text in quotes"
        raise _refused(f"{ast.unparse(found.func)} takes {ending}", at=found)
    _constant(one, one.value)
    return one.value


def _nearest(name: str, known: tuple[str, ...]) -> str:
    found = process.extractOne(name[:60], known, score_cutoff=60)
    return f"; did you mean {found[0]}?" if found is not None else f"; known are {', '.join(known)}"


def _told(found: ast.AST) -> str:
    words = re.sub(r"(?<!^)(?=[A-Z])", " ", type(found).__name__).lower()
    return f"what Python calls {words!r}"


def _refused(told: str, *, at: ast.expr | int | None) -> ExpressionInvalid:
    place = "expression"
    if isinstance(at, ast.expr):
        # Our opening bracket is line 1.
        place = f"line {at.lineno - 1}, column {at.col_offset + 1}"
    elif at is not None:
        place = f"character {at + 1}"
    return ExpressionInvalid(detail=f"At {place}: {told}.", findings=[Finding(pointer=place, detail=told)])
