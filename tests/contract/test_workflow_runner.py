"""What every workflow runner does; the finer points of waiting are tested with a virtual clock beside the local one."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from openaisle.adapters.local.clock import SystemClock
from openaisle.kernel.outbound import CallFailed
from openaisle.kernel.workflow import (
    Catch,
    Choice,
    Comparison,
    DefinitionInvalid,
    ExecutionFailed,
    ExecutionLog,
    ExecutionStatus,
    Fail,
    LoggingLevel,
    Map,
    Operator,
    Parallel,
    Pass,
    Retry,
    Sequence,
    Succeed,
    Task,
    When,
    Workflow,
    WorkflowRunner,
)
from tests.contract.adapters import Engine
from tests.factories.contexts import make_context

attempts: dict[str, int] = {}


async def measure(document: dict[str, Any]) -> Any:
    return {"length": len(document["name"])}


async def hesitate(document: dict[str, Any]) -> Any:
    attempts[document["name"]] = attempts.get(document["name"], 0) + 1
    if attempts[document["name"]] < 3:
        raise CallFailed(detail="not yet")
    return attempts[document["name"]]


async def refuse(document: dict[str, Any]) -> Any:
    raise CallFailed(detail="never")


async def dawdle(document: dict[str, Any]) -> Any:
    await asyncio.sleep(30)


HANDLERS = {handler.__name__: handler for handler in (measure, hesitate, refuse, dawdle)}

VERIFICATION = Workflow(
    name="verification",
    step=Sequence(
        steps=(
            Map(
                name="each name",
                items_at="$.names",
                item_at="$.name",
                step=Task(name="measure", handler="measure"),
                maximum_concurrency=2,
                result_at="$.measures",
            ),
            Parallel(
                name="checks",
                branches=(
                    Task(
                        name="hesitant",
                        handler="hesitate",
                        retry=(Retry(errors=("call-failed",), interval_seconds=0.001),),
                    ),
                    Task(
                        name="refused",
                        handler="refuse",
                        catch=(
                            Catch(
                                errors=("call-failed",),
                                step=Pass(name="made good", result="caught", result_at="$"),
                            ),
                        ),
                    ),
                ),
                result_at="$.checks",
            ),
            Choice(
                name="strict",
                rules=(
                    When(
                        condition=Comparison(path="$.is_strict", operator=Operator.EQUALS, value=True),
                        step=Fail(error="too-strict", cause="nobody passes"),
                    ),
                ),
                otherwise=Succeed(),
            ),
        )
    ),
)


@pytest.fixture
def log(engine: Engine, store: Any) -> ExecutionLog:
    return engine.execution_log(store)


@pytest.fixture
def runner(engine: Engine, log: ExecutionLog) -> WorkflowRunner:
    return engine.workflow_runner(HANDLERS, log, SystemClock())


async def run(runner: WorkflowRunner, workflow: Workflow, document: dict[str, Any], **changes: Any) -> Any:
    attempts.clear()
    return await runner.run(workflow=workflow, document=document, subject="sup_1", context=make_context(), **changes)


async def test_a_workflow_runs_to_its_end_and_is_recorded(runner: WorkflowRunner, log: ExecutionLog) -> None:
    document = {"name": "a", "names": ["one", "three"], "is_strict": False}
    execution = await run(runner, VERIFICATION, document)
    assert execution.output == document | {"measures": [{"length": 3}, {"length": 5}], "checks": [3, "caught"]}
    assert (execution.status, execution.subject, execution.correlation_id) == (
        ExecutionStatus.SUCCEEDED,
        "sup_1",
        "cor_test",
    )
    kept = await log.get(execution_id=execution.execution_id)
    attempts_of = {step.name: step.attempts for step in kept.steps}
    assert attempts_of["hesitant"] == 3
    assert [step.place for step in kept.steps if step.name == "measure"] == [(0,), (1,)]
    page = await log.of_subject(subject="sup_1")
    assert [one.execution_id for one in page.executions] == [execution.execution_id]


async def test_a_workflow_that_fails_says_why_and_is_recorded(runner: WorkflowRunner, log: ExecutionLog) -> None:
    with pytest.raises(ExecutionFailed) as failed:
        await run(runner, VERIFICATION, {"name": "b", "names": [], "is_strict": True})
    assert failed.value.execution.error == "too-strict"
    (kept,) = (await log.of_workflow(workflow="verification")).executions
    assert (kept.status, kept.error, kept.cause) == (ExecutionStatus.FAILED, "too-strict", "nobody passes")


async def test_a_task_that_dawdles_is_timed_out(runner: WorkflowRunner) -> None:
    workflow = Workflow(name="slow", step=Task(name="dawdle", handler="dawdle", timeout_seconds=0.01))
    with pytest.raises(ExecutionFailed) as failed:
        await run(runner, workflow, {})
    assert failed.value.execution.error == "States.Timeout"


async def test_a_quiet_workflow_records_only_failures(runner: WorkflowRunner, log: ExecutionLog) -> None:
    quiet = Workflow(name="quiet", step=Succeed(), logging_level=LoggingLevel.ERRORS)
    await run(runner, quiet, {})
    assert (await log.of_workflow(workflow="quiet")).executions == ()


async def test_an_execution_that_is_given_its_identifier_keeps_it_when_it_runs_again(
    runner: WorkflowRunner, log: ExecutionLog
) -> None:
    workflow = Workflow(name="twice", step=Succeed())
    for _ in range(2):
        await run(runner, workflow, {}, execution_id="exe_given")
    page = await log.of_workflow(workflow="twice")
    assert [one.execution_id for one in page.executions] == ["exe_given"]


async def test_a_wrong_definition_does_not_start(runner: WorkflowRunner) -> None:
    with pytest.raises(DefinitionInvalid):
        await run(runner, Workflow(name="wrong", step=Task(name="a", handler="nobody")), {})
