from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.kernel.outbound import CallTimedOut
from openaisle.orders.channels.judging import MEANINGS
from openaisle.orders.channels.letters import DeadLetters, NotSetAside
from openaisle.orders.channels.pacing import Pacer
from openaisle.suppliers.connection_settings import (
    ConnectionInvalid,
    ConnectionSettings,
    QuietHours,
    Transport,
    quiet_until,
    require_coherent,
)
from tests.factories.contexts import make_context
from tests.factories.orders import accepting, http_answer, make_connection
from tests.support.dispatch_stage import Stage, opened, running
from tests.support.virtual_time import in_virtual_time


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def connect(stage: Stage, **given: object) -> None:
    stage.room.suppliers.connections["sup_bergmann"] = make_connection(supplier_id="sup_bergmann", **given)


async def placed(stage: Stage, *, count: int) -> None:
    mug = await stage.room.stock(on_hand=1_000)
    for number in range(count):
        await stage.place(mug, reference=f"R-{number}")


@in_virtual_time
async def test_a_supplier_is_called_no_more_often_than_it_allows(folder):
    async with opened(folder) as stage:
        connect(stage, rate_limit_per_minute=30, maximum_batch=1)
        await placed(stage, count=60)
        async with running(stage.dispatcher()):
            await asyncio.sleep(60)
            assert 25 <= len(stage.bergmann.batches) <= 36
            await stage.until("accepted", reference="R-59")


@in_virtual_time
async def test_nothing_is_brought_in_quiet_hours_and_all_of_it_after_them(folder):
    async with opened(folder) as stage:
        now = stage.clock.now()
        hours = QuietHours(starts=f"{now:%H:%M}", ends=f"{now + timedelta(hours=2):%H:%M}")
        connect(stage, quiet_hours=hours)
        await placed(stage, count=3)
        order = await stage.purchase_order(reference="R-0")
        # The time to acknowledge begins when the quiet hours end.
        assert order.acknowledge_by > (now + timedelta(hours=2, minutes=58)).isoformat()
        async with running(stage.dispatcher()):
            await asyncio.sleep(7_000)
            assert stage.bergmann.batches == []
            await stage.until("accepted", reference="R-2")


@in_virtual_time
async def test_as_many_calls_are_under_way_at_once_as_the_supplier_takes(folder):
    async with opened(folder) as stage:
        connect(stage, concurrency=3, maximum_batch=2)
        under_way, most = 0, 0

        async def slowly() -> None:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(1)
            under_way -= 1

        stage.bergmann.before_answer = slowly
        await placed(stage, count=12)
        async with running(stage.dispatcher()):
            await stage.until("accepted", reference="R-11")
        assert most == 3
        brought = [identifier for batch in stage.bergmann.batches for identifier in batch]
        assert len(brought) == len(set(brought)) == 12


@in_virtual_time
async def test_without_shared_contact_mail_and_telephone_stay_here(folder):
    async with opened(folder) as stage:
        connect(stage, share_contact=False)
        await placed(stage, count=1)
        async with running(stage.dispatcher()):
            await stage.until("accepted", reference="R-0")
        (document,) = stage.bergmann.documents.values()
        assert "email" not in document["ship_to"]
        assert "phone" not in document["ship_to"]


def _poisoned(stage: Stage, identifier: str):
    system = stage.bergmann
    ordinary = type(system).called

    async def called(*, url, body):
        if identifier.encode() in body:
            return http_answer({"error": "no"}, status=422)
        return await ordinary(system, url=url, body=body)

    return called


@in_virtual_time
async def test_what_no_try_helps_is_set_aside_and_sent_again_by_a_person(folder):
    async with opened(folder) as stage:
        connect(stage, attempts_maximum=3, acknowledge_within_seconds=86_400)
        await placed(stage, count=4)
        poison = (await stage.purchase_order(reference="R-1")).purchase_order_id
        stage.bergmann.called = _poisoned(stage, poison)
        letters = DeadLetters(table=stage.table)

        async def is_set_aside() -> bool:
            return bool((await letters.listed()).letters)

        async with running(stage.dispatcher()):
            await stage.until("accepted", reference="R-3")
            await stage.until_true(is_set_aside)
            ((letter, _),) = (await letters.listed()).letters
            assert (letter.purchase_order_id, letter.code, letter.attempts) == (poison, "batch-unprocessable", 3)
            del stage.bergmann.called
            await asyncio.sleep(3_600)
            assert await stage.state(reference="R-1") == "created"
            await letters.send_again(purchase_order_id=poison, context=make_context(at=stage.clock.now()))
            await stage.until("accepted", reference="R-1")
        assert (await letters.listed()).letters == []
        actions = [entry.action for entry in (await stage.purchase_order(reference="R-1")).history]
        assert actions == ["delivery_failed", "set_aside", "sent_again", "acknowledged"]
        with pytest.raises(NotSetAside):
            await letters.send_again(purchase_order_id=poison, context=make_context())


@in_virtual_time
@pytest.mark.parametrize(
    ("spoil", "finding"),
    [
        (lambda one: one | {"lines": [{"line_number": 1, "decision": "accepted", "unit_price_minor": 9}]}, "price_"),
        (lambda one: one | {"lines": [{"line_number": 1, "decision": "accepted", "quantity": 9}]}, "quantity_"),
        (
            lambda one: one | {"decision": "partial", "lines": [{"line_number": 9, "decision": "accepted"}]},
            "purchase-order-line-unknown",
        ),
        (lambda _: None, "no_answer"),
    ],
)
async def test_what_is_wrong_with_an_answer_stands_by_name_in_the_history(folder, spoil, finding):
    async with opened(folder) as stage:
        stage.bergmann.answer = lambda document: spoil(accepting(document))
        await placed(stage, count=1)
        async with running(stage.dispatcher()):
            await asyncio.sleep(2)
            order = await stage.purchase_order(reference="R-0")
            assert order.state == "created"
            assert order.history[-1].action == "delivery_failed"
            assert order.history[-1].note.startswith(finding)
            stage.bergmann.answer = accepting
            await stage.until("accepted", reference="R-0")


@in_virtual_time
async def test_two_answers_that_differ_are_none_and_two_that_agree_are_one(folder):
    async with opened(folder) as stage:
        system = stage.bergmann

        def twice(second: str):
            async def called(*, url, body):
                answered = await type(system).called(system, url=url, body=body)
                del url
                text = answered.body.decode()
                inner = text[text.index("[") + 1 : text.rindex("]")]
                doubled = f'{{"acknowledgments":[{inner},{inner.replace("accepted", second)}]}}'
                return http_answer(doubled.encode())

            return called

        system.called = twice("rejected")
        await placed(stage, count=1)
        async with running(stage.dispatcher()):
            await asyncio.sleep(2)
            order = await stage.purchase_order(reference="R-0")
            assert order.history[-1].note.startswith("answered_twice: ")
            system.called = twice("accepted")
            await stage.until("accepted", reference="R-0")


@in_virtual_time
async def test_an_error_inside_an_answer_of_200_has_its_name(folder):
    async with opened(folder) as stage:
        stage.bergmann.failure = lambda: http_answer({"error": {"code": 17, "message": "database is down"}})
        await placed(stage, count=1)
        async with running(stage.dispatcher()):
            await asyncio.sleep(2)
            order = await stage.purchase_order(reference="R-0")
            assert order.history[-1].note.startswith("supplier-error-inside-answer: ")
            stage.bergmann.failure = lambda: None
            await stage.until("accepted", reference="R-0")


@given(
    starts=st.times().map(lambda one: f"{one:%H:%M}"),
    ends=st.times().map(lambda one: f"{one:%H:%M}"),
    # hypothesis takes naive bounds and adds the zone itself.
    at=st.datetimes(min_value=datetime(2024, 1, 1), max_value=datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    time_zone=st.sampled_from(["UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kolkata", "Australia/Lord_Howe"]),
)
def test_quiet_hours_end_ahead_and_within_a_day(starts, ends, at, time_zone):
    until = quiet_until(hours=QuietHours(starts=starts, ends=ends, time_zone=time_zone), at=at)
    if until is not None:
        assert at < until <= at + timedelta(hours=25)


@pytest.mark.parametrize(
    ("settings", "pointer"),
    [
        ({"transport": Transport.REST}, "/order_acceptance_url"),
        ({"transport": Transport.X12}, "/x12"),
        ({"transport": Transport.EMAIL, "inventory_url": "https://a.example"}, "/inventory_url"),
        ({"quiet_hours": QuietHours(starts="22:00", ends="22:00")}, "/quiet_hours/ends"),
        ({"quiet_hours": QuietHours(starts="22:00", ends="06:00", time_zone="Mars/Base")}, "/quiet_hours/time_zone"),
        ({"quiet_hours": QuietHours(starts="22:00", ends="06:00", time_zone="../../etc")}, "/quiet_hours/time_zone"),
    ],
)
def test_settings_that_do_not_fit_together_are_refused_by_name(settings, pointer):
    facts = {"transport": Transport.PORTAL} | settings
    with pytest.raises(ConnectionInvalid) as caught:
        require_coherent(settings=ConnectionSettings(**facts))
    assert pointer in [finding.pointer for finding in caught.value.findings]


@given(st.lists(st.floats(min_value=0, max_value=30), min_size=1, max_size=200), st.integers(1, 600))
def test_calls_in_any_minute_stay_near_the_limit(waits, per_minute):
    pacer, now, calls = Pacer(), datetime(2026, 11, 24, tzinfo=UTC), []
    for wait in waits:
        now += timedelta(seconds=wait)
        now += timedelta(
            seconds=pacer.seconds_until_allowed(supplier_id="sup_a", per_minute=per_minute, now=now) + 0.001
        )
        pacer.note_call(supplier_id="sup_a", per_minute=per_minute, now=now)
        calls.append(now)
    for start in calls:
        within = [one for one in calls if start <= one < start + timedelta(minutes=1)]
        assert len(within) <= per_minute + per_minute * 10 / 60 + 2


@in_virtual_time
async def test_a_line_may_be_back_ordered_in_the_answer(folder):
    async with opened(folder) as stage:
        day = f"{stage.clock.now() + timedelta(days=3):%Y-%m-%d}"
        line = {"line_number": 1, "decision": "back_ordered", "expected_ship_date": day}
        stage.bergmann.answer = lambda document: accepting(document) | {"decision": "partial", "lines": [line]}
        await placed(stage, count=1)
        async with running(stage.dispatcher()):
            await stage.until("accepted", reference="R-0")
        (found,) = (await stage.purchase_order(reference="R-0")).lines
        assert (found.back_ordered, found.expected_ship_date) == (True, day)


@in_virtual_time
async def test_while_a_secret_changes_every_call_carries_both_signatures(folder):
    async with opened(folder) as stage:
        connect(stage, signing_secrets=("whsec_new", "whsec_old"))
        seen = []
        ordinary = stage.caller.call

        async def call(**asked):
            seen.append(asked["headers"]["webhook-signature"])
            return await ordinary(**asked)

        stage.caller.call = call
        await placed(stage, count=1)
        async with running(stage.dispatcher()):
            await stage.until("accepted", reference="R-0")
        assert seen == ["whsec_new,whsec_old"]


@in_virtual_time
async def test_suppliers_that_hang_cost_the_others_nothing(folder):
    async with opened(folder) as stage:
        others = [f"sup_{number:02}" for number in range(20)]
        hanging = set(others[:4])
        for supplier_id in others:
            made = await stage.room.stock(supplier_id=supplier_id, supplier_sku=f"SKU-{supplier_id}", on_hand=100)
            if supplier_id in hanging:

                async def hang() -> None:
                    await asyncio.sleep(5)
                    raise CallTimedOut(detail="no answer in 5 s")

                stage.caller.system(supplier_id).before_answer = hang
            for number in range(5):
                await stage.place(made, reference=f"{supplier_id}-{number}")
        started = stage.clock.now()
        # As many hang as may be called at once: what failed once is called from slots of its own.
        async with running(stage.dispatcher(calls_at_once=4)):
            for supplier_id in others[4:]:
                await stage.until("accepted", reference=f"{supplier_id}-4")
            assert (stage.clock.now() - started).total_seconds() < 7


def test_every_finding_about_an_answer_is_explained_to_suppliers():
    page = (Path(__file__).parents[4] / "docs" / "reference" / "supplier-api.md").read_text()
    for name, meaning in MEANINGS.items():
        assert f"| `{name}` | {meaning} |" in page
