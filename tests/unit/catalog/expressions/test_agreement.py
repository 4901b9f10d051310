"""Whatever an expression says of a row in Python, its SQL says of the same row in a table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openaisle.adapters.tabular.workbench import DuckWorkbench, DuckWorkbenches
from openaisle.catalog.expressions.examples import FACTS_TABLE, facts_table_sql
from openaisle.catalog.expressions.parsing import parse_expression
from openaisle.catalog.expressions.rendering import expression_sql
from openaisle.catalog.expressions.tree import FACTS, Kind
from tests.support.expressions import evaluated

TEXTS = sorted(name for name, kind in FACTS.items() if kind is Kind.TEXT)
NUMBERS = sorted(name for name, kind in FACTS.items() if kind is Kind.NUMBER)
ATTRIBUTES = ("color", "size", "Net weight (g)", "a.b", "a:b/c", "x-1")
HARD_LETTERS = "aAbBéÉßİЯя\u03a3\u03c3\u03c21290 .,-_'\"%\\$[](){}|^\n\t🦊e+>"
letters = st.sampled_from(HARD_LETTERS) | st.characters(codec="utf-8", max_codepoint=0x17F)
words = st.text(letters, max_size=12) | st.sampled_from(("red", "RED", "12.5", "-3", " 40 ", "1e5", "Ab > aB", "12,5"))
SIGNS = st.sampled_from(("==", "!=", "<", "<=", ">", ">="))
printable = words.map(lambda text: "".join(one for one in text if one.isprintable()))
integers = st.integers(-(10**12), 10**12) | st.integers(-20, 20)


@st.composite
def text_parts(draw: st.DrawFn, depth: int = 2) -> str:
    kind = draw(st.integers(0, 3 if depth else 2))
    if kind == 0:
        return repr(draw(printable))
    if kind == 1:
        return draw(st.sampled_from(TEXTS))
    if kind == 2:
        return f"attribute({draw(st.sampled_from(ATTRIBUTES))!r})"
    return f"lower({draw(text_parts(depth - 1))})"


@st.composite
def number_parts(draw: st.DrawFn, depth: int = 2) -> str:
    kind = draw(st.integers(0, 5 if depth else 1))
    if kind == 0:
        return str(draw(integers | st.sampled_from((0, 0.1, 0.5, 1.25, 1e6))))
    if kind == 1:
        return draw(st.sampled_from(NUMBERS))
    if kind == 2:
        return f"len({draw(text_parts(depth - 1))})"
    if kind == 3:
        return f"number({draw(text_parts(depth - 1))})"
    if kind == 4:
        return f"-{draw(st.sampled_from(NUMBERS))}"
    return f"({draw(number_parts(depth - 1))} {draw(st.sampled_from('+-*/'))} {draw(number_parts(depth - 1))})"


PATTERNS = (
    *("a", "^a", "b$", "[0-9]+", "^.{2,4}$", "(a|b)c?", r"\d\s", r"^\w+$", r"\W", r"[^a-z]", "^$", ".", r"a.b"),
    *(r"\.", "é", r"[éß]", r"\S$"),
)


@st.composite
def conditions(draw: st.DrawFn, depth: int = 3) -> str:  # noqa: C901 - one line for each form
    kind = draw(st.integers(0, 12 if depth else 7))
    if kind <= 1:
        return f"{draw(number_parts())} {draw(SIGNS)} {draw(number_parts())}"
    if kind == 2:
        return f"{draw(text_parts())} {draw(SIGNS)} {draw(text_parts())}"
    if kind == 3:
        sign = draw(st.sampled_from(("== None", "!= None", "is None", "is not None")))
        return f"({draw(text_parts() | number_parts())} {sign})"
    if kind == 4:
        listed = ", ".join(repr(one) for one in draw(st.lists(printable, min_size=1, max_size=4)))
        return f"{draw(text_parts())} {draw(st.sampled_from(('in', 'not in')))} ({listed},)"
    if kind == 5:
        listed = ", ".join(str(one) for one in draw(st.lists(integers, min_size=1, max_size=4)))
        return f"{draw(number_parts())} {draw(st.sampled_from(('in', 'not in')))} [{listed}]"
    if kind == 6:
        return f"matches({draw(text_parts())}, {draw(st.sampled_from(PATTERNS))!r})"
    if kind == 7:
        name = draw(st.sampled_from(("contains", "starts_with", "ends_with")))
        return f"{name}({draw(text_parts())}, {draw(text_parts())})"
    if kind == 8:
        return f"{draw(text_parts())} in {draw(text_parts())}"
    if kind == 9:
        return f"not ({draw(conditions(depth - 1))})"
    if kind == 10:
        return f"0 <= {draw(number_parts())} < {draw(number_parts())}"
    joint = " and " if kind == 11 else " or "
    return f"({joint.join(f'({one})' for one in draw(st.lists(conditions(depth - 1), min_size=2, max_size=3)))})"


rows = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(TEXTS, words),
        **dict.fromkeys(NUMBERS, integers),
        "attributes": st.dictionaries(st.sampled_from(ATTRIBUTES), words),
    },
)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckWorkbench]:
    folder: Path = tmp_path_factory.mktemp("bench")
    with DuckWorkbenches(folder=folder, memory_mebibytes=256, disk_mebibytes=256).open() as opened:
        opened.run(sql=facts_table_sql())
        yield opened


def by_sql(bench: DuckWorkbench, text: str, table: list[dict[str, Any]]) -> list[Any]:
    bench.run(sql=f"DELETE FROM {FACTS_TABLE}")
    columns = bench.columns(table=FACTS_TABLE)
    filled = [
        tuple(
            number
            if name == "row"
            else json.dumps(row.get("attributes", {}), sort_keys=True)
            if name == "attributes"
            else row.get(name)
            for name in columns
        )
        for number, row in enumerate(table)
    ]
    bench.append(table=FACTS_TABLE, rows=filled)
    sql = f"SELECT {expression_sql(parse_expression(text=text))} FROM {FACTS_TABLE} ORDER BY row"
    return [one for part in bench.rows(sql=sql) for (one,) in part]


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=conditions(), table=st.lists(rows, min_size=1, max_size=6))
def test_sql_and_python_say_the_same_of_every_row(bench: DuckWorkbench, text: str, table: list[dict[str, Any]]) -> None:
    node = parse_expression(text=text)
    assert by_sql(bench, text, table) == [evaluated(node, row) for row in table]


@pytest.mark.parametrize(
    ("text", "row", "expected"),
    [
        ('price_minor >= 100 and attribute("color") in ("red", "blue")', {"price_minor": 100}, False),
        (
            'price_minor >= 100 and attribute("color") in ("red", "blue")',
            {"price_minor": 100, "attributes": {"color": "red"}},
            True,
        ),
        ("len(title) > 10", {"title": "Kitchen chair"}, True),
        ("len(title) > 10", {}, False),
        ("not len(title) > 10", {}, True),
        ('lower(brand) == "acme"', {"brand": "ACME"}, True),
        ('brand != "acme"', {}, True),
        ("weight_grams == None", {}, True),
        ("weight_grams / on_hand > 1", {"weight_grams": 5, "on_hand": 0}, False),
        ('category_within("furniture > chairs")', {"category": "Furniture > Chairs > Stools"}, True),
        ('category_within("furniture > chairs")', {"category": "Furniture > Chairs"}, True),
        ('category_within("furniture > chair")', {"category": "Furniture > Chairs"}, False),
        ('category_within("furniture")', {}, False),
        ('matches(title, "^[A-Z]{3}-\\\\d+$")', {"title": "ABC-12"}, True),
        ('number(attribute("size")) > 40', {"attributes": {"size": "40.5"}}, True),
        ('number(attribute("size")) > 40', {"attributes": {"size": "XL"}}, False),
        ('"wood" in lower(title)', {"title": "WOODEN chair"}, True),
    ],
)
def test_an_expression_means_what_a_person_reads(
    bench: DuckWorkbench, text: str, row: dict[str, Any], expected: bool
) -> None:
    assert by_sql(bench, text, [row]) == [expected] == [evaluated(parse_expression(text=text), row)]
