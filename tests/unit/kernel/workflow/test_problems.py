"""A definition's mistakes are found before it runs."""

from __future__ import annotations

import pytest

from openaisle.kernel.workflow import (
    AllOf,
    Catch,
    Choice,
    Comparison,
    DefinitionInvalid,
    Fail,
    Map,
    Not,
    Operator,
    Parallel,
    Pass,
    ProblemCode,
    Retry,
    Sequence,
    Step,
    Succeed,
    Task,
    When,
    Workflow,
    definition_problems,
    require_sound,
)


def task(name: str = "check", **changes: object) -> Task:
    return Task(**{"name": name, "handler": "rooms.check", **changes})


def codes(step: Step, *, handlers: tuple[str, ...] | None = None, **changes: object) -> list[ProblemCode]:
    workflow = Workflow(**{"name": "verification", "step": step, **changes})
    return [problem.code for problem in definition_problems(workflow=workflow, handlers=handlers)]


def choice(condition: object) -> Choice:
    return Choice(name="which", rules=(When(condition=condition, step=task()),))


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (task(name=""), ProblemCode.NAME_MISSING),
        (task(name="x" * 81), ProblemCode.NAME_TOO_LONG),
        (Sequence(steps=(task(), task())), ProblemCode.NAME_REPEATED),
        (task(catch=(Catch(step=task()),)), ProblemCode.NAME_REPEATED),
        (Sequence(steps=()), ProblemCode.SEQUENCE_EMPTY),
        (Parallel(name="all", branches=()), ProblemCode.PARALLEL_EMPTY),
        (Choice(name="which", rules=()), ProblemCode.CHOICE_EMPTY),
        (choice(AllOf(conditions=())), ProblemCode.CONDITION_EMPTY),
        (
            choice(Not(condition=Comparison(path="$.a", operator=Operator.AT_LEAST, value=True))),
            ProblemCode.CONDITION_VALUE_WRONG,
        ),
        (choice(Comparison(path="$.a", operator=Operator.IS_ONE_OF, value="ab")), ProblemCode.CONDITION_VALUE_WRONG),
        (choice(Comparison(path="$.a", operator=Operator.IS_PRESENT, value=1)), ProblemCode.CONDITION_VALUE_WRONG),
        (choice(Comparison(path="a", operator=Operator.EQUALS, value=1)), ProblemCode.PATH_WRONG),
        (task(result_at="checks.tax_id"), ProblemCode.PATH_WRONG),
        (task(catch=(Catch(step=Pass(name="p"), error_at="$."),)), ProblemCode.PATH_WRONG),
        (Pass(name="p", result_at="$.a b"), ProblemCode.PATH_WRONG),
        (Map(name="each", items_at="$..a", step=task()), ProblemCode.PATH_WRONG),
        (task(handler=""), ProblemCode.HANDLER_MISSING),
        (task(retry=(Retry(errors=()),)), ProblemCode.ERRORS_EMPTY),
        (task(catch=(Catch(errors=("States.Timeuot",), step=Pass(name="p")),)), ProblemCode.ERROR_UNKNOWN),
        (task(retry=(Retry(), Retry(errors=("call-failed",)))), ProblemCode.ERROR_ALL_NOT_LAST),
        (task(retry=(Retry(errors=("call-failed", "States.ALL")),)), ProblemCode.ERROR_ALL_NOT_LAST),
        (Fail(error="", cause="because"), ProblemCode.ERROR_MISSING),
        (task(retry=(Retry(interval_seconds=0),)), ProblemCode.RETRY_NUMBERS_WRONG),
        (task(retry=(Retry(back_off_rate=0.5),)), ProblemCode.RETRY_NUMBERS_WRONG),
        (task(retry=(Retry(maximum_attempts=-1),)), ProblemCode.RETRY_NUMBERS_WRONG),
        (task(timeout_seconds=0), ProblemCode.TIMEOUT_WRONG),
        (Map(name="each", items_at="$.a", step=task(), maximum_concurrency=0), ProblemCode.CONCURRENCY_WRONG),
        (Sequence(steps=(Succeed(), task())), ProblemCode.STEP_UNREACHABLE),
    ],
)
def test_each_mistake_has_its_own_name(step: Step, expected: ProblemCode) -> None:
    assert codes(step) == [expected]


def test_a_sound_definition_has_no_problems() -> None:
    step = Sequence(
        steps=(
            Parallel(name="checks", branches=(task("first"), task("second")), result_at="$.checks"),
            Choice(
                name="good enough",
                rules=(
                    When(
                        condition=Comparison(path="$.checks", operator=Operator.IS_EMPTY, value=False), step=Succeed()
                    ),
                ),
                otherwise=Fail(error="checks-missing", cause="no check answered"),
            ),
        )
    )
    assert codes(step, handlers=("rooms.check",)) == []


def test_a_task_without_a_registered_handler_is_found_when_the_handlers_are_known() -> None:
    assert codes(task()) == []
    assert codes(task(), handlers=("rooms.other",)) == [ProblemCode.HANDLER_UNKNOWN]


def test_a_workflow_needs_a_name_and_a_positive_time_out() -> None:
    assert codes(task(), name="", timeout_seconds=-1) == [ProblemCode.NAME_MISSING, ProblemCode.TIMEOUT_WRONG]


def test_a_definition_with_mistakes_is_refused_with_all_of_them() -> None:
    workflow = Workflow(name="verification", step=Sequence(steps=(task(timeout_seconds=0), task())))
    with pytest.raises(DefinitionInvalid) as refused:
        require_sound(workflow=workflow)
    assert {problem.code for problem in refused.value.problems} == {
        ProblemCode.NAME_REPEATED,
        ProblemCode.TIMEOUT_WRONG,
    }
    assert "verification" in refused.value.detail
