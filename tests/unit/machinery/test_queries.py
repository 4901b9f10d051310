"""What was set aside is shown with its reason, and goes back to the pipe that could not handle it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from openaisle.adapters.execution_log import TableExecutionLog
from openaisle.kernel.pipe import Pipe
from openaisle.kernel.stream import Change
from openaisle.machinery.queries import ExecutionFilterInvalid, MachineryQueries, QueueName
from tests.support.stream_stage import StreamStage, numbers_of, running, stage_in
from tests.support.virtual_time import in_virtual_time


def queries_over(stage: StreamStage) -> MachineryQueries:
    return MachineryQueries(
        executions=TableExecutionLog(table=stage.table),
        queues={QueueName.SET_ASIDE: stage.set_aside},
    )


@in_virtual_time
async def test_a_change_set_aside_is_shown_with_its_reason_and_handled_once_it_is_sent_again(tmp_path: Path) -> None:
    handled: list[int] = []
    poison = {2}

    async def handle(changes: Sequence[Change]) -> None:
        bad = poison.intersection(numbers_of(changes))
        if bad:
            message = f"cannot stand {sorted(bad)}"
            raise ValueError(message)
        handled.extend(numbers_of(changes))

    async with stage_in(tmp_path) as stage, running(stage.runner(Pipe(name="careful", handle=handle))):
        queries = queries_over(stage)
        await stage.write(1, 2, 3, event="thing.happened")
        await asyncio.sleep(60)
        page = await queries.dead_letters(queue=QueueName.SET_ASIDE, limit=10, at=stage.clock.now())
        (letter,) = page.dead_letters
        assert letter.reason == "ValueError: cannot stand [2]"
        assert letter.change is not None
        assert (letter.change.pipe, letter.change.partition) == ("careful", "THING#2")
        assert letter.change.event_types == ("thing.happened",)
        assert handled == [1, 3]

        poison.clear()
        sent = await queries.send_again(
            queue=QueueName.SET_ASIDE, message_ids=(letter.message_id, "nobody"), at=stage.clock.now()
        )
        await asyncio.sleep(60)
        assert (sent, handled) == (1, [1, 3, 2])
        page = await queries.dead_letters(queue=QueueName.SET_ASIDE, limit=10, at=stage.clock.now())
        assert (page.depth, page.dead_letters) == (0, ())


@pytest.mark.parametrize("given", [{"workflow": None, "subject": None}, {"workflow": "a", "subject": "b"}])
@in_virtual_time
async def test_executions_are_listed_by_workflow_or_by_subject_and_not_by_both(
    tmp_path: Path, given: dict[str, str | None]
) -> None:
    async with stage_in(tmp_path) as stage:
        with pytest.raises(ExecutionFilterInvalid):
            await queries_over(stage).executions(**given, after=None, limit=10)
