"""An expression as SQL over the columns of judged facts, in DuckDB's dialect.

What a missing value does is settled here once, so that engines and people agree: a condition is true or false, never
unknown. ``==`` and ``!=`` take missing for a value of its own; every other comparison with something missing is false;
numbers made of something missing are missing, and so is what is divided by 0.
"""

from __future__ import annotations

from collections.abc import Mapping

from openaisle.catalog.expressions.tree import (
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
from openaisle.catalog.table_rules import attribute_sql
from openaisle.kernel.tabular import quoted_name, quoted_text

_NUMBER_TEXT = r"-?[0-9]{1,15}(\.[0-9]{1,6})?"
_COMPARISONS: Mapping[str, str] = {"==": "IS NOT DISTINCT FROM", "!=": "IS DISTINCT FROM"}


def expression_sql(node: Node, /) -> str:
    """Return the SQL of an expression: a condition is never NULL, a text or a number is NULL where it is missing."""
    match node:
        case Text() | Number() | Fact() | Attribute():
            sql = _leaf_sql(node)
        case Call(function, arguments):
            sql = _call_sql(function, tuple(expression_sql(one) for one in arguments))
        case Calculation(sign, left, right):
            divisor = expression_sql(right)
            sql = f"({expression_sql(left)} {sign} {f'nullif({divisor}, 0)' if sign == '/' else divisor})"
        case Every(conditions):
            sql = f"({' AND '.join(expression_sql(one) for one in conditions)})"
        case AnyOf(conditions):
            sql = f"({' OR '.join(expression_sql(one) for one in conditions)})"
        case Opposite(condition):
            sql = f"(NOT {expression_sql(condition)})"
        case _:
            sql = _test_sql(node)
    return sql


def category_within_sql(*, path: str) -> str:
    """Return the condition that a row's category is the one of this path or stands below it."""
    folded = path.lower()
    below = quoted_text(folded + " > ")
    return f"coalesce(lower(category) = {quoted_text(folded)} OR starts_with(lower(category), {below}), false)"


def _leaf_sql(node: Text | Number | Fact | Attribute) -> str:
    match node:
        case Text(text):
            return quoted_text(text)
        case Number(digits):
            return f"CAST({digits} AS DOUBLE)"
        case Attribute(name):
            return attribute_sql(name=name)
        case Fact(name):
            column = quoted_name(name)
            return f"CAST({column} AS DOUBLE)" if kind_of(node) is Kind.NUMBER else column


def _test_sql(node: Comparison | Missing | OneOf | Matches | Within) -> str:
    match node:
        case Comparison(sign, left, right) if sign in _COMPARISONS:
            return f"({expression_sql(left)} {_COMPARISONS[sign]} {expression_sql(right)})"
        case Comparison(sign, left, right):
            return f"coalesce({expression_sql(left)} {sign} {expression_sql(right)}, false)"
        case Missing(value):
            return f"({expression_sql(value)} IS NULL)"
        case OneOf(value, choices):
            listed = ", ".join(expression_sql(one) for one in choices)
            return f"coalesce({expression_sql(value)} IN ({listed}), false)"
        case Matches(value, pattern):
            # Option s: the dot takes a line break, here as in the language's description.
            return f"coalesce(regexp_matches({expression_sql(value)}, {quoted_text(pattern)}, 's'), false)"
        case Within(path):
            return category_within_sql(path=path)


def _call_sql(function: Function, arguments: tuple[str, ...]) -> str:
    first = arguments[0]
    match function:
        case Function.LENGTH:
            return f"CAST(length({first}) AS DOUBLE)"
        case Function.LOWER:
            return f"lower({first})"
        case Function.NUMBER:
            is_number = f"regexp_full_match(trim({first}), {quoted_text(_NUMBER_TEXT)})"
            return f"CASE WHEN {is_number} THEN TRY_CAST(trim({first}) AS DOUBLE) END"
        case Function.CONTAINS:
            return f"coalesce(contains({first}, {arguments[1]}), false)"
        case Function.STARTS_WITH:
            return f"coalesce(starts_with({first}, {arguments[1]}), false)"
        case Function.ENDS_WITH:
            return f"coalesce(suffix({first}, {arguments[1]}), false)"
