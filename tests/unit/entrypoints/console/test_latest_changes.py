from __future__ import annotations

import msgspec

from openaisle.entrypoints.console.pages.latest_changes import latest_changes
from openaisle.kernel.table import Key, Put, StoredEvent
from tests.factories.contexts import make_context
from tests.support.console_stage import ConsoleStage


async def write(stage: ConsoleStage, number: int, *, told: bool) -> None:
    events = (StoredEvent(type="thing.written", data=msgspec.Raw(b"{}")),) if told else ()
    put = Put(key=Key(f"THING#{number}", "X"), kind="thing", body=b"{}", expected_version=None, events=events)
    await stage.table.commit(writes=[put], context=make_context())


async def test_the_end_of_an_empty_stream_is_empty(stage: ConsoleStage) -> None:
    assert list(await latest_changes(stream=stage.table, event_count=5)) == []


async def test_it_goes_back_until_there_are_events_enough(stage: ConsoleStage) -> None:
    for number in range(300):
        await write(stage, number, told=number < 10)

    changes = await latest_changes(stream=stage.table, event_count=5)

    assert sum(len(change.events) for change in changes) >= 5
    assert changes[-1].key == Key("THING#299", "X")
