"""What a choice asks, and how places of a document are read and written."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from openaisle.kernel.workflow import (
    MISSING,
    AllOf,
    AnyOf,
    Comparison,
    Jitter,
    Not,
    Operator,
    Retry,
    error_matches,
    holds,
    is_path,
    value_at,
    with_value_at,
)

DOCUMENT = {"count": 3, "name": "Bolt", "good": True, "empty": [], "nothing": None, "inner": {"deep": 1.5}}


@pytest.mark.parametrize(
    ("path", "operator", "value", "expected"),
    [
        ("$.count", Operator.EQUALS, 3, True),
        ("$.count", Operator.EQUALS, "3", False),
        ("$.good", Operator.EQUALS, 1, False),
        ("$.good", Operator.EQUALS, True, True),
        ("$.count", Operator.DIFFERS, 4, True),
        ("$.absent", Operator.DIFFERS, 4, False),
        ("$.absent", Operator.EQUALS, None, False),
        ("$.nothing", Operator.EQUALS, None, True),
        ("$.count", Operator.LESS_THAN, 3, False),
        ("$.count", Operator.AT_MOST, 3, True),
        ("$.inner.deep", Operator.GREATER_THAN, 1, True),
        ("$.name", Operator.AT_LEAST, "Bo", True),
        ("$.name", Operator.AT_LEAST, 1, False),
        ("$.good", Operator.AT_LEAST, 0, False),
        ("$.name", Operator.IS_ONE_OF, ("Nut", "Bolt"), True),
        ("$.good", Operator.IS_ONE_OF, (1, 2), False),
        ("$.absent", Operator.IS_PRESENT, True, False),
        ("$.absent", Operator.IS_PRESENT, False, True),
        ("$.nothing", Operator.IS_PRESENT, True, True),
        ("$.empty", Operator.IS_EMPTY, True, True),
        ("$.nothing", Operator.IS_EMPTY, True, True),
        ("$.count", Operator.IS_EMPTY, False, True),
        ("$.absent", Operator.IS_EMPTY, True, False),
    ],
)
def test_a_comparison_means_the_same_as_in_json(path: str, operator: Operator, value: Any, expected: bool) -> None:
    assert holds(condition=Comparison(path=path, operator=operator, value=value), document=DOCUMENT) is expected


def test_conditions_combine() -> None:
    three = Comparison(path="$.count", operator=Operator.EQUALS, value=3)
    nut = Comparison(path="$.name", operator=Operator.EQUALS, value="Nut")
    assert holds(condition=AnyOf(conditions=(three, nut)), document=DOCUMENT)
    assert not holds(condition=AllOf(conditions=(three, nut)), document=DOCUMENT)
    assert holds(condition=AllOf(conditions=(three, Not(condition=nut))), document=DOCUMENT)


@pytest.mark.parametrize("path", ["$", "$.a", "$.a_1.b"])
def test_a_path_is_a_dollar_and_names_behind_dots(path: str) -> None:
    assert is_path(path=path)


@pytest.mark.parametrize("path", ["", "a", "$.", "$a", "$.a.", "$.a b", "$..a", "$.1", "$[0]", "$.a\n"])
def test_anything_else_is_no_path(path: str) -> None:
    assert not is_path(path=path)


names = some.lists(some.sampled_from("abc"), max_size=3)
documents = some.recursive(
    some.integers() | some.none(), lambda inner: some.dictionaries(some.sampled_from("abc"), inner, max_size=3)
)


@given(document=documents, place=names, value=some.integers())
def test_what_was_put_at_a_place_is_found_there_and_the_old_document_stays(
    document: Any, place: list[str], value: int
) -> None:
    path = ".".join(["$", *place])
    before = repr(document)
    changed = with_value_at(document=document, path=path, value=value)
    assert value_at(document=changed, path=path) == value
    assert repr(document) == before


def test_no_path_leaves_the_document_and_a_missing_place_is_not_null() -> None:
    assert with_value_at(document=DOCUMENT, path=None, value=1) is DOCUMENT
    assert value_at(document=DOCUMENT, path="$.name.first") is MISSING
    assert value_at(document=DOCUMENT, path="$.nothing") is None


def test_errors_are_matched_as_states_language_does() -> None:
    assert error_matches(named=("States.ALL",), error="States.Timeout")
    assert error_matches(named=("States.TaskFailed",), error="call-failed")
    assert not error_matches(named=("States.TaskFailed",), error="States.Timeout")
    assert error_matches(named=("a", "States.Timeout"), error="States.Timeout")
    assert not error_matches(named=("call-failed",), error="call-timed-out")


@given(
    interval=some.floats(0.001, 100),
    rate=some.floats(1, 10),
    maximum=some.floats(0.001, 1000),
    retries_before=some.integers(0, 5000),
    chance=some.floats(0, 1),
)
def test_a_wait_never_exceeds_its_maximum_and_grows_without_jitter(
    interval: float, rate: float, maximum: float, retries_before: int, chance: float
) -> None:
    steady = Retry(interval_seconds=interval, back_off_rate=rate, maximum_interval_seconds=maximum, jitter=Jitter.NONE)
    wait = steady.wait_seconds(retries_before=retries_before, chance=chance)
    assert 0 < wait <= maximum
    assert steady.wait_seconds(retries_before=retries_before + 1, chance=chance) >= wait
    spread = Retry(interval_seconds=interval, back_off_rate=rate, maximum_interval_seconds=maximum)
    assert 0 <= spread.wait_seconds(retries_before=retries_before, chance=chance) <= wait
