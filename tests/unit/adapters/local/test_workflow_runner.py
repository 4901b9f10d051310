"""The local runner means what Amazon States Language means."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from openaisle.adapters.local.workflow_runner import LocalWorkflowRunner
from openaisle.kernel.context import Context
from openaisle.kernel.identifiers import TimeOrderedIdentifiers
from openaisle.kernel.outbound import CallFailed
from openaisle.kernel.workflow import (
    Catch,
    Choice,
    Comparison,
    DefinitionInvalid,
    Execution,
    ExecutionFailed,
    ExecutionStatus,
    Fail,
    Handler,
    Jitter,
    LoggingLevel,
    Map,
    Operator,
    Parallel,
    Pass,
    Retry,
    Sequence,
    Step,
    Succeed,
    Task,
    When,
    Workflow,
)
from tests.factories.contexts import make_context
from tests.support.virtual_time import VirtualClock, in_virtual_time, virtually


class FakeExecutionLog:
    def __init__(self) -> None:
        self.executions: list[Execution] = []

    async def record(self, *, execution: Execution, context: Context) -> None:
        self.executions.append(execution)


class Stage:
    """A runner with handlers, everything it logged, and how often each handler was called."""

    def __init__(self, *, chance: float = 1.0, **handlers: Handler) -> None:
        self.log = FakeExecutionLog()
        self.calls: Counter[str] = Counter()
        clock = VirtualClock()
        self.runner = LocalWorkflowRunner(
            handlers={name: self._counted(name, handler) for name, handler in handlers.items()},
            log=self.log,
            clock=clock,
            identifiers=TimeOrderedIdentifiers(clock=clock, entropy=bytes),
            chance=lambda: chance,
        )

    def _counted(self, name: str, handler: Handler) -> Handler:
        async def counted(document: Any) -> Any:
            self.calls[name] += 1
            return await handler(document)

        return counted

    async def run(self, step: Step, document: dict[str, Any] | None = None, **changes: Any) -> Execution:
        workflow = Workflow(**{"name": "verification", "step": step, **changes})
        return await self.runner.run(
            workflow=workflow, document=document or {}, subject="sup_1", context=make_context()
        )

    async def failure_of(self, step: Step, document: dict[str, Any] | None = None, **changes: Any) -> Execution:
        with pytest.raises(ExecutionFailed) as failed:
            await self.run(step, document, **changes)
        return failed.value.execution


def answering(value: Any, *, after_seconds: float = 0) -> Handler:
    async def handler(_document: Any) -> Any:
        await asyncio.sleep(after_seconds)
        return value

    return handler


def failing(*, times: int, error: Callable[[], Exception], then: Any = "done") -> Handler:
    left = [times]

    async def handler(_document: Any) -> Any:
        if left[0] > 0:
            left[0] -= 1
            raise error()
        return then

    return handler


def unreachable() -> Exception:
    return CallFailed(detail="no connection")


def present_seconds() -> float:
    return asyncio.get_running_loop().time()


@in_virtual_time
async def test_a_task_puts_its_result_where_the_definition_says() -> None:
    stage = Stage(check=answering({"good": True}))
    steps = (
        Task(name="kept", handler="check", result_at="$.checks.tax_id"),
        Task(name="dropped", handler="check", result_at=None),
    )
    execution = await stage.run(Sequence(steps=steps), {"supplier_id": "sup_1"})
    assert execution.output == {"supplier_id": "sup_1", "checks": {"tax_id": {"good": True}}}
    assert execution.status is ExecutionStatus.SUCCEEDED


@in_virtual_time
async def test_the_branches_of_a_parallel_run_at_the_same_time_and_answer_in_order() -> None:
    stage = Stage(slow=answering("slow", after_seconds=5), quick=answering("quick", after_seconds=3))
    branches = (Task(name="first", handler="slow"), Task(name="second", handler="quick"))
    execution = await stage.run(Parallel(name="both", branches=branches, result_at="$.both"))
    assert execution.output == {"both": ["slow", "quick"]}
    assert execution.duration_milliseconds == 5000
    assert [step.name for step in execution.steps] == ["second", "first", "both"]
    assert [step.place for step in execution.steps] == [(1,), (0,), ()]


@in_virtual_time
async def test_the_first_branch_that_fails_cancels_the_others_before_anything_else_happens() -> None:
    cleaned_at = []

    async def slow(_document: Any) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            cleaned_at.append(present_seconds())

    stage = Stage(slow=slow, bad=failing(times=1, error=unreachable), mend=answering("mended"))
    branches = (Task(name="slow one", handler="slow"), Task(name="bad one", handler="bad"))
    catch = Catch(
        errors=("call-failed",), step=Task(name="mend", handler="mend", result_at="$.mended"), error_at="$.why"
    )
    execution = await stage.run(Parallel(name="both", branches=branches, catch=(catch,), result_at="$.both"))
    assert execution.output == {"why": {"error": "call-failed", "cause": "no connection"}, "mended": "mended"}
    assert cleaned_at == [0.0]
    statuses = {step.name: step.status for step in execution.steps}
    assert statuses["slow one"] is ExecutionStatus.CANCELED
    assert statuses["both"] is ExecutionStatus.FAILED


@in_virtual_time
async def test_two_branches_that_fail_at_once_leave_no_error_unheard(caplog: pytest.LogCaptureFixture) -> None:
    stage = Stage(bad=failing(times=2, error=unreachable))
    branches = tuple(Task(name=name, handler="bad") for name in ("first", "second"))
    with caplog.at_level(logging.ERROR):
        execution = await stage.failure_of(Parallel(name="both", branches=branches))
    assert execution.error == "call-failed"
    assert not caplog.records


@in_virtual_time
async def test_a_map_runs_its_items_in_order_with_limited_concurrency() -> None:
    under_way = 0
    most = 0

    async def double(document: Any) -> Any:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(1)
        under_way -= 1
        return document["item"] * document["factor"]

    stage = Stage(double=double)
    step = Map(
        name="each",
        items_at="$.items",
        item_at="$.item",
        step=Task(name="double", handler="double"),
        maximum_concurrency=3,
        result_at="$.results",
    )
    execution = await stage.run(step, {"items": list(range(7)), "factor": 2})
    assert execution.output["results"] == [0, 2, 4, 6, 8, 10, 12]
    assert most == 3
    assert execution.duration_milliseconds == 3000


@in_virtual_time
async def test_a_map_over_nothing_gives_nothing_and_over_no_list_fails() -> None:
    stage = Stage(check=answering(1))
    step = Map(name="each", items_at="$.items", step=Task(name="check", handler="check"))
    assert (await stage.run(step, {"items": []})).output == []
    assert (await stage.failure_of(step, {"items": "abc"})).error == "States.Runtime"


@in_virtual_time
async def test_a_choice_takes_the_first_rule_that_holds() -> None:
    stage = Stage()
    many = Comparison(path="$.count", operator=Operator.AT_LEAST, value=10)
    some_ = Comparison(path="$.count", operator=Operator.AT_LEAST, value=1)
    rules = (
        When(condition=many, step=Pass(name="many", result="many", result_at="$.told")),
        When(condition=some_, step=Pass(name="some", result="some", result_at="$.told")),
    )
    step = Choice(name="how many", rules=rules, otherwise=Pass(name="none", result="none", result_at="$.told"))
    assert [(await stage.run(step, {"count": count})).output["told"] for count in (12, 3, 0)] == [
        "many",
        "some",
        "none",
    ]


@in_virtual_time
async def test_a_choice_without_a_way_out_fails() -> None:
    rule = When(condition=Comparison(path="$.a", operator=Operator.IS_PRESENT), step=Succeed())
    execution = await Stage().failure_of(Choice(name="which", rules=(rule,)))
    assert execution.error == "States.NoChoiceMatched"


@in_virtual_time
async def test_succeed_ends_the_execution_and_inside_a_branch_only_the_branch() -> None:
    stage = Stage(check=answering("checked"))
    early = Sequence(steps=(Sequence(steps=(Succeed(name="early"),)), Task(name="never", handler="check")))
    assert (await stage.run(early, {"a": 1})).output == {"a": 1}
    branched = Sequence(
        steps=(
            Parallel(name="both", branches=(Succeed(name="one"), Succeed(name="two")), result_at="$.both"),
            Task(name="after", handler="check", result_at="$.after"),
        )
    )
    assert (await stage.run(branched, {"a": 1})).output == {"a": 1, "both": [{"a": 1}, {"a": 1}], "after": "checked"}


@in_virtual_time
async def test_fail_fails_with_its_own_error_which_an_enclosing_step_may_catch() -> None:
    stage = Stage()
    fail = Fail(error="nothing-to-verify", cause="the application is empty")
    execution = await stage.failure_of(fail)
    assert (execution.error, execution.cause) == ("nothing-to-verify", "the application is empty")
    catch = Catch(errors=("nothing-to-verify",), step=Pass(name="caught", result=True, result_at="$.caught"))
    caught = await stage.run(Parallel(name="guard", branches=(fail,), catch=(catch,)))
    assert caught.output == {"caught": True}


@in_virtual_time
async def test_a_task_that_takes_too_long_is_canceled_and_named_a_time_out() -> None:
    stage = Stage(slow=answering("late", after_seconds=100))
    execution = await stage.failure_of(Task(name="slow", handler="slow", timeout_seconds=2))
    assert execution.error == "States.Timeout"
    assert execution.duration_milliseconds == 2000
    assert execution.steps[0].status is ExecutionStatus.TIMED_OUT


@in_virtual_time
async def test_an_execution_that_takes_too_long_as_a_whole_is_timed_out_and_recorded() -> None:
    stage = Stage(slow=answering("late", after_seconds=10))
    steps = tuple(Task(name=f"slow {number}", handler="slow") for number in range(3))
    execution = await stage.failure_of(Sequence(steps=steps), timeout_seconds=15)
    assert execution.status is ExecutionStatus.TIMED_OUT
    assert [step.status for step in execution.steps] == [ExecutionStatus.SUCCEEDED, ExecutionStatus.CANCELED]
    assert stage.log.executions[0].error == "States.Timeout"


@in_virtual_time
async def test_a_time_out_is_retried_only_by_those_that_name_it() -> None:
    stage = Stage(slow=answering("late", after_seconds=100))
    other = Retry(errors=("States.TaskFailed",), maximum_attempts=5)
    execution = await stage.failure_of(Task(name="slow", handler="slow", timeout_seconds=1, retry=(other,)))
    assert execution.steps[0].attempts == 1
    named = Retry(errors=("States.Timeout",), maximum_attempts=2)
    execution = await stage.failure_of(Task(name="slow", handler="slow", timeout_seconds=1, retry=(named,)))
    assert execution.steps[0].attempts == 3


@in_virtual_time
async def test_a_handlers_own_time_out_error_is_not_the_steps() -> None:
    stage = Stage(bad=failing(times=1, error=TimeoutError))
    assert (await stage.failure_of(Task(name="bad", handler="bad"))).error == "TimeoutError"


@in_virtual_time
async def test_retries_back_off_and_then_succeed() -> None:
    stage = Stage(bad=failing(times=3, error=unreachable))
    retry = Retry(errors=("call-failed",), interval_seconds=1, back_off_rate=3, maximum_interval_seconds=5)
    execution = await stage.run(Task(name="call", handler="bad", retry=(retry,)))
    assert execution.output == "done"
    assert execution.duration_milliseconds == (1 + 3 + 5) * 1000
    assert execution.steps[0].attempts == 4


@in_virtual_time
async def test_full_jitter_waits_a_random_part() -> None:
    stage = Stage(chance=0.25, bad=failing(times=1, error=unreachable))
    execution = await stage.run(Task(name="call", handler="bad", retry=(Retry(interval_seconds=4),)))
    assert execution.duration_milliseconds == 1000


@in_virtual_time
async def test_each_retry_counts_for_itself_and_the_first_that_names_the_error_decides() -> None:
    errors = [unreachable, ValueError, unreachable, ValueError, unreachable]

    async def bad(_document: Any) -> Any:
        error = errors.pop(0)()
        raise error

    stage = Stage(bad=bad)
    retry = (
        Retry(errors=("call-failed",), maximum_attempts=2),
        Retry(errors=("States.TaskFailed",), maximum_attempts=50),
    )
    execution = await stage.failure_of(Task(name="call", handler="bad", retry=retry))
    assert execution.error == "call-failed"
    assert stage.calls["bad"] == 5


@in_virtual_time
async def test_a_retried_parallel_runs_all_its_branches_again() -> None:
    stage = Stage(good=answering("good"), bad=failing(times=1, error=unreachable))
    branches = (Task(name="good", handler="good"), Task(name="bad", handler="bad"))
    execution = await stage.run(Parallel(name="both", branches=branches, retry=(Retry(),)))
    assert execution.output == ["good", "done"]
    assert stage.calls == {"good": 2, "bad": 2}


@in_virtual_time
async def test_an_error_that_no_catch_names_fails_the_execution() -> None:
    stage = Stage(bad=failing(times=1, error=ValueError))
    catch = Catch(errors=("call-failed",), step=Pass(name="caught"))
    execution = await stage.failure_of(Task(name="bad", handler="bad", catch=(catch,)))
    assert (execution.status, execution.error) == (ExecutionStatus.FAILED, "ValueError")
    assert stage.log.executions == [execution]


@in_virtual_time
async def test_after_a_catch_the_workflow_goes_on_behind_the_step() -> None:
    stage = Stage(bad=failing(times=1, error=ValueError), check=answering("checked"))
    catch = Catch(step=Pass(name="caught"), error_at="$.error")
    steps = (
        Task(name="bad", handler="bad", catch=(catch,)),
        Task(name="after", handler="check", result_at="$.after"),
    )
    execution = await stage.run(Sequence(steps=steps), {"a": 1})
    assert execution.output == {"a": 1, "error": {"error": "ValueError", "cause": ""}, "after": "checked"}


@in_virtual_time
async def test_a_handler_that_changes_its_document_changes_only_its_copy() -> None:
    async def careless(document: Any) -> Any:
        document["inner"]["a"] = "changed"
        return None

    given_document = {"inner": {"a": 1}}
    stage = Stage(careless=careless)
    execution = await stage.run(Task(name="careless", handler="careless", result_at=None), given_document)
    assert execution.output == {"inner": {"a": 1}}
    assert given_document == {"inner": {"a": 1}}


@in_virtual_time
async def test_a_result_that_is_not_json_fails_the_task() -> None:
    stage = Stage(odd=answering(object()))
    assert (await stage.failure_of(Task(name="odd", handler="odd"))).error == "TypeError"


@in_virtual_time
async def test_a_definition_with_mistakes_never_starts() -> None:
    stage = Stage(check=answering(1))
    with pytest.raises(DefinitionInvalid):
        await stage.run(Task(name="check", handler="missing"))
    assert not stage.log.executions


@in_virtual_time
async def test_only_failures_are_recorded_where_the_workflow_says_so() -> None:
    stage = Stage(bad=failing(times=1, error=ValueError))
    step = Task(name="bad", handler="bad")
    await stage.failure_of(step, logging_level=LoggingLevel.ERRORS)
    await stage.run(step, logging_level=LoggingLevel.ERRORS)
    assert [one.status for one in stage.log.executions] == [ExecutionStatus.FAILED]


@in_virtual_time
async def test_the_log_holds_results_unless_the_workflow_hides_them_or_they_are_large() -> None:
    stage = Stage(check=answering({"good": True}), large=answering("x" * 3000))
    await stage.run(Task(name="check", handler="check"))
    await stage.run(Task(name="check", handler="check"), logs_data=False)
    await stage.run(Task(name="check", handler="large"))
    results = [execution.steps[0].result for execution in stage.log.executions]
    assert results == [{"good": True}, None, {"left_out_bytes": 3002}]
    assert all(execution.output is None for execution in stage.log.executions)


@in_virtual_time
async def test_a_caller_that_gives_up_cancels_the_work() -> None:
    canceled = []

    async def slow(_document: Any) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            canceled.append(True)
            raise

    stage = Stage(slow=slow)
    running = asyncio.ensure_future(stage.run(Task(name="slow", handler="slow")))
    await asyncio.sleep(1)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert canceled == [True]


@given(
    failures=some.lists(some.sampled_from(["call-failed", "ValueError", "KeyError"]), max_size=12),
    first=some.integers(0, 4),
    second=some.integers(0, 4),
)
def test_a_task_is_tried_just_as_often_as_its_retries_allow(failures: list[str], first: int, second: int) -> None:
    makers: dict[str, Callable[[], Exception]] = {
        "call-failed": unreachable,
        "ValueError": ValueError,
        "KeyError": KeyError,
    }
    waiting = list(failures)

    async def handler(_document: Any) -> Any:
        if waiting:
            error = makers[waiting.pop(0)]()
            raise error
        return "done"

    retry = (
        Retry(errors=("call-failed",), maximum_attempts=first, jitter=Jitter.NONE),
        Retry(errors=("ValueError", "call-failed"), maximum_attempts=second),
    )
    # The same rule said in another way: walk through the failures and spend the allowances.
    allowances = {"call-failed": first, "ValueError": second, "KeyError": 0}
    expected_tries, expected_error = 1, None
    for failure in failures:
        if allowances[failure] == 0:
            expected_error = failure
            break
        allowances[failure] -= 1
        expected_tries += 1

    async def scenario() -> tuple[int, str | None]:
        stage = Stage(bad=handler)
        try:
            execution = await stage.run(Task(name="call", handler="bad", retry=retry))
        except ExecutionFailed as failed:
            execution = failed.execution
        return stage.calls["bad"], execution.error

    assert virtually(scenario()) == (expected_tries, expected_error)
