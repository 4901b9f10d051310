"""Events by cursor: each party reads what concerns it, once, in order, and is told when something is missing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from openaisle.kernel.context import Principal, Role
from openaisle.webhooks.event_log import CursorInvalid, EventLog, EventsTrimmed, place_before
from openaisle.webhooks.model import EventTypeUnknown, may_be_told
from tests.factories.webhooks import ParcelPacked, ParcelSent, WebhookHouse, operator, storefront
from tests.support.clocks import FakeClock

OPERATOR = operator().principal
WEB = storefront("web").principal


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[WebhookHouse]:
    opened = WebhookHouse(folder=tmp_path, clock=FakeClock())
    yield opened
    await opened.table.close()


async def numbers(log: EventLog, principal: Principal, *, limit: int = 100, types: tuple[str, ...] = ()) -> list[int]:
    """Read all there is, page by page."""
    found: list[int] = []
    after: str | None = None
    while True:
        page = await log.page(principal=principal, after=after, event_types=types, limit=limit)
        assert len(page.events) <= limit
        found += [msgspec.json.decode(event.data)["number"] for event in page.events]
        after = page.next_after
        if not page.more:
            return found


async def test_each_reads_its_own_events_and_the_operator_all(house: WebhookHouse):
    await house.happen(ParcelPacked(number=1, storefront_id="web"), ParcelSent(number=2, storefront_id="other"))
    await house.happen(ParcelPacked(number=3), ParcelPacked(number=4, storefront_id="*"))
    log = EventLog(stream=house.table)
    for limit in (1, 2, 100):
        assert await numbers(log, WEB, limit=limit) == [1, 4]
        assert await numbers(log, storefront("other").principal, limit=limit) == [2, 4]
        assert await numbers(log, OPERATOR, limit=limit) == [1, 2, 3, 4]
        assert await numbers(log, OPERATOR, limit=limit, types=("parcel.sent",)) == [2]


@pytest.mark.parametrize(
    ("event_type", "supplier_id", "may"),
    [
        ("purchase_order.created", "sup_1", True),
        ("purchase_order.created", "sup_2", False),
        ("purchase_order.created", None, False),
        ("supplier.suspended", "sup_1", True),
        ("supplier.review_requested", "sup_1", False),
        ("review.opened", "sup_1", False),
        ("order.placed", "sup_1", False),
    ],
)
def test_a_supplier_is_told_of_its_own_but_not_why_it_is_looked_into(event_type: str, supplier_id: str, may: bool):
    told = may_be_told(
        role=Role.SUPPLIER, subject_id="sup_1", storefront_id="web", supplier_id=supplier_id, event_type=event_type
    )
    assert told is may


async def test_a_cursor_stays_good_for_what_comes_later(house: WebhookHouse):
    log = EventLog(stream=house.table)
    newest = (await log.page(principal=WEB, after="latest")).next_after
    await house.happen(ParcelPacked(number=1, storefront_id="web"))
    first = await log.page(principal=WEB, after=newest)
    assert [event.type for event in first.events] == ["parcel.packed"]
    nothing = await log.page(principal=WEB, after=first.next_after)
    assert (nothing.events, nothing.more) == ([], False)
    await house.happen(ParcelSent(number=2, storefront_id="web"))
    second = await log.page(principal=WEB, after=nothing.next_after)
    assert [event.type for event in second.events] == ["parcel.sent"]
    again = await log.page(principal=WEB, after=first.events[0].id)
    assert again.events == second.events


async def test_who_asks_for_what_is_dropped_is_told_where_to_go_on(house: WebhookHouse):
    log = EventLog(stream=house.table)
    for number in range(1, 4):
        await house.happen(ParcelPacked(number=number, storefront_id="web"))
    first = await log.page(principal=WEB, after=None, limit=1)
    now = house.clock.now() + timedelta(days=60)
    assert await house.table.maintain(now=now, keep_changes_for=timedelta(days=1)) == 2
    with pytest.raises(EventsTrimmed) as told:
        await log.page(principal=WEB, after=first.next_after)
    oldest = told.value.detail.removeprefix("What is kept begins after ").rstrip(".")
    page = await log.page(principal=WEB, after=oldest)
    assert len(page.events) == 1
    assert await numbers(log, WEB) == [3]
    with pytest.raises(EventsTrimmed):
        await place_before(stream=house.table, moment=house.clock.now() - timedelta(days=1))


@pytest.mark.parametrize("cursor", ["", "x", "1", "1-", "-1", "1-x", "1--1", "1-" + "9" * 19, "\u0661-1"])
async def test_what_is_no_cursor_is_refused(house: WebhookHouse, cursor: str):
    if cursor:
        with pytest.raises(CursorInvalid):
            await EventLog(stream=house.table).page(principal=WEB, after=cursor)


async def test_nobody_waits_for_events_that_do_not_exist(house: WebhookHouse):
    log = EventLog(stream=house.table, known_event_types=frozenset({"parcel.packed"}))
    with pytest.raises(EventTypeUnknown):
        await log.page(principal=WEB, after=None, event_types=["parcel.lost"])


async def test_the_place_of_a_moment_is_found(house: WebhookHouse):
    clock = house.clock
    assert isinstance(clock, FakeClock)
    began = clock.now()
    for number in range(40):
        await house.happen(ParcelPacked(number=number))
        clock.go_on(seconds=600)
    for number in (0, 1, 17, 39, 40):
        place = await place_before(stream=house.table, moment=began + timedelta(minutes=10 * number))
        following = await house.table.read(after=place.read_after, limit=100)
        assert len(following) == 40 - number
