"""What the documents of rules and expressions show works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from openaisle.adapters.tabular.workbench import DuckWorkbenches
from openaisle.catalog.expressions.examples import facts_table_sql, failed_examples
from openaisle.catalog.expressions.parsing import (
    CHOICES_MAXIMUM,
    DEPTH_MAXIMUM,
    EXPRESSION_LENGTH_MAXIMUM,
    MULTIPLICATIONS_MAXIMUM,
    PARTS_MAXIMUM,
    parse_expression,
)
from openaisle.catalog.expressions.patterns import PATTERN_LENGTH_MAXIMUM, REPEAT_MAXIMUM
from openaisle.catalog.expressions.rule_file import RULES_MAXIMUM, read_rules
from openaisle.catalog.expressions.tree import FACTS, Function
from openaisle.catalog.taxonomy.reading import read_taxonomy
from tests.tidy.tree import ROOT

REFERENCE = (ROOT / "docs" / "reference" / "expressions.md").read_text(encoding="utf-8")
RULES = (ROOT / "docs" / "how-to" / "write-product-rules.md").read_text(encoding="utf-8")
CATEGORIES = (ROOT / "docs" / "how-to" / "define-categories.md").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize("line", blocks(REFERENCE, "text")[0].splitlines())
def test_every_example_of_the_reference_is_an_expression(line: str) -> None:
    parse_expression(text=line)


def test_the_reference_names_every_fact_function_and_bound() -> None:
    names = [*FACTS, *(f"{one.value}(" for one in Function), "attribute(", "matches(", "category_within("]
    assert [name for name in names if f"`{name}" not in REFERENCE and name not in REFERENCE] == []
    for bound in (EXPRESSION_LENGTH_MAXIMUM, PARTS_MAXIMUM, DEPTH_MAXIMUM, PATTERN_LENGTH_MAXIMUM, RULES_MAXIMUM):
        assert f"{bound:,}" in REFERENCE
    for bound in (CHOICES_MAXIMUM, MULTIPLICATIONS_MAXIMUM, REPEAT_MAXIMUM):
        assert f"{bound:,}" in REFERENCE


def test_the_rules_of_the_guide_keep_their_examples(tmp_path: Path) -> None:
    rules = read_rules(text=next(one for one in blocks(RULES, "toml") if "[[rules]]" in one), source="guide")
    with DuckWorkbenches(folder=tmp_path, memory_mebibytes=128, disk_mebibytes=128).open() as bench:
        bench.run(sql=facts_table_sql())
        assert failed_examples(rules=rules, workbench=bench) == []


def test_both_forms_of_trees_of_the_guide_are_read() -> None:
    lines, table = blocks(CATEGORIES, "text")[0], blocks(CATEGORIES, "csv")[0]
    assert read_taxonomy(text=lines).categories == read_taxonomy(text=table).categories
