"""The file of an operator's own rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from openaisle.adapters.tabular.workbench import DuckWorkbenches
from openaisle.catalog.expressions.examples import FACTS_TABLE, facts_table_sql, failed_examples
from openaisle.catalog.expressions.rule_file import ProductRulesInvalid, read_rules
from openaisle.catalog.issues import Severity

RULES = """
[[rules]]
code = "heavy_without_lead_time"
field = "lead_time_days"
severity = "warning"
doubtful = true
within = "Furniture"
when = '''
weight_grams > 30000
and lead_time_days < 3
'''
message = "{title} weighs {weight_grams} g and is to leave in {lead_time_days} days."
suggestion = "Give heavy goods three days or more."

[[rules.examples]]
finds = true
facts = { category = "Furniture > Sofas", weight_grams = 45000, lead_time_days = 1 }

[[rules.examples]]
finds = false
facts = { category = "Furniture > Sofas", weight_grams = 45000, lead_time_days = 5 }

[[rules.examples]]
finds = false
facts = { category = "Toys", weight_grams = 45000, lead_time_days = 1 }

[[rules]]
code = "color_unknown"
field = "color"
severity = "error"
when = 'attribute("color") is not None and lower(attribute("color")) not in ("red", "blue")'
message = "We do not sell {attribute.color}."

[[rules.examples]]
finds = true
attributes = { color = "Mauve" }
"""


def problems(text: str) -> list[str]:
    with pytest.raises(ProductRulesInvalid) as caught:
        read_rules(text=text, source="rules.toml")
    return [f"{one.pointer}: {one.detail}" for one in caught.value.findings] or [caught.value.detail]


def rule(**given: str) -> str:
    written = {"code": "odd", "field": "title", "when": "title is None", "message": "Odd."} | given
    return "[[rules]]\n" + "".join(f"{key} = {value!r}\n" for key, value in written.items())


def test_rules_find_their_examples_and_show_the_facts(tmp_path: Path) -> None:
    rules = read_rules(text=RULES, source="rules.toml")
    assert [one.code for one in rules] == ["heavy_without_lead_time", "color_unknown"]
    with DuckWorkbenches(folder=tmp_path, memory_mebibytes=128, disk_mebibytes=128).open() as bench:
        bench.run(sql=facts_table_sql())
        assert failed_examples(rules=rules, workbench=bench) == []
        told = bench.value(sql=f"SELECT {rules[1].table_rule().message_sql} FROM {FACTS_TABLE}")
    assert told == "We do not sell Mauve."
    made = rules[0].table_rule()
    assert (made.severity, made.doubtful, made.field) == (Severity.WARNING, True, "lead_time_days")


def test_an_example_that_its_rule_does_not_keep_is_named(tmp_path: Path) -> None:
    wrong = RULES.replace("finds = false", "finds = true", 1)
    with DuckWorkbenches(folder=tmp_path, memory_mebibytes=128, disk_mebibytes=128).open() as bench:
        bench.run(sql=facts_table_sql())
        failed = failed_examples(rules=read_rules(text=wrong, source="rules.toml"), workbench=bench)
    assert failed == ["heavy_without_lead_time finds nothing in its example 2."]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rules = 5", "Expected `array`"),
        ("[[rules", "is no TOML"),
        (rule(when="titel is None"), "odd.when: At line 1, column 1: there is no fact 'titel'; did you mean title?"),
        (rule(message="{titel}"), "odd.message: {titel} is no fact"),
        (rule(message="a } b"), "odd.message: a brace stands alone"),
        (rule(code="title_missing"), "title_missing.code: OpenAisle has an issue of this code already"),
        (rule(code="Odd Code"), "Odd Code.code"),
        (rule(severity="fatal"), "odd.severity"),
        (rule(surprise="x"), "unknown field `surprise`"),
        (rule() + "doubtful = true\nseverity = 'error'", "odd.doubtful"),
        (rule(field='a"b'), "odd.field"),
        (rule() + rule(), "odd: Another rule has this code."),
        (rule() + "[[rules.examples]]\nfinds = true\nfacts = { price_minor = 'x' }", "price_minor is a number"),
        (rule() + "[[rules.examples]]\nfinds = true\nfacts = { colour = 'x' }", "'colour' is no fact"),
    ],
)
def test_a_mistake_in_the_file_is_explained(text: str, told: str) -> None:
    assert told in "\n".join(problems(text))


def test_no_rules_are_a_file_too() -> None:
    assert read_rules(text="", source="rules.toml") == ()
