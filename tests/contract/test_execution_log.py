"""What every execution log does: keep what ran, for some days, findable by workflow and by subject."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from openaisle.kernel.workflow import (
    Execution,
    ExecutionLog,
    ExecutionPage,
    ExecutionStatus,
    ExecutionUnknown,
    StepRecord,
)
from tests.contract.adapters import Engine
from tests.factories.contexts import NOON, make_context
from tests.support.clocks import FakeClock


@pytest.fixture
def log(engine: Engine, store: Any) -> ExecutionLog:
    return engine.execution_log(store)


def make_execution(number: int = 1, **changes: Any) -> Execution:
    fields: dict[str, Any] = {
        "execution_id": f"exe_{number}",
        "workflow": "verification",
        "subject": "sup_1",
        "correlation_id": "cor_1",
        "status": ExecutionStatus.SUCCEEDED,
        "started_at": NOON + timedelta(seconds=number),
        "duration_milliseconds": 12.5,
    }
    return Execution(**(fields | changes))


async def record(log: ExecutionLog, *executions: Execution) -> None:
    for execution in executions:
        await log.record(execution=execution, context=make_context())


def ids_of(page: ExecutionPage) -> list[str]:
    return [execution.execution_id for execution in page.executions]


async def test_an_execution_is_found_with_all_its_steps(log: ExecutionLog) -> None:
    step = StepRecord(
        name="check tax id",
        kind="task",
        status=ExecutionStatus.FAILED,
        started_at=NOON,
        duration_milliseconds=3.0,
        attempts=4,
        place=(0, 2),
        error="call-failed",
        cause="no connection",
    )
    good = StepRecord(
        name="check name",
        kind="task",
        status=ExecutionStatus.SUCCEEDED,
        started_at=NOON,
        duration_milliseconds=0.2,
        result={"good": [1, None]},
    )
    execution = make_execution(steps=(step, good), status=ExecutionStatus.FAILED, error="call-failed", cause="it broke")
    await record(log, execution)
    assert await log.get(execution_id="exe_1") == execution


async def test_an_execution_that_nobody_recorded_is_unknown(log: ExecutionLog) -> None:
    with pytest.raises(ExecutionUnknown):
        await log.get(execution_id="exe_9")


async def test_executions_are_listed_by_workflow_and_by_subject_newest_first(log: ExecutionLog) -> None:
    await record(
        log,
        make_execution(1),
        make_execution(2, workflow="validation"),
        make_execution(3, subject="sup_2"),
        make_execution(4),
    )
    assert ids_of(await log.of_workflow(workflow="verification")) == ["exe_4", "exe_3", "exe_1"]
    assert ids_of(await log.of_subject(subject="sup_1")) == ["exe_4", "exe_2", "exe_1"]
    assert ids_of(await log.of_subject(subject="sup_")) == []


async def test_a_long_list_is_read_page_by_page(log: ExecutionLog) -> None:
    await record(log, *(make_execution(number) for number in range(1, 6)))
    first = await log.of_workflow(workflow="verification", limit=3)
    second = await log.of_workflow(workflow="verification", limit=3, after=first.cursor)
    assert ids_of(first) + ids_of(second) == ["exe_5", "exe_4", "exe_3", "exe_2", "exe_1"]
    assert second.cursor is None


async def test_an_execution_recorded_again_replaces_itself(log: ExecutionLog) -> None:
    await record(log, make_execution(1), make_execution(1, status=ExecutionStatus.FAILED))
    page = await log.of_workflow(workflow="verification")
    assert [execution.status for execution in page.executions] == [ExecutionStatus.FAILED]


async def test_executions_are_forgotten_in_time_and_leave_no_trace_in_the_stream(
    log: ExecutionLog, store: Any, clock: FakeClock
) -> None:
    await record(log, make_execution(1))
    assert list(await store.read(after=0, limit=10)) == []
    clock.go_on(seconds=timedelta(days=100).total_seconds())
    assert ids_of(await log.of_workflow(workflow="verification")) == []
    with pytest.raises(ExecutionUnknown):
        await log.get(execution_id="exe_1")
