"""A mapping rendered to SQL gives the cells that it says, and tells what it mended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openaisle.adapters.tabular.workbench import DuckWorkbench, DuckWorkbenches
from openaisle.feeds.mapping.model import ColumnMapping, FeedMapping
from openaisle.feeds.mapping.rendering import render


@pytest.fixture
def workbench(tmp_path: Path) -> Iterator[DuckWorkbench]:
    with DuckWorkbenches(folder=tmp_path, memory_mebibytes=200, disk_mebibytes=200, threads=1).open() as opened:
        yield opened


def rendered(
    workbench: DuckWorkbench,
    columns: Sequence[tuple[ColumnMapping, Sequence[str | None]]],
    constants: dict[str, str] | None = None,
) -> dict[str, list[str | None]]:
    names = ", ".join(f"c{position} VARCHAR" for position in range(len(columns)))
    workbench.run(sql=f"CREATE TABLE raw (row BIGINT, {names})")
    rows = list(zip(*(cells for _, cells in columns), strict=True))
    workbench.append(table="raw", rows=[(number + 2, *row) for number, row in enumerate(rows)])
    render(
        workbench=workbench, mapping=FeedMapping(columns=tuple(one for one, _ in columns), constants=constants or {})
    )
    fields = workbench.columns(table="cells")
    found = [row for batch in workbench.rows(sql="SELECT * FROM cells ORDER BY row") for row in batch]
    return {field: list(cells) for field, cells in zip(fields, zip(*found, strict=True), strict=True)}


def notes(workbench: DuckWorkbench, table: str) -> list[tuple[object, ...]]:
    return [row for batch in workbench.rows(sql=f"SELECT * FROM {table} ORDER BY ALL") for row in batch]


def column(field: str | None, **given: object) -> ColumnMapping:
    return ColumnMapping(header=field or "?", field=field, **given)  # type: ignore[arg-type]


def test_only_mapped_columns_are_cells_and_empty_ones_are_null(workbench: DuckWorkbench) -> None:
    cells = rendered(
        workbench,
        [
            (column("attribute.size"), ["M", "L"]),
            (column(None), ["x", "y"]),
            (column("title"), ["Kettle ", ""]),
            (column("attribute.color"), ["", "red"]),
        ],
    )
    assert list(cells) == ["row", "title", "attribute.color", "attribute.size"]
    assert cells["row"] == [2, 3]
    assert cells["title"] == ["Kettle ", None]
    assert cells["attribute.color"] == [None, "red"]


def test_a_constant_fills_what_no_cell_says(workbench: DuckWorkbench) -> None:
    cells = rendered(workbench, [(column("currency"), ["USD", ""])], constants={"currency": "EUR", "location": "main"})
    assert cells["currency"] == ["USD", "EUR"]
    assert cells["location"] == ["main", "main"]


def test_several_columns_of_pictures_become_one_cell(workbench: DuckWorkbench) -> None:
    cells = rendered(
        workbench,
        [(column("image_urls"), ["https://a/1.jpg", ""]), (column("image_urls"), ["https://a/2.jpg", ""])],
    )
    assert cells["image_urls"] == ["https://a/1.jpg https://a/2.jpg", None]


def test_a_columns_unit_is_no_mend_but_a_cells_own_is(workbench: DuckWorkbench) -> None:
    cells = rendered(workbench, [(column("weight_grams", unit="kg"), ["0.5", "300 g", "heavy", None])])
    assert cells["weight_grams"] == ["500", "300", None, None]
    assert notes(workbench, "cells_corrections") == [(3, "weight_grams", "300 g", "300", "unit_converted")]
    assert notes(workbench, "cells_issues") == [
        (4, "weight_grams", "measure_unreadable", "'heavy' is no number in a known unit.")
    ]


def test_what_stands_in_whole_grams_stays_and_the_unreadable_is_left_to_validation(workbench: DuckWorkbench) -> None:
    cells = rendered(workbench, [(column("weight_grams"), ["350", "1.5 kg", "heavy"])])
    assert cells["weight_grams"] == ["350", "1500", "heavy"]
    assert notes(workbench, "cells_issues") == []


def test_a_unit_may_stand_in_a_column_of_its_own(workbench: DuckWorkbench) -> None:
    cells = rendered(
        workbench,
        [(column("length_mm", unit_column=1), ["2", "2", "2", "2"]), (column(None), ["CM", "in.", "", "stone"])],
    )
    assert cells["length_mm"] == ["20", "51", None, None]
    assert [row for row, *_ in notes(workbench, "cells_issues")] == [4, 5]


def test_values_are_mapped_without_regard_to_case_and_noted(workbench: DuckWorkbench) -> None:
    cells = rendered(
        workbench,
        [
            (
                column("attribute.gender", values={"herren": "male", "it's": "female"}),
                ["Herren ", "IT'S", "other", None],
            ),
            (column("category", values={"töpfe": "Home > Kitchen"}), ["TÖPFE", "Töpfe", "x", None]),
        ],
    )
    assert cells["attribute.gender"] == ["male", "female", "other", None]
    assert cells["category"] == ["Home > Kitchen", "Home > Kitchen", "x", None]
    rules = [(row, field, rule) for row, field, _, _, rule in notes(workbench, "cells_corrections")]
    assert rules == [
        (2, "attribute.gender", "value_mapped"),
        (2, "category", "category_mapped"),
        (3, "attribute.gender", "value_mapped"),
        (3, "category", "category_mapped"),
    ]


@pytest.mark.parametrize(
    ("decimal_comma", "expected"),
    [
        (True, ["1299 €", "1.299", "12,99", "1.129,90", "-1299", "x"]),
        (False, ["1.299 €", "1299", "12,99", "1.129,90", "-1.299", "x"]),
    ],
)
def test_only_prices_that_may_mean_two_things_are_rewritten(
    workbench: DuckWorkbench, decimal_comma: bool, expected: list[str]
) -> None:
    cells = rendered(
        workbench,
        [(column("price", decimal_comma=decimal_comma), ["1.299 €", "1,299", "12,99", "1.129,90", "-1.299", "x"])],
    )
    assert cells["price"] == expected


def test_without_anything_computed_the_cells_cost_nothing(workbench: DuckWorkbench) -> None:
    rendered(workbench, [(column("title"), ["Kettle", "Pan"]), (column("weight_grams"), ["350", ""])])
    assert workbench.value(sql="SELECT count(*) FROM duckdb_views() WHERE view_name = 'cells'") == 1


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=12)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.dictionaries(WORDS, WORDS, max_size=8), constant=WORDS, header=WORDS)
def test_no_text_of_a_mapping_becomes_code(tmp_path: Path, values: dict[str, str], constant: str, header: str) -> None:
    with DuckWorkbenches(folder=tmp_path, memory_mebibytes=200, disk_mebibytes=200, threads=1).open() as workbench:
        cells = rendered(
            workbench,
            [
                (ColumnMapping(header=header, field="brand", values=values), [*values, "'); DROP TABLE raw; --"]),
            ],
            constants={"location": constant},
        )
    assert cells["location"] == [constant] * (len(values) + 1)
    assert cells["brand"][-1] == "'); DROP TABLE raw; --"
    assert set(cells["brand"][:-1]) <= set(values.values()) | set(values)
