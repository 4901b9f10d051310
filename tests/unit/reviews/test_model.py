"""The states of a review task."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.reviews.model import (
    TRANSITIONS,
    Command,
    CorrectionsMissing,
    CorrectionsUnexpected,
    Decision,
    ReviewState,
    ReviewTask,
    ReviewTransitionRefused,
    decide_claimed,
    decide_resolved,
    decide_withdrawn,
    review_task_id,
)
from tests.factories.contexts import make_context
from tests.factories.reviews import make_task


def commanded(task: ReviewTask, command: Command) -> ReviewTask:
    context = make_context()
    match command:
        case Command.CLAIM:
            return decide_claimed(task=task, assignee="anna", context=context)
        case Command.RESOLVE:
            return decide_resolved(
                task=task, decision=Decision.APPROVED, corrections={}, reason="looked up", context=context
            )
        case Command.WITHDRAW:
            return decide_withdrawn(task=task, reason="changed", context=context)


@given(commands=st.lists(st.sampled_from(Command), max_size=8))
def test_a_task_moves_only_as_its_table_says_and_a_refusal_changes_nothing(commands: list[Command]) -> None:
    task = make_task()
    for command in commands:
        expected = TRANSITIONS.get((task.state, command))
        if expected is None:
            before = task
            with pytest.raises(ReviewTransitionRefused):
                commanded(task, command)
            assert task == before
        else:
            task = commanded(task, command)
            assert task.state is expected
        assert (task.resolution is not None) is (task.state is ReviewState.RESOLVED)


def test_a_task_nobody_has_claimed_cannot_be_resolved() -> None:
    with pytest.raises(ReviewTransitionRefused):
        commanded(make_task(), Command.RESOLVE)


def test_a_claimed_task_can_be_taken_over() -> None:
    claimed = decide_claimed(task=make_task(), assignee="anna", context=make_context())
    assert decide_claimed(task=claimed, assignee="ben", context=make_context()).assignee == "ben"


def test_corrected_needs_a_correction_and_nothing_else_takes_one() -> None:
    task = commanded(make_task(), Command.CLAIM)
    with pytest.raises(CorrectionsMissing):
        decide_resolved(task=task, decision=Decision.CORRECTED, corrections={}, reason="x", context=make_context())
    with pytest.raises(CorrectionsUnexpected):
        decide_resolved(
            task=task, decision=Decision.APPROVED, corrections={"a": "b"}, reason="x", context=make_context()
        )


def test_one_occasion_of_one_subject_has_one_task() -> None:
    first = review_task_id(subject_kind="supplier", subject_id="sup_1", occasion="revision-1")
    assert first == review_task_id(subject_kind="supplier", subject_id="sup_1", occasion="revision-1")
    assert first != review_task_id(subject_kind="supplier", subject_id="sup_1", occasion="revision-2")
