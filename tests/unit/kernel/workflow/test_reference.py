"""The reference of workflows names everything there is, and its example runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from openaisle.kernel import workflow
from openaisle.kernel.workflow import Operator, ProblemCode
from openaisle.kernel.workflow.steps import RESERVED_ERRORS

PAGE = (Path(__file__).resolve().parents[4] / "docs" / "reference" / "workflows.md").read_text(encoding="utf-8")
STEPS = ("Task", "Sequence", "Parallel", "Map", "Choice", "Pass", "Succeed", "Fail", "Retry", "Catch")


@pytest.mark.parametrize("name", [*STEPS, *ProblemCode, *Operator, *sorted(RESERVED_ERRORS)])
def test_the_reference_names_it(name: str) -> None:
    assert re.search(rf"`{re.escape(name)}[`(]", PAGE)


def test_each_field_of_a_step_is_named() -> None:
    for name in STEPS:
        row = next(line for line in PAGE.splitlines() if f"`{name}(" in line)
        fields = getattr(workflow, name).__struct_fields__
        assert [field for field in fields if field not in row] == []


def test_its_example_is_sound() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    exec(compile(example, "workflows.md", "exec"), {})
