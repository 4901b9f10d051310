"""Scorecards over the real local table: looked at by the timer, carried out once, followed, told by mail."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest

from openaisle.adapters.local.store import LocalTable
from openaisle.kernel.context import Context, Role
from openaisle.kernel.errors import RequestInvalid, TransitionRefused
from openaisle.kernel.http import Request
from openaisle.kernel.table import Index
from openaisle.scorecards.mails import scorecard_mails_pipe
from openaisle.scorecards.measures import Count
from openaisle.scorecards.model import Scorecard, ScorecardDecisionRefused, ScorecardMissing, Standing
from openaisle.scorecards.pipes import reinstatements_pipe
from openaisle.scorecards.policy import ScorecardPolicy, Suspension
from openaisle.scorecards.queries import ScorecardQueries
from openaisle.scorecards.repository import SCORECARDS, card_key
from openaisle.scorecards.routes import operations
from openaisle.scorecards.use_cases import Scorecards
from openaisle.suppliers.contact import ReturnAddress, SupplierContact
from openaisle.suppliers.events import SupplierReinstated
from tests.factories.contexts import NOON, make_context
from tests.factories.scorecards import counted_on

SUPPLIER_ID = "sup_bergmann"
BAD = {"lines_accepted": 50, "lines_rejected": 50}
AUTOMATIC = ScorecardPolicy(suspension=Suspension.AUTOMATIC)


class FakeSuppliers:
    """Suppliers that are active until they are suspended; may break down in the middle."""

    def __init__(self) -> None:
        self.suspended: dict[str, str] = {}
        self.calls: list[str] = []
        self.breaks_down = False

    async def is_active(self, *, supplier_id: str, at: datetime) -> bool:
        return supplier_id not in self.suspended

    async def suspend(self, *, supplier_id: str, reason: str, context: Context) -> None:
        if self.breaks_down:
            raise ConnectionError
        self.calls.append(f"suspend {supplier_id}")
        if supplier_id in self.suspended:
            raise TransitionRefused(detail="It is suspended.")
        self.suspended[supplier_id] = reason

    async def reinstate(self, *, supplier_id: str, reason: str, context: Context) -> None:
        self.calls.append(f"reinstate {supplier_id}")
        if supplier_id not in self.suspended:
            raise TransitionRefused(detail="It is active.")
        del self.suspended[supplier_id]

    async def contact(self, *, supplier_id: str) -> SupplierContact | None:
        if supplier_id == "sup_gone":
            return None
        place = ReturnAddress(name="B", street_lines=("1",), city="Bremen", postal_code="28195", country="DE")
        return SupplierContact(
            supplier_id=supplier_id, name="Bergmann", email="b@example.org", language="de", returns_to=place
        )


class FakeMail:
    def __init__(self) -> None:
        self.sent: dict[str, tuple[str, Mapping[str, str]]] = {}
        self.refuses = False

    async def send(
        self,
        *,
        template: str,
        to: str,
        language: str,
        data: Mapping[str, str],
        deduplication_key: str,
        context: Context,
    ) -> None:
        if self.refuses:
            raise RequestInvalid(detail="That is no address.")
        self.sent[deduplication_key] = (template, data)


class Stage:
    def __init__(self, *, table: LocalTable, policy: ScorecardPolicy = AUTOMATIC) -> None:
        self.table = table
        self.suppliers = FakeSuppliers()
        self.queries = ScorecardQueries(table=table, policy=policy)
        self.scorecards = Scorecards(
            table=table, queries=self.queries, standings=self.suppliers, suppliers=self.suppliers, policy=policy
        )
        self.at = NOON

    def now(self) -> datetime:
        return self.at

    async def card(self, *, supplier_id: str = SUPPLIER_ID) -> Scorecard:
        item = await self.table.get(key=card_key(supplier_id=supplier_id))
        assert item is not None
        return SCORECARDS.record(item.body)

    async def run_timer(self, *, at: datetime) -> None:
        self.at = at
        timer = self.scorecards.timer()
        page = await self.table.query(partition=f"DUE#{timer.topic}", index=Index.DUE)
        due = [item for item in page.items if SCORECARDS.record(item.body).look_at <= at]
        await timer.handle(due, at)

    async def events(self) -> list[str]:
        changes = await self.table.read(after=0, limit=1_000)
        return [event.type for change in changes for event in change.events]


@pytest.fixture
def stage(table: LocalTable) -> Stage:
    return Stage(table=table)


async def test_a_supplier_goes_from_notice_to_suspension_and_begins_anew(stage: Stage) -> None:
    await counted_on(stage.table, **BAD)
    await stage.run_timer(at=NOON)
    assert (await stage.card()).standing is Standing.NOTICE
    for day in range(1, 8):
        await stage.run_timer(at=NOON + timedelta(days=day))
    card = await stage.card()
    assert (card.standing, card.is_carried_out) == (Standing.SUSPENDED, True)
    assert "acceptance: 50.0 % (50 of 100 in 30 days)" in stage.suppliers.suspended[SUPPLIER_ID]
    assert stage.suppliers.calls == [f"suspend {SUPPLIER_ID}"]
    event = SupplierReinstated(supplier_id=SUPPLIER_ID, reason="They have hired people.")
    del stage.suppliers.suspended[SUPPLIER_ID]
    at = NOON + timedelta(days=8)
    await stage.table.commit(
        writes=[SCORECARDS.store(Scorecard(supplier_id="sup_other", look_at=at), events=(event,))],
        context=make_context(at=at),
    )
    pipe = reinstatements_pipe(scorecards=stage.scorecards, clock=stage)
    changes = [change for change in await stage.table.read(after=0, limit=1_000) if pipe.wants(change)]
    for _ in range(2):
        await pipe.handle(changes)
    card = await stage.card()
    assert (card.standing, card.judged_from) == (Standing.GOOD, (at + timedelta(days=1)).date())
    await stage.run_timer(at=NOON + timedelta(days=9))
    assert (await stage.card()).standing is Standing.GOOD
    assert await stage.events() == [
        "scorecard.notice_given", "scorecard.suspended", "supplier.reinstated", "scorecard.forgiven",
    ]  # fmt: skip


async def test_a_process_that_ends_before_the_suspension_does_it_with_its_next_look(stage: Stage) -> None:
    await counted_on(stage.table, **BAD)
    await stage.run_timer(at=NOON)
    stage.suppliers.breaks_down = True
    with pytest.raises(ConnectionError):
        await stage.run_timer(at=NOON + timedelta(days=7))
    assert not (await stage.card()).is_carried_out
    stage.suppliers.breaks_down = False
    await stage.run_timer(at=NOON + timedelta(days=7, seconds=1))
    assert (await stage.card()).is_carried_out
    assert SUPPLIER_ID in stage.suppliers.suspended
    assert (await stage.events()).count("scorecard.suspended") == 1


async def test_what_somebody_else_suspended_already_is_left_so(stage: Stage) -> None:
    await counted_on(stage.table, lines_accepted=90, lines_rejected=10)
    await stage.run_timer(at=NOON)
    stage.suppliers.suspended[SUPPLIER_ID] = "Fraud."
    context = make_context(role=Role.OPERATOR, subject_id="ana")
    await stage.scorecards.suspend(supplier_id=SUPPLIER_ID, reason="Too slow.", context=context)
    assert stage.suppliers.suspended[SUPPLIER_ID] == "Fraud."
    assert (await stage.card()).is_carried_out


async def test_suspensions_end_by_themselves_where_the_policy_says_so(table: LocalTable) -> None:
    stage = Stage(table=table, policy=ScorecardPolicy(reinstated_after_days=3))
    await counted_on(stage.table, lines_accepted=90, lines_rejected=10)
    await stage.run_timer(at=NOON)
    await stage.scorecards.suspend(supplier_id=SUPPLIER_ID, reason="Too slow.", context=make_context())
    for day in range(1, 5):
        await stage.run_timer(at=NOON + timedelta(days=day))
    assert stage.suppliers.calls == [f"suspend {SUPPLIER_ID}", f"reinstate {SUPPLIER_ID}"]


async def test_who_was_warned_may_be_forgiven_and_others_not(stage: Stage) -> None:
    await counted_on(stage.table, lines_accepted=90, lines_rejected=10)
    await stage.run_timer(at=NOON)
    context = make_context(role=Role.OPERATOR, subject_id="ana")
    card = await stage.scorecards.forgive(supplier_id=SUPPLIER_ID, reason="A flood.", context=context)
    assert (card.standing, card.history[-1].actor) == (Standing.GOOD, "operator:ana")
    with pytest.raises(ScorecardDecisionRefused):
        await stage.scorecards.forgive(supplier_id=SUPPLIER_ID, reason="Again.", context=context)
    with pytest.raises(ScorecardMissing):
        await stage.scorecards.forgive(supplier_id="sup_nobody", reason="Who?", context=context)


async def test_allocation_gets_the_score_and_one_for_who_is_new(stage: Stage) -> None:
    assert await stage.queries.score(supplier_id=SUPPLIER_ID, at=NOON) == 800
    await counted_on(stage.table, **BAD)
    await stage.run_timer(at=NOON)
    assert await stage.queries.score(supplier_id=SUPPLIER_ID, at=NOON + timedelta(seconds=60)) == 800
    fresh = await stage.queries.score(supplier_id=SUPPLIER_ID, at=NOON + timedelta(seconds=61))
    assert fresh == (await stage.card()).score
    assert fresh < 700


async def test_lists_begin_with_the_lowest_score(stage: Stage) -> None:
    for supplier_id, accepted in [("sup_a", 99), ("sup_b", 70), ("sup_c", 90)]:
        await counted_on(stage.table, supplier_id=supplier_id, lines_accepted=accepted, lines_rejected=100 - accepted)
    await stage.run_timer(at=NOON)
    page = await stage.queries.listed(limit=2)
    assert [one.supplier_id for one in page.scorecards] == ["sup_b", "sup_c"]
    rest = await stage.queries.listed(limit=2, after=page.next_after)
    assert [one.supplier_id for one in rest.scorecards] == ["sup_a"]
    noticed = await stage.queries.listed(standing=Standing.NOTICE)
    assert [one.supplier_id for one in noticed.scorecards] == ["sup_b"]


async def test_a_change_of_standing_is_told_by_mail_once(stage: Stage) -> None:
    await counted_on(stage.table, **BAD)
    await counted_on(stage.table, supplier_id="sup_gone", **BAD)
    await stage.run_timer(at=NOON)
    mail = FakeMail()
    pipe = scorecard_mails_pipe(mail=mail, contacts=stage.suppliers, clock=stage, public_address="https://m.example")
    changes = [change for change in await stage.table.read(after=0, limit=1_000) if pipe.wants(change)]
    mail.refuses = True
    await pipe.handle(changes)
    mail.refuses = False
    for _ in range(2):
        await pipe.handle(changes)
    ((template, data),) = mail.sent.values()
    assert template == "scorecard_notice"
    assert data["effective_on"] == "2026-11-30"
    assert data["findings"].startswith("- acceptance: 50.0 % (50 of 100 in 30 days), wanted at least 80.0 %")


async def test_a_supplier_reads_only_its_own_scorecard(stage: Stage) -> None:
    await counted_on(stage.table, **BAD)
    named = {one.name: one for one in operations(use_cases=stage.scorecards, queries=stage.queries)}

    def asked(role: Role, subject_id: str) -> Request:
        context = make_context(role=role, subject_id=subject_id)
        return Request(context=context, path={"supplier_id": SUPPLIER_ID}, query=None, body=None, headers={})

    read = named["get_scorecard"].handle
    for request in (asked(Role.OPERATOR, "ana"), asked(Role.SUPPLIER, SUPPLIER_ID)):
        view = (await read(request)).value
        assert view.metrics[0].windows[1].count == 100
        assert "the mean by weight of acceptance" in view.explanation
    with pytest.raises(ScorecardMissing):
        await read(asked(Role.SUPPLIER, "sup_other"))
    assert named["list_scorecards"].roles == named["decide_scorecard"].roles == frozenset({Role.OPERATOR})


async def test_days_older_than_any_window_do_not_count(stage: Stage) -> None:
    await counted_on(stage.table, at=NOON - timedelta(days=90), **BAD)
    await counted_on(stage.table, at=NOON - timedelta(days=89), lines_accepted=7)
    measures = await stage.queries.measures(card=await stage.card(), at=NOON)
    assert max(one.count for one in measures) == 7
    assert Count.LINES_ACCEPTED.value == "lines_accepted"
