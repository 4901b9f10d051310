"""What is wrong with a definition, found before it runs anywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from enum import StrEnum

import msgspec

from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.workflow.conditions import AllOf, AnyOf, Comparison, Condition, Not, Operator
from openaisle.kernel.workflow.paths import is_path
from openaisle.kernel.workflow.steps import (
    ALL_ERRORS,
    RESERVED_ERRORS,
    Catch,
    Choice,
    Fail,
    Map,
    Parallel,
    Pass,
    Retry,
    Sequence,
    Step,
    Succeed,
    Task,
    Workflow,
)

NAME_LENGTH_MAXIMUM = 80


class ProblemCode(StrEnum):
    """The kinds of mistakes in a definition."""

    NAME_MISSING = "name-missing"
    NAME_TOO_LONG = "name-too-long"
    NAME_REPEATED = "name-repeated"
    SEQUENCE_EMPTY = "sequence-empty"
    PARALLEL_EMPTY = "parallel-empty"
    CHOICE_EMPTY = "choice-empty"
    CONDITION_EMPTY = "condition-empty"
    CONDITION_VALUE_WRONG = "condition-value-wrong"
    PATH_WRONG = "path-wrong"
    HANDLER_MISSING = "handler-missing"
    HANDLER_UNKNOWN = "handler-unknown"
    ERRORS_EMPTY = "errors-empty"
    ERROR_UNKNOWN = "error-unknown"
    ERROR_ALL_NOT_LAST = "error-all-not-last"
    ERROR_MISSING = "error-missing"
    RETRY_NUMBERS_WRONG = "retry-numbers-wrong"
    TIMEOUT_WRONG = "timeout-wrong"
    CONCURRENCY_WRONG = "concurrency-wrong"
    STEP_UNREACHABLE = "step-unreachable"


class DefinitionProblem(msgspec.Struct, frozen=True, kw_only=True):
    """One mistake: its kind, the name of the step it is in, and what is wrong there."""

    code: ProblemCode
    step: str
    detail: str


class DefinitionInvalid(OpenAisleError):
    """A workflow that cannot run as it stands."""

    code = "definition-invalid"
    title = "A workflow's definition is wrong"

    def __init__(self, *, workflow: str, problems: tuple[DefinitionProblem, ...]) -> None:
        self.problems = problems
        told = "; ".join(f"{problem.step}: {problem.detail}" for problem in problems)
        super().__init__(detail=f"{workflow}: {told}")


def require_sound(*, workflow: Workflow, handlers: Collection[str] | None = None) -> None:
    """Raise DefinitionInvalid unless ``definition_problems`` finds nothing."""
    problems = definition_problems(workflow=workflow, handlers=handlers)
    if problems:
        raise DefinitionInvalid(workflow=workflow.name, problems=problems)


def definition_problems(
    *, workflow: Workflow, handlers: Collection[str] | None = None
) -> tuple[DefinitionProblem, ...]:
    """Return what is wrong with a definition; with ``handlers``, also which tasks name none of them."""
    return tuple(_problems(workflow, handlers))


def every_step(*, step: Step) -> Iterator[Step]:
    """Yield the step and all within it, outermost first."""
    yield step
    for inner in _within(step):
        yield from every_step(step=inner)


def _within(step: Step) -> Iterator[Step]:
    match step:
        case Sequence(steps=steps):
            yield from steps
        case Parallel(branches=branches):
            yield from branches
        case Map(step=inner):
            yield inner
        case Choice(rules=rules, otherwise=otherwise):
            yield from (rule.step for rule in rules)
            if otherwise is not None:
                yield otherwise
        case _:
            pass
    if isinstance(step, Task | Parallel | Map):
        yield from (catch.step for catch in step.catch)


def _problems(workflow: Workflow, handlers: Collection[str] | None) -> Iterator[DefinitionProblem]:
    if not workflow.name:
        yield _problem(ProblemCode.NAME_MISSING, "workflow", "the workflow has no name")
    if workflow.timeout_seconds <= 0:
        yield _problem(ProblemCode.TIMEOUT_WRONG, workflow.name, "the time-out must be positive")
    steps = list(every_step(step=workflow.step))
    yield from _names(steps)
    for step in steps:
        yield from _shape(step)
        if isinstance(step, Task):
            yield from _task(step, handlers)
        if isinstance(step, Task | Parallel | Map):
            yield from _paths(step.name, [step.result_at])
            yield from _retries(step.name, step.retry)
            yield from _catches(step.name, step.catch)


def _names(steps: list[Step]) -> Iterator[DefinitionProblem]:
    names = Counter(step.name for step in steps if not isinstance(step, Sequence))
    for name, count in names.items():
        if not name:
            yield _problem(ProblemCode.NAME_MISSING, "workflow", f"{count} steps have no name")
        elif count > 1:
            yield _problem(ProblemCode.NAME_REPEATED, name, f"{count} steps have this name")
        if len(name) > NAME_LENGTH_MAXIMUM:
            yield _problem(ProblemCode.NAME_TOO_LONG, name, f"a name has at most {NAME_LENGTH_MAXIMUM} characters")


def _shape(step: Step) -> Iterator[DefinitionProblem]:
    match step:
        case Sequence(steps=steps):
            yield from _sequence(steps)
        case Parallel(name=name, branches=()):
            yield _problem(ProblemCode.PARALLEL_EMPTY, name, "it has no branches")
        case Map(name=name):
            yield from _paths(name, [step.items_at, step.item_at])
            if step.maximum_concurrency < 1:
                yield _problem(ProblemCode.CONCURRENCY_WRONG, name, "the maximum concurrency must be at least 1")
        case Choice(name=name, rules=()):
            yield _problem(ProblemCode.CHOICE_EMPTY, name, "it has no rules")
        case Choice(name=name, rules=rules):
            for rule in rules:
                yield from _condition(name, rule.condition)
        case Pass(name=name, result_at=result_at):
            yield from _paths(name, [result_at])
        case Fail(name=name, error=""):
            yield _problem(ProblemCode.ERROR_MISSING, name, "a failure names its error")
        case _:
            pass


def _sequence(steps: tuple[Step, ...]) -> Iterator[DefinitionProblem]:
    if not steps:
        yield _problem(ProblemCode.SEQUENCE_EMPTY, "sequence", "it has no steps")
    for step in steps[:-1]:
        if isinstance(step, Succeed | Fail):
            yield _problem(ProblemCode.STEP_UNREACHABLE, step.name, "the steps behind it are never reached")


def _task(task: Task, handlers: Collection[str] | None) -> Iterator[DefinitionProblem]:
    if not task.handler:
        yield _problem(ProblemCode.HANDLER_MISSING, task.name, "it names no handler")
    elif handlers is not None and task.handler not in handlers:
        yield _problem(ProblemCode.HANDLER_UNKNOWN, task.name, f"there is no handler {task.handler}")
    if task.timeout_seconds <= 0:
        yield _problem(ProblemCode.TIMEOUT_WRONG, task.name, "the time-out must be positive")


def _paths(step: str, paths: list[str | None]) -> Iterator[DefinitionProblem]:
    for path in paths:
        if path is not None and not is_path(path=path):
            yield _problem(ProblemCode.PATH_WRONG, step, f"{path!r} is not a path such as $ or $.checks.tax_id")


def _retries(step: str, retries: tuple[Retry, ...]) -> Iterator[DefinitionProblem]:
    yield from _errors(step, [retry.errors for retry in retries])
    for retry in retries:
        sound = (
            retry.interval_seconds > 0
            and retry.back_off_rate >= 1
            and retry.maximum_attempts >= 0
            and retry.maximum_interval_seconds >= retry.interval_seconds
        )
        if not sound:
            detail = "a retry needs an interval above 0, a rate of at least 1 and a maximum not below the interval"
            yield _problem(ProblemCode.RETRY_NUMBERS_WRONG, step, detail)


def _catches(step: str, catches: tuple[Catch, ...]) -> Iterator[DefinitionProblem]:
    yield from _errors(step, [catch.errors for catch in catches])
    yield from _paths(step, [catch.error_at for catch in catches])


def _errors(step: str, named: list[tuple[str, ...]]) -> Iterator[DefinitionProblem]:
    for position, errors in enumerate(named):
        if not errors:
            yield _problem(ProblemCode.ERRORS_EMPTY, step, "a retry or catch names at least one error")
        for error in errors:
            if not error or (error.startswith("States.") and error not in RESERVED_ERRORS):
                yield _problem(ProblemCode.ERROR_UNKNOWN, step, f"{error!r} is not an error that can happen")
        # Amazon States Language allows it only so, since nothing behind it could ever match.
        if ALL_ERRORS in errors and (len(errors) > 1 or position < len(named) - 1):
            yield _problem(ProblemCode.ERROR_ALL_NOT_LAST, step, f"{ALL_ERRORS} stands alone and in the last place")


def _condition(step: str, condition: Condition) -> Iterator[DefinitionProblem]:
    match condition:
        case AllOf(conditions=conditions) | AnyOf(conditions=conditions):
            if not conditions:
                yield _problem(ProblemCode.CONDITION_EMPTY, step, "a combination of no conditions says nothing")
            for one in conditions:
                yield from _condition(step, one)
        case Not(condition=inner):
            yield from _condition(step, inner)
        case Comparison():
            yield from _paths(step, [condition.path])
            yield from _comparison_value(step, condition)


def _comparison_value(step: str, comparison: Comparison) -> Iterator[DefinitionProblem]:
    match comparison.operator:
        case Operator.IS_PRESENT | Operator.IS_EMPTY:
            sound, wanted = isinstance(comparison.value, bool), "true or false"
        case Operator.IS_ONE_OF:
            sound, wanted = isinstance(comparison.value, tuple | list), "a tuple"
        case Operator.EQUALS | Operator.DIFFERS:
            sound, wanted = True, "anything"
        case _:
            ordered = isinstance(comparison.value, int | float | str) and not isinstance(comparison.value, bool)
            sound, wanted = ordered, "a number or a text"
    if not sound:
        detail = f"{comparison.operator} compares with {wanted}, not with {comparison.value!r}"
        yield _problem(ProblemCode.CONDITION_VALUE_WRONG, step, detail)


def _problem(code: ProblemCode, step: str, detail: str) -> DefinitionProblem:
    return DefinitionProblem(code=code, step=step, detail=detail)
