"""A decision kept as a rule: the next same finding is settled as the person did, and no other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.adapters.local.queue import LocalQueue
from openaisle.adapters.local.store import LocalTable
from openaisle.kernel.context import Context, Role
from openaisle.kernel.table import Write
from openaisle.reviews.consumer import ReviewQueueConsumer
from openaisle.reviews.decisions import Verdict, decide_claimed, decide_resolved, opened_task
from openaisle.reviews.events import ReviewResolved
from openaisle.reviews.model import Decision, ReviewState, ReviewTask, ReviewTaskMissing, SecondPersonNeeded
from openaisle.reviews.patterns import Match, wildcard_fits
from openaisle.reviews.policy import ReviewPolicy, RiskyFacts
from openaisle.reviews.queries import ReviewQueries
from openaisle.reviews.rules.decisions import decide_kept, decide_switched_on, decide_tested
from openaisle.reviews.rules.model import (
    KeptRule,
    PatternTooWide,
    RuleTransitionRefused,
    RuleUnfit,
    RuleUntested,
    settled_by,
)
from openaisle.reviews.rules.queries import RuleQueries
from openaisle.reviews.rules.use_cases import KeptRules
from openaisle.reviews.use_cases import Reviews
from tests.factories.contexts import make_context
from tests.factories.reviews import make_finding, make_request
from tests.support.clocks import FakeClock

CITY, CODE = "address.city", "city-abbreviated"
POLICY = ReviewPolicy(risky={"supplier": RiskyFacts(causes=("bank*",))})
TEXTS = st.text(alphabet="aAbB .*?-ß", min_size=1, max_size=8)
CORRECTED = Verdict(decision=Decision.CORRECTED, reason="Written out.", corrections={CITY: "Saint-Denis"})
APPROVED = Verdict(decision=Decision.APPROVED, reason="That is its name.")


def task_of(value: str, *, subject_id: str = "sup_1", policy: ReviewPolicy = POLICY) -> ReviewTask:
    finding = msgspec.structs.replace(make_finding(), value=value)
    request = msgspec.structs.replace(make_request(subject_id=subject_id), findings=(finding,))
    return opened_task(request=request, policy=policy)


def resolved(task: ReviewTask, verdict: Verdict) -> ReviewTask:
    claimed = decide_claimed(task=task, assignee="anna", context=make_context())
    return decide_resolved(task=claimed, verdict=verdict, context=make_context(), policy=POLICY)


def kept(task: ReviewTask, *, match: Match = Match.EXACT, pattern: str | None = None) -> KeptRule:
    return decide_kept(
        task=task, code=CODE, field=CITY, match=match, pattern=pattern, reason="", policy=POLICY, context=make_context()
    )


@given(value=TEXTS, other=TEXTS, verdict=st.sampled_from([CORRECTED, APPROVED]))
def test_a_rule_decides_the_same_finding_as_the_person_did_and_no_other(
    value: str, other: str, verdict: Verdict
) -> None:
    rule = kept(resolved(task_of(value), verdict))
    settlement = settled_by(task=task_of(value, subject_id="sup_2"), rules=[rule])
    assert settlement is not None
    assert settlement.verdict == verdict
    assert settled_by(task=task_of(value), rules=[]) is None
    if other != value:
        assert settled_by(task=task_of(other), rules=[rule]) is None


@given(pattern=st.text(alphabet="ab*?", max_size=8), text=st.text(alphabet="ab", max_size=10))
def test_wildcards_match_as_their_definition_says(pattern: str, text: str) -> None:
    def by_definition(pattern: str, text: str) -> bool:
        if not pattern:
            return not text
        if pattern[0] == "*":
            return any(by_definition(pattern[1:], text[start:]) for start in range(len(text) + 1))
        return bool(text) and pattern[0] in {text[0], "?"} and by_definition(pattern[1:], text[1:])

    assert wildcard_fits(pattern=pattern, text=text) is by_definition(pattern, text)


def test_a_wildcard_pattern_made_to_take_long_does_not() -> None:
    assert not wildcard_fits(pattern="*a" * 200 + "b", text="a" * 4_000)


@pytest.mark.parametrize("pattern", ["*", "??*", " * "])
def test_a_pattern_that_fits_everything_is_refused(pattern: str) -> None:
    with pytest.raises(PatternTooWide):
        kept(resolved(task_of("St Denis"), CORRECTED), match=Match.WILDCARD, pattern=pattern)


def test_only_what_one_person_may_settle_becomes_a_rule() -> None:
    with pytest.raises(RuleUnfit):
        kept(task_of("St Denis"))
    with pytest.raises(RuleUnfit):
        kept(resolved(task_of("St Denis"), Verdict(decision=Decision.REJECTED, reason="x")))
    with pytest.raises(RuleUnfit, match="does not match"):
        kept(resolved(task_of("St Denis"), CORRECTED), match=Match.WILDCARD, pattern="Saint*")
    risky = ReviewPolicy(risky={"supplier": RiskyFacts(causes=("city*",))})
    rule = kept(resolved(task_of("St Denis"), CORRECTED))
    assert settled_by(task=task_of("St Denis", policy=risky), rules=[rule]) is None
    tested = decide_tested(rule=rule, tasks=[], complete=True, context=make_context())
    with pytest.raises(RuleUnfit):
        decide_switched_on(rule=tested, reason="x", policy=risky, context=make_context())


def test_whoever_made_a_rule_cannot_switch_it_on_where_two_people_are_wanted() -> None:
    policy = ReviewPolicy(rules_need_two_people=True)
    rule = kept(resolved(task_of("St Denis"), CORRECTED))
    tested = decide_tested(rule=rule, tasks=[], complete=True, context=make_context())
    with pytest.raises(SecondPersonNeeded):
        decide_switched_on(rule=tested, reason="x", policy=policy, context=make_context())
    decide_switched_on(rule=tested, reason="x", policy=policy, context=make_context(subject_id="ben"))


def test_a_finding_that_comes_back_after_its_rule_goes_to_a_person() -> None:
    rule = kept(resolved(task_of("St Denis"), CORRECTED))
    assert settled_by(task=task_of("St Denis"), rules=[rule], applied=frozenset({(CODE, CITY)})) is None


def test_a_test_tells_where_people_agreed_and_shows_first_where_they_did_not() -> None:
    rule = kept(resolved(task_of("St Denis"), CORRECTED), match=Match.FOLDED)
    other = Verdict(decision=Decision.CORRECTED, reason="x", corrections={CITY: "Sankt Denis"})
    past = [
        resolved(task_of("ST DENIS", subject_id="sup_1"), CORRECTED),
        resolved(task_of("st denis", subject_id="sup_2"), other),
        task_of("St Denis", subject_id="sup_3"),
        task_of("Lyon", subject_id="sup_4"),
    ]
    test = decide_tested(rule=rule, tasks=past, complete=True, context=make_context()).test
    assert test is not None
    assert (test.looked_at, test.would_change, test.would_settle, test.agreed, test.differed) == (4, 3, 3, 1, 1)
    assert [sample.subject_id for sample in test.samples] == ["sup_2", "sup_1", "sup_3"]


class Killed(Exception):
    """The process ends here."""


class KillingTable:
    """A table whose process ends before or after its nth commit."""

    def __init__(self, *, table: LocalTable) -> None:
        self.table = table
        self.kill_before = self.kill_after = False

    def __getattr__(self, name: str) -> object:
        return getattr(self.table, name)

    async def commit(self, *, writes: Sequence[Write], context: Context) -> None:
        if self.kill_before:
            raise Killed
        await self.table.commit(writes=writes, context=context)
        if self.kill_after:
            raise Killed


class Stage:
    def __init__(self, *, folder: Path) -> None:
        self.clock = FakeClock()
        self.table = LocalTable(path=folder / "store.db", clock=self.clock)
        self.killing = KillingTable(table=self.table)
        self.queue = LocalQueue(committer=self.table.committer, name="manual-verification")
        self.reviews = Reviews(table=self.killing, queue=self.queue, policy=POLICY)  # type: ignore[arg-type]
        self.rules = KeptRules(table=self.table, policy=POLICY)
        self.rule_queries = RuleQueries(table=self.table)
        self.queries = ReviewQueries(table=self.table)
        self.consumer = ReviewQueueConsumer(queue=self.queue, reviews=self.reviews, clock=self.clock)

    def context(self, person: str = "anna") -> Context:
        return make_context(at=self.clock.now(), role=Role.OPERATOR, subject_id=person)

    async def filed(self, *, subject_id: str, occasion: str = "revision-1", value: str = "St Denis") -> str:
        task_id = await self.reviews.request(
            subject_kind="supplier",
            subject_id=subject_id,
            occasion=occasion,
            causes=[CODE],
            findings=[msgspec.structs.replace(make_finding(), value=value)],
            proposals=[],
            context=self.context(),
        )
        await self.consumer.run_once()
        return task_id

    async def decided(self, *, task_id: str, verdict: Verdict = CORRECTED) -> None:
        await self.reviews.resolve(task_id=task_id, verdict=verdict, context=self.context(), claiming=True)

    async def rule_in_force(self) -> str:
        task_id = await self.filed(subject_id="sup_first")
        await self.decided(task_id=task_id)
        rule = await self.rules.keep(
            task_id=task_id, code=CODE, field=CITY, match=Match.EXACT, pattern=None, reason="", context=self.context()
        )
        await self.rules.test(rule_id=rule.rule_id, context=self.context())
        await self.rules.switch_on(rule_id=rule.rule_id, reason="Always so.", context=self.context("ben"))
        return rule.rule_id

    async def resolutions(self, *, task_id: str) -> list[ReviewResolved]:
        changes = await self.table.read(after=0, limit=1_000)
        decoded = [
            msgspec.json.decode(event.data, type=ReviewResolved)
            for change in changes
            for event in change.events
            if event.type == ReviewResolved.TYPE
        ]
        return [one for one in decoded if one.task_id == task_id]


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    stage = Stage(folder=tmp_path)
    yield stage
    await stage.table.close()


async def test_the_next_same_finding_is_settled_by_the_rule_with_its_name(stage: Stage) -> None:
    rule_id = await stage.rule_in_force()
    task_id = await stage.filed(subject_id="sup_second")
    (told,) = await stage.resolutions(task_id=task_id)
    assert (told.decision, told.corrections, told.rules) == (Decision.CORRECTED, {CITY: "Saint-Denis"}, (rule_id,))
    assert told.by == f"system:rule:{rule_id}"
    rule = await stage.rule_queries.rule(rule_id=rule_id)
    assert (rule.times_applied, rule.last_applied_at, rule.overturned) == (1, stage.clock.now(), 0)
    assert [step.action for step in rule.steps] == ["kept", "tested", "switched_on"]


async def test_a_rule_that_is_not_in_force_settles_nothing(stage: Stage) -> None:
    rule_id = await stage.rule_in_force()
    await stage.rules.switch_off(rule_id=rule_id, reason="Wrong after all.", context=stage.context())
    task_id = await stage.filed(subject_id="sup_second")
    assert (await stage.queries.task(task_id=task_id, at=stage.clock.now())).state is ReviewState.OPEN


async def test_a_rule_is_tested_before_it_is_switched_on_and_switched_off_before_it_is_revised(stage: Stage) -> None:
    rule_id = await stage.rule_in_force()
    revision = {"rule_id": rule_id, "match": Match.FOLDED, "pattern": "st denis", "replacement": "Saint-Denis"}
    with pytest.raises(RuleTransitionRefused):
        await stage.rules.revise(**revision, reason="wider", context=stage.context())  # type: ignore[arg-type]
    await stage.rules.switch_off(rule_id=rule_id, reason="To widen it.", context=stage.context())
    revised = await stage.rules.revise(**revision, reason="wider", context=stage.context())  # type: ignore[arg-type]
    assert (revised.version, revised.test) == (2, None)
    with pytest.raises(RuleUntested):
        await stage.rules.switch_on(rule_id=rule_id, reason="x", context=stage.context())


async def test_what_comes_back_goes_to_a_person_whose_other_decision_overturns_the_rule(stage: Stage) -> None:
    rule_id = await stage.rule_in_force()
    await stage.filed(subject_id="sup_second")
    again = await stage.filed(subject_id="sup_second", occasion="revision-2")
    assert (await stage.queries.task(task_id=again, at=stage.clock.now())).state is ReviewState.OPEN
    other = Verdict(decision=Decision.CORRECTED, reason="x", corrections={CITY: "Lyon"})
    await stage.decided(task_id=again, verdict=other)
    rule = await stage.rule_queries.rule(rule_id=rule_id)
    assert (rule.times_applied, rule.overturned) == (1, 1)


@pytest.mark.parametrize("moment", ["kill_before", "kill_after"])
async def test_nothing_is_lost_or_done_twice_when_the_consumer_is_killed(stage: Stage, moment: str) -> None:
    rule_id = await stage.rule_in_force()
    setattr(stage.killing, moment, True)
    task_id = await stage.filed(subject_id="sup_second")
    setattr(stage.killing, moment, False)
    stage.clock.go_on(seconds=600)
    await stage.consumer.run_once()
    assert len(await stage.resolutions(task_id=task_id)) == 1
    assert (await stage.rule_queries.rule(rule_id=rule_id)).times_applied == 1


async def test_many_tasks_are_decided_alike_and_again_without_effect(stage: Stage) -> None:
    task_ids = [await stage.filed(subject_id=f"sup_{number}") for number in range(3)]
    wanted = [*task_ids, "tsk_unknown"]
    for _ in range(2):
        outcomes = await stage.reviews.resolve_many(task_ids=wanted, verdict=CORRECTED, context=stage.context())
        assert [one.task_id for one in outcomes] == wanted
        assert [one.error is None for one in outcomes] == [True, True, True, False]
    assert isinstance(outcomes[-1].error, ReviewTaskMissing)
    for task_id in task_ids:
        assert len(await stage.resolutions(task_id=task_id)) == 1
