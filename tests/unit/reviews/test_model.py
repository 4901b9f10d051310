"""The states of a review task."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.reviews.decisions import (
    Verdict,
    decide_claimed,
    decide_escalated,
    decide_released,
    decide_resolved,
    decide_withdrawn,
    is_repeated,
    opened_task,
)
from openaisle.reviews.model import (
    TRANSITIONS,
    Command,
    CorrectionsMissing,
    CorrectionsUnexpected,
    Decision,
    Missed,
    QuestionsUnexpected,
    ReviewState,
    ReviewTask,
    ReviewTransitionRefused,
    SecondPersonNeeded,
    review_task_id,
)
from openaisle.reviews.policy import ReviewPolicy, RiskyFacts, ServiceLevel
from tests.factories.contexts import NOON, make_context
from tests.factories.reviews import make_request, make_task

APPROVED = Verdict(decision=Decision.APPROVED, reason="looked up")
RISKY = ReviewPolicy(risky={"supplier": RiskyFacts(causes=("city*",), fields=("bank_account*",))})
COMMANDS = [Command.CLAIM, Command.RELEASE, Command.RESOLVE, Command.WITHDRAW]


def commanded(task: ReviewTask, command: Command) -> ReviewTask:
    context = make_context()
    match command:
        case Command.CLAIM:
            return decide_claimed(task=task, assignee="anna", context=context)
        case Command.RELEASE:
            return decide_released(task=task)
        case Command.WITHDRAW:
            return decide_withdrawn(task=task, reason="changed", context=context)
        case _:
            return decide_resolved(task=task, verdict=APPROVED, context=context)


@given(commands=st.lists(st.sampled_from(COMMANDS), max_size=8))
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


def test_a_claimed_task_can_be_taken_over_and_put_back() -> None:
    claimed = decide_claimed(task=make_task(), assignee="anna", context=make_context())
    taken_over = decide_claimed(task=claimed, assignee="ben", context=make_context())
    released = decide_released(task=taken_over)
    assert taken_over.assignee == "ben"
    assert (released.state, released.assignee) == (ReviewState.OPEN, None)


@pytest.mark.parametrize(
    ("verdict", "error"),
    [
        (Verdict(decision=Decision.CORRECTED, reason="x"), CorrectionsMissing),
        (Verdict(decision=Decision.APPROVED, reason="x", corrections={"a": "b"}), CorrectionsUnexpected),
        (Verdict(decision=Decision.REJECTED, reason="x", questions={"a": "b?"}), QuestionsUnexpected),
    ],
)
def test_corrections_and_questions_fit_one_decision_each(verdict: Verdict, error: type[Exception]) -> None:
    task = commanded(make_task(), Command.CLAIM)
    with pytest.raises(error):
        decide_resolved(task=task, verdict=verdict, context=make_context())


PEOPLE = st.sampled_from(["anna", "ben", "carla"])
VERDICTS = st.sampled_from(
    [
        APPROVED,
        Verdict(decision=Decision.CORRECTED, reason="x", corrections={"address.city": "Lyon"}),
        Verdict(decision=Decision.CORRECTED, reason="x", corrections={"address.city": "Nice"}),
        Verdict(decision=Decision.REJECTED, reason="x"),
        Verdict(decision=Decision.SENT_BACK, reason="x", questions={"address.city": "Which?"}),
    ]
)


@given(steps=st.lists(st.tuples(PEOPLE, VERDICTS), min_size=1, max_size=6))
def test_no_single_person_ever_settles_a_risky_fact(steps: list[tuple[str, Verdict]]) -> None:
    task = opened_task(request=make_request(), policy=RISKY)
    task = decide_claimed(task=task, assignee="anna", context=make_context())
    for person, verdict in steps:
        before = task
        try:
            task = decide_resolved(task=task, verdict=verdict, context=make_context(subject_id=person), policy=RISKY)
        except (SecondPersonNeeded, ReviewTransitionRefused):
            assert task == before
    if task.resolution is not None and task.resolution.decision in {Decision.APPROVED, Decision.CORRECTED}:
        assert task.first_decision is not None
        assert task.resolution.confirmed == task.first_decision.by != task.resolution.by
        assert task.resolution.corrections == task.first_decision.corrections


def test_a_correction_by_the_second_person_starts_anew() -> None:
    task = decide_claimed(
        task=opened_task(request=make_request(), policy=RISKY), assignee="anna", context=make_context()
    )
    proposed = decide_resolved(task=task, verdict=APPROVED, context=make_context(subject_id="anna"), policy=RISKY)
    correction = Verdict(decision=Decision.CORRECTED, reason="x", corrections={"address.city": "Lyon"})
    anew = decide_resolved(task=proposed, verdict=correction, context=make_context(subject_id="ben"), policy=RISKY)
    with pytest.raises(SecondPersonNeeded):
        decide_resolved(task=anew, verdict=correction, context=make_context(subject_id="ben"), policy=RISKY)
    ended = decide_resolved(task=anew, verdict=correction, context=make_context(subject_id="carla"), policy=RISKY)
    assert (anew.state, ended.state) == (ReviewState.CONFIRMING, ReviewState.RESOLVED)


def test_correcting_a_risky_field_needs_two_people_whatever_the_task_is_about() -> None:
    claimed = commanded(make_task(), Command.CLAIM)
    verdict = Verdict(decision=Decision.CORRECTED, reason="x", corrections={"bank_account.iban": "DE00"})
    assert decide_resolved(task=claimed, verdict=verdict, context=make_context(), policy=RISKY).state is (
        ReviewState.CONFIRMING
    )


def test_a_task_is_overdue_at_its_deadline_and_escalated_once_the_grace_is_over() -> None:
    policy = ReviewPolicy(escalation_grace_seconds=600)
    task = opened_task(request=make_request(), policy=policy)
    assert task.respond_by is not None
    at = task.respond_by + timedelta(seconds=599)
    assert task.is_overdue(at=at)
    assert decide_escalated(task=task, context=make_context(at=at)) is None
    escalated = decide_escalated(task=task, context=make_context(at=at + timedelta(seconds=1)))
    assert escalated is not None
    assert escalated[1].due_at == task.respond_by


def test_the_shortest_service_level_of_a_task_counts_and_each_promise_is_escalated_once() -> None:
    levels = (
        ServiceLevel(cause="city*", respond_within_seconds=60, resolve_within_seconds=900),
        ServiceLevel(cause="*abbreviated", respond_within_seconds=120, resolve_within_seconds=600),
    )
    task = opened_task(request=make_request(), policy=ReviewPolicy(service_levels=levels))
    missed = []
    for seconds in (59, 60, 61, 599, 600, 601):
        at = NOON + timedelta(seconds=seconds)
        escalated = decide_escalated(task=task, context=make_context(at=at))
        if escalated is not None:
            task = escalated[0]
            missed.append((seconds, escalated[1].missed))
    assert missed == [(60, Missed.RESPOND), (600, Missed.RESOLVE)]
    assert task.next_deadline is None
    assert task.is_overdue(at=NOON + timedelta(days=1))


def test_a_verdict_that_was_sent_twice_is_known_again() -> None:
    task = commanded(commanded(make_task(), Command.CLAIM), Command.RESOLVE)
    actor = make_context().principal.actor
    other = Verdict(decision=Decision.APPROVED, reason="other")
    assert is_repeated(task=task, verdict=APPROVED, by=actor)
    assert not is_repeated(task=task, verdict=other, by=actor)
    assert not is_repeated(task=task, verdict=APPROVED, by="operator:somebody else")


def test_one_occasion_of_one_subject_has_one_task() -> None:
    first = review_task_id(subject_kind="supplier", subject_id="sup_1", occasion="revision-1")
    assert first == review_task_id(subject_kind="supplier", subject_id="sup_1", occasion="revision-1")
    assert first != review_task_id(subject_kind="supplier", subject_id="sup_1", occasion="revision-2")
