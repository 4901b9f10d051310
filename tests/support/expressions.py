"""What an expression means, said once more in plain Python: the measure for the SQL that it is written as."""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping
from typing import Any

from openaisle.catalog.expressions import tree
from openaisle.catalog.expressions.tree import Function, Node

_ORDERS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_SUMS = {"+": operator.add, "-": operator.sub, "*": operator.mul}
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")

Row = Mapping[str, Any]


def evaluated(node: Node, row: Row) -> Any:  # noqa: C901 - one case for each kind of node
    """The value of an expression for one row; ``attributes`` is a mapping of texts."""
    match node:
        case tree.Text(text):
            return text
        case tree.Number(digits):
            return float(digits)
        case tree.Fact(name):
            found = row.get(name)
            return float(found) if isinstance(found, int) else found
        case tree.Attribute(name):
            return row.get("attributes", {}).get(name)
        case tree.Call(function, arguments):
            return _called(function, *(evaluated(one, row) for one in arguments))
        case tree.Calculation(sign, left, right):
            return _calculated(sign, evaluated(left, row), evaluated(right, row))
        case tree.Comparison(sign, left, right):
            return _compared(sign, evaluated(left, row), evaluated(right, row))
        case tree.Missing(value):
            return evaluated(value, row) is None
        case tree.OneOf(value, choices):
            return evaluated(value, row) in [evaluated(one, row) for one in choices]
        case tree.Matches(value, pattern):
            text = evaluated(value, row)
            return text is not None and re.search(_python_pattern(pattern), text, re.ASCII | re.DOTALL) is not None
        case tree.Within(path):
            category = lowered(row.get("category"))
            return category is not None and (category + " > ").startswith(path.lower() + " > ")
        case tree.Opposite(condition):
            return not evaluated(condition, row)
        case tree.Every(conditions):
            return all(evaluated(one, row) for one in conditions)
        case tree.AnyOf(conditions):
            return any(evaluated(one, row) for one in conditions)


def lowered(text: str | None) -> str | None:
    """A text in small letters, letter by letter: what a letter becomes never depends on its neighbors."""
    return None if text is None else "".join(one.lower() if len(one.lower()) == 1 else "i" for one in text)


def _python_pattern(pattern: str) -> str:
    # In Python $ also fits before a last line break.
    return re.sub(r"\\.|\[(?:\\.|[^\]])*\]|\$", lambda found: r"\Z" if found[0] == "$" else found[0], pattern)


def _called(function: Function, *given: Any) -> Any:
    first = given[0]
    if function in (Function.CONTAINS, Function.STARTS_WITH, Function.ENDS_WITH):
        if None in given:
            return False
        match function:
            case Function.CONTAINS:
                return given[1] in first
            case Function.STARTS_WITH:
                return first.startswith(given[1])
            case _:
                return first.endswith(given[1])
    if first is None:
        return None
    match function:
        case Function.LENGTH:
            return float(len(first))
        case Function.LOWER:
            return lowered(first)
        case _:
            tidy = first.strip(" ")
            return float(tidy) if _NUMBER.fullmatch(tidy) else None


def _calculated(sign: str, left: float | None, right: float | None) -> float | None:
    if left is None or right is None or (sign == "/" and right == 0):
        return None
    return left / right if sign == "/" else _SUMS[sign](left, right)


def _compared(sign: str, left: Any, right: Any) -> bool:
    if sign in ("==", "!="):
        return (left == right) is (sign == "==")
    return left is not None and right is not None and _ORDERS[sign](left, right)
