"""The delivery log, resends, and what people are told of endpoints that are given up on."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from openaisle.kernel.context import Context
from openaisle.kernel.errors import RequestInvalid
from openaisle.kernel.outbound import CallFailed
from openaisle.kernel.table import Index
from openaisle.webhooks import attempts
from openaisle.webhooks.log_queries import DeliveryLog, ResendView
from openaisle.webhooks.mails import WebhookMails
from openaisle.webhooks.model import EndpointMissing, EndpointState
from openaisle.webhooks.resend_use_cases import WebhookResends
from openaisle.webhooks.resender import Resender
from openaisle.webhooks.resending import (
    MAXIMUM_ATTEMPTS,
    MAXIMUM_OPEN_RESENDS,
    OPEN_RESENDS,
    RESENDS,
    ResendEventMissing,
    ResendState,
    TooManyResends,
    resend_key,
)
from openaisle.webhooks.sending import EndpointCaller
from tests.factories.webhooks import URL, CountedIdentifiers, ParcelPacked, WebhookHouse, answered, operator, storefront
from tests.support.virtual_time import VirtualClock, in_virtual_time
from tests.unit.webhooks.test_deliverer import deliverer

WEB = storefront().principal
TYPES = ("parcel.packed",)


class Stage(WebhookHouse):
    """The house with its log."""

    def __init__(self, *, folder: Path) -> None:
        super().__init__(folder=folder, clock=VirtualClock())
        self.log = DeliveryLog(table=self.table)
        self.resends = WebhookResends(table=self.table, stream=self.table, identifiers=CountedIdentifiers())

    async def register(self, *, batch_size: int = 1, notice_mail: str = "") -> str:
        fresh = await self.endpoints.register(
            url=URL, event_types=TYPES, batch_size=batch_size, notice_mail=notice_mail, context=self.context()
        )
        return fresh.endpoint.endpoint_id

    def context(self) -> Context:
        return storefront(at=self.clock.now())

    async def packed(self, *numbers: int) -> None:
        for number in numbers:
            await self.happen(ParcelPacked(number=number, storefront_id="web"))

    async def resend(
        self, endpoint_id: str, *, event_id: str | None = None, since: datetime | None = None
    ) -> ResendView:
        await self.resends.request(endpoint_id=endpoint_id, event_id=event_id, since=since, context=self.context())
        return await self.newest_resend(endpoint_id)

    async def newest_resend(self, endpoint_id: str) -> ResendView:
        return (await self.log.resends(endpoint_id=endpoint_id, principal=WEB)).resends[0]

    def resent(self) -> list[str]:
        return [
            str(event["id"])
            for call in self.receivers.calls
            if "webhook-resend" in call.headers
            for event in call.events
        ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@contextlib.asynccontextmanager
async def running(stage: Stage) -> AsyncIterator[None]:
    task = asyncio.create_task(stage.dispatcher().run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@in_virtual_time
async def test_the_log_tells_of_each_call_what_became_of_it(folder: Path):
    stage = Stage(folder=folder)
    endpoint_id = await stage.register()
    stage.receivers.answers[URL] = [answered(503), CallFailed(detail="no connection")]
    async with running(stage):
        await stage.packed(1, 2)
        await stage.receivers.until(4)
        await asyncio.sleep(3)
        whole = await stage.log.deliveries(endpoint_id=endpoint_id, principal=WEB)
        calls = whole.deliveries[::-1]
        assert [(one.attempt, one.status) for one in calls] == [(1, 503), (2, None), (3, 204), (1, 204)]
        assert [one.error for one in calls] == ["The receiver answered 503.", "no connection", None, None]
        assert {one.event_types for one in calls} == {TYPES}
        assert len({one.first_event_id for one in calls}) == 2
        failed = await stage.log.deliveries(endpoint_id=endpoint_id, principal=WEB, failed=True)
        assert failed.deliveries == whole.deliveries[2:]
        first = await stage.log.deliveries(endpoint_id=endpoint_id, principal=WEB, limit=3)
        rest = await stage.log.deliveries(endpoint_id=endpoint_id, principal=WEB, after=first.next_after)
        assert first.deliveries + rest.deliveries == whole.deliveries
        with pytest.raises(EndpointMissing):
            await stage.log.deliveries(endpoint_id=endpoint_id, principal=storefront("other").principal)
    await asyncio.sleep(attempts.KEPT_FOR.total_seconds())
    assert not (await stage.log.deliveries(endpoint_id=endpoint_id, principal=WEB)).deliveries
    await stage.table.close()


@in_virtual_time
async def test_the_log_is_bounded_and_successes_push_no_failure_out(folder: Path):
    stage = Stage(folder=folder)
    endpoint_id = await stage.register()
    stage.receivers.answers[URL] = [answered(500)]
    async with running(stage):
        await stage.packed(*range(attempts.ENTRIES_PER_RING + 60))
        await stage.receivers.until(attempts.ENTRIES_PER_RING + 61)
        await asyncio.sleep(3)
        entries, after = [], None
        while True:
            page = await stage.log.deliveries(endpoint_id=endpoint_id, principal=WEB, after=after, limit=500)
            entries += page.deliveries
            if (after := page.next_after) is None:
                break
    assert len(entries) == attempts.ENTRIES_PER_RING + 1
    assert [one.status for one in entries if one.error] == [500]
    await stage.table.close()


@in_virtual_time
async def test_one_event_is_sent_again_signed_anew_and_marked(folder: Path):
    stage = Stage(folder=folder)
    endpoint_id = await stage.register()
    async with running(stage):
        await stage.packed(1, 2, 3)
        await stage.receivers.until(3)
        await asyncio.sleep(100)
        second = str(stage.receivers.calls[1].events[0]["id"])
        resend = await stage.resend(endpoint_id, event_id=second)
        assert resend.state is ResendState.OPEN
        await stage.receivers.until(4)
        await asyncio.sleep(3)
        done = await stage.newest_resend(endpoint_id)
        assert (done.state, done.resent_count) == (ResendState.DONE, 1)
        old, new = stage.receivers.calls[1], stage.receivers.calls[3]
        assert (new.headers["webhook-resend"], new.body) == (resend.resend_id, old.body)
        assert new.headers["webhook-id"] == old.headers["webhook-id"]
        assert new.headers["webhook-signature"] != old.headers["webhook-signature"]
        newest = (await stage.log.deliveries(endpoint_id=endpoint_id, principal=WEB)).deliveries[0]
        assert newest.resend_id == resend.resend_id
    await stage.table.close()


@in_virtual_time
async def test_all_since_a_moment_is_sent_again_and_new_events_do_not_wait_for_it(folder: Path):
    stage = Stage(folder=folder)
    endpoint_id = await stage.register(batch_size=2)
    async with running(stage):
        await stage.packed(1, 2)
        await stage.happen(ParcelPacked(number=99, storefront_id="other"))
        await asyncio.sleep(600)
        since = stage.clock.now()
        await stage.packed(3, 4, 5)
        await stage.receivers.until(5)
        await asyncio.sleep(60)
        # The resend fails and waits, the new event goes through meanwhile.
        stage.receivers.answers[URL] = [answered(503)]
        await stage.resend(endpoint_id, since=since)
        await asyncio.sleep(1.5)
        assert (await stage.newest_resend(endpoint_id)).attempts == 1
        await stage.packed(6)
        await stage.receivers.until(8)
        await asyncio.sleep(30)
    assert stage.receivers.numbers() == [1, 2, 3, 4, 5, 3, 4, 6, 3, 4, 5]
    await stage.table.close()


@in_virtual_time
async def test_the_same_asked_again_is_one_and_only_a_few_are_under_way(folder: Path):
    stage = Stage(folder=folder)
    endpoint_id = await stage.register()
    await stage.packed(1)
    now = stage.clock.now()
    for number in range(MAXIMUM_OPEN_RESENDS):
        for _again in range(2):
            await stage.resend(endpoint_id, since=now - timedelta(minutes=number))
    assert len((await stage.log.resends(endpoint_id=endpoint_id, principal=WEB)).resends) == MAXIMUM_OPEN_RESENDS
    with pytest.raises(TooManyResends):
        await stage.resend(endpoint_id, since=now - timedelta(days=1))
    await stage.table.close()


@in_virtual_time
async def test_what_cannot_be_sent_again_is_refused_by_name(folder: Path):
    stage = Stage(folder=folder)
    endpoint_id = await stage.register()
    await stage.happen(ParcelPacked(number=1, storefront_id="other"))
    foreign = (await stage.table.read(after=0, limit=100))[-1].sequence
    for event_id in (f"{foreign}-1", f"{foreign}-2", "99999999-1", "0-0"):
        with pytest.raises(ResendEventMissing):
            await stage.resend(endpoint_id, event_id=event_id)
    for wrong in ({}, {"since": stage.clock.now() + timedelta(days=1)}):
        with pytest.raises(RequestInvalid):
            await stage.resend(endpoint_id, **wrong)
    with pytest.raises(EndpointMissing):
        await stage.resend("whk_unknown", since=stage.clock.now())
    await stage.table.close()


@in_virtual_time
async def test_a_resend_is_given_up_in_the_end_and_ends_with_its_endpoint(folder: Path):
    stage = Stage(folder=folder)
    endpoint_id = await stage.register()
    await stage.packed(1)
    event = (await stage.table.read(after=0, limit=100))[-1]
    stage.receivers.always[URL] = answered(500)
    asked = await stage.resend(endpoint_id, event_id=f"{event.sequence}-1")
    item = await stage.table.get(key=resend_key(endpoint_id=endpoint_id, resend_id=asked.resend_id))
    assert item is not None
    sender = EndpointCaller(endpoints=stage.endpoints, caller=stage.receivers, signer=stage.signer, clock=stage.clock)
    await Resender(
        resend=RESENDS.decode(item), sender=sender, table=stage.table, stream=stage.table, clock=stage.clock
    ).run()
    failed = await stage.newest_resend(endpoint_id)
    assert (failed.state, failed.resent_count, failed.attempts) == (ResendState.FAILED, 0, MAXIMUM_ATTEMPTS)
    assert "500" in str(failed.last_failure)
    assert (await stage.queries.endpoint(endpoint_id=endpoint_id, principal=WEB)).state is EndpointState.ACTIVE
    await stage.resend(endpoint_id, since=stage.clock.now())
    await stage.endpoints.delete(endpoint_id=endpoint_id, context=stage.context())
    async with running(stage):
        await asyncio.sleep(5)
    assert not (await stage.table.query(partition=OPEN_RESENDS, index=Index.FIRST)).items
    await stage.table.close()


class FakeMail:
    """Keeps what it was asked to send."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []
        self.keys: set[str] = set()

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
        if deduplication_key not in self.keys:
            self.keys.add(deduplication_key)
            self.sent.append((template, to, data.get("reason", "")))


@in_virtual_time
async def test_people_are_told_when_an_endpoint_is_given_up_on_and_when_it_recovers(folder: Path):
    stage = Stage(folder=folder)
    endpoint_id = await stage.register(notice_mail="web@shop.example")
    quiet = await stage.register()
    mail = FakeMail()
    pipe = WebhookMails(
        mail=mail,
        endpoints=stage.endpoints,
        clock=stage.clock,
        public_address="https://market.example",
        operator_mail="operator@market.example",
        language="de",
    ).pipe()

    async def told() -> list[tuple[str, str, str]]:
        mail.sent.clear()
        for _twice in range(2):
            await pipe.handle([one for one in await stage.table.read(after=0, limit=1000) if pipe.wants(one)])
        return list(mail.sent)

    await stage.endpoints.set_state(
        endpoint_id=quiet, state=EndpointState.PAUSED, reason="moving", context=stage.context()
    )
    stage.receivers.always[URL] = answered(503)
    await stage.packed(1)
    await (await deliverer(stage, endpoint_id)).run()
    shown = await stage.queries.endpoint(endpoint_id=endpoint_id, principal=WEB)
    assert shown.gave_up_at is not None
    assert [one[:2] for one in await told()] == [
        ("webhook_paused", "web@shop.example"),
        ("webhook_paused", "operator@market.example"),
    ]
    await asyncio.sleep(60)
    stage.receivers.always[URL] = answered(204)
    await stage.endpoints.set_state(
        endpoint_id=endpoint_id, state=EndpointState.ACTIVE, reason="", context=stage.context()
    )
    async with running(stage):
        await asyncio.sleep(10)
    assert [one[:2] for one in await told()] == [
        ("webhook_recovered", "web@shop.example"),
        ("webhook_recovered", "operator@market.example"),
    ]
    shown = await stage.queries.endpoint(endpoint_id=endpoint_id, principal=operator().principal)
    assert (shown.gave_up_at, shown.notice_mail) == (None, True)
    await stage.table.close()
    assert b"web@shop.example" not in (folder / "store.sqlite").read_bytes()
