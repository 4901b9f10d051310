"""The shared reader: what many endpoints need is read once, and none misses anything."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from openaisle.adapters.local.clock import SystemClock
from openaisle.kernel.stream import Change
from openaisle.webhooks.model import ALL_EVENTS, Place
from openaisle.webhooks.reader import EventReader
from tests.factories.webhooks import ParcelPacked, ParcelSent, WebhookHouse


class CountingStream:
    """The store's stream, counting how often it is read."""

    def __init__(self, house: WebhookHouse) -> None:
        self._table = house.table
        self.reads = 0

    async def read(self, *, after: int, limit: int) -> Sequence[Change]:
        self.reads += 1
        return await self._table.read(after=after, limit=limit)

    async def latest(self) -> int:
        return await self._table.latest()

    async def wait(self, *, after: int, timeout_seconds: float) -> bool:
        return await self._table.wait(after=after, timeout_seconds=timeout_seconds)


@contextlib.asynccontextmanager
async def opened(folder: Path, *, events: int) -> AsyncIterator[tuple[WebhookHouse, CountingStream]]:
    house = WebhookHouse(folder=folder, clock=SystemClock())
    for number in range(events):
        await house.happen(ParcelPacked(number=number), ParcelSent(number=number))
    yield house, CountingStream(house)
    await house.table.close()


async def everything_after(reader: EventReader, place: Place) -> list[str]:
    found: list[str] = []
    while (page := await reader.page(place=place)) is not None:
        found += [event.event_id for event in page.beyond(place=place)]
        place = page.end
    return found


async def test_endpoints_that_are_up_to_date_share_what_is_read(tmp_path: Path):
    async with opened(tmp_path, events=20) as (_, stream):
        reader = EventReader(stream=stream, page_changes=5)
        first = await everything_after(reader, Place(0, ALL_EVENTS))
        reads = stream.reads
        assert await everything_after(reader, Place(0, ALL_EVENTS)) == first
        # Only the look beyond the end asks the stream again.
        assert stream.reads == reads + 1
        assert len(first) == 40


async def test_an_endpoint_in_the_middle_of_a_page_or_a_change_gets_just_the_rest(tmp_path: Path):
    async with opened(tmp_path, events=20) as (_, stream):
        reader = EventReader(stream=stream, page_changes=5)
        every = await everything_after(reader, Place(0, ALL_EVENTS))
        for number, event_id in enumerate(every):
            sequence, position = event_id.split("-")
            rest = await everything_after(reader, Place(int(sequence), int(position)))
            assert rest == every[number + 1 :]


async def test_an_endpoint_far_behind_reads_for_itself_and_leaves_the_others_their_pages(tmp_path: Path):
    async with opened(tmp_path, events=40) as (_, stream):
        reader = EventReader(stream=stream, page_changes=5, pages_kept=2)
        every = await everything_after(reader, Place(0, ALL_EVENTS))
        near = Place(int(every[-4].split("-")[0]), ALL_EVENTS)
        assert await everything_after(reader, Place(0, ALL_EVENTS)) == every
        reads = stream.reads
        assert await everything_after(reader, near) == every[-2:]
        assert stream.reads == reads + 1


async def test_a_new_endpoint_beyond_the_end_sees_only_what_comes_later(tmp_path: Path):
    async with opened(tmp_path, events=3) as (house, stream):
        reader = EventReader(stream=stream, page_changes=5)
        await everything_after(reader, Place(0, ALL_EVENTS))
        place = Place(await stream.latest(), ALL_EVENTS)
        assert await reader.page(place=place) is None
        await house.happen(ParcelPacked(number=99))
        assert len(await everything_after(reader, place)) == 1
        assert len(await everything_after(reader, Place(0, ALL_EVENTS))) == 7


async def test_who_waits_wakes_when_something_happened(tmp_path: Path):
    async with opened(tmp_path, events=1) as (_, stream):
        reader = EventReader(stream=stream)
        await reader.wait(head=reader.head, timeout_seconds=0.001)
        reader.head = 5
        await reader.wait(head=0, timeout_seconds=60)
