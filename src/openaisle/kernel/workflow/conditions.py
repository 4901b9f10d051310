"""Conditions as data: what a choice asks of the document."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from openaisle.kernel.workflow.paths import MISSING, Json, value_at


class Operator(StrEnum):
    """How a comparison compares the value at its path with its own value."""

    EQUALS = "equals"
    DIFFERS = "differs"
    LESS_THAN = "less_than"
    AT_MOST = "at_most"
    GREATER_THAN = "greater_than"
    AT_LEAST = "at_least"
    IS_ONE_OF = "is_one_of"
    IS_PRESENT = "is_present"
    IS_EMPTY = "is_empty"


class Comparison(msgspec.Struct, frozen=True, kw_only=True, tag="comparison"):
    """True if the value at ``path`` stands in the relation ``operator`` to ``value``.

    A missing place meets no operator, except that IS_PRESENT with ``value=False`` asks for just that. Values of
    different types are never equal and have no order; true is not 1. IS_EMPTY holds for ``[]``, ``{}``, ``""`` and
    null if ``value`` is true, for anything else if it is false. The ``value`` of IS_ONE_OF is a tuple.
    """

    path: str
    operator: Operator
    value: Json = True


class AllOf(msgspec.Struct, frozen=True, kw_only=True, tag="all_of"):
    """True if each condition is."""

    conditions: tuple[Condition, ...]


class AnyOf(msgspec.Struct, frozen=True, kw_only=True, tag="any_of"):
    """True if at least one condition is."""

    conditions: tuple[Condition, ...]


class Not(msgspec.Struct, frozen=True, kw_only=True, tag="not"):
    """True if its condition is not."""

    condition: Condition


Condition = Comparison | AllOf | AnyOf | Not


def holds(*, condition: Condition, document: Json) -> bool:
    """Return whether the condition is true of the document."""
    match condition:
        case AllOf(conditions=conditions):
            return all(holds(condition=one, document=document) for one in conditions)
        case AnyOf(conditions=conditions):
            return any(holds(condition=one, document=document) for one in conditions)
        case Not(condition=inner):
            return not holds(condition=inner, document=document)
        case Comparison():
            return _compared(condition, value_at(document=document, path=condition.path))


def _compared(comparison: Comparison, found: Json) -> bool:
    operator, value = comparison.operator, comparison.value
    if operator is Operator.IS_PRESENT:
        return (found is not MISSING) is bool(value)
    return found is not MISSING and _related(operator, found, value)


def _related(operator: Operator, found: Json, value: Json) -> bool:
    match operator:
        case Operator.EQUALS:
            return _equal(found, value)
        case Operator.DIFFERS:
            return not _equal(found, value)
        case Operator.IS_ONE_OF:
            return any(_equal(found, one) for one in value)
        case Operator.IS_EMPTY:
            return (found is None or (isinstance(found, str | list | tuple | dict) and not found)) is bool(value)
        case _:
            return _ordered(operator, found, value)


def _equal(found: Json, value: Json) -> bool:
    # In JSON true is not 1, in Python it is.
    return isinstance(found, bool) is isinstance(value, bool) and bool(found == value)


def _ordered(operator: Operator, found: Json, value: Json) -> bool:
    numbers = all(isinstance(one, int | float) and not isinstance(one, bool) for one in (found, value))
    texts = isinstance(found, str) and isinstance(value, str)
    if not (numbers or texts):
        return False
    match operator:
        case Operator.LESS_THAN:
            return bool(found < value)
        case Operator.AT_MOST:
            return bool(found <= value)
        case Operator.GREATER_THAN:
            return bool(found > value)
        case _:
            return bool(found >= value)
