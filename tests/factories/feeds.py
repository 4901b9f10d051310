"""Tables of feeds as tests need them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from openaisle.kernel.tabular import Workbench, quoted_name


def cells_table(*, workbench: Workbench, rows: Sequence[Mapping[str, str]], name: str = "cells") -> None:
    """Make a table of cells; the first row of data is row 2, empty cells are NULL as mapping leaves them."""
    columns = sorted({field for row in rows for field in row})
    listed = ", ".join(["row BIGINT", *(f"{quoted_name(column)} VARCHAR" for column in columns)])
    workbench.run(sql=f"CREATE OR REPLACE TABLE {quoted_name(name)} ({listed})")
    if rows:
        table = [(number, *(row.get(column) or None for column in columns)) for number, row in enumerate(rows, start=2)]
        workbench.append(table=name, rows=table)


def cells(**given: str) -> dict[str, str]:
    """Return the cells of a sound row."""
    return {
        "supplier_sku": "MUG-1",
        "title": "Stoneware mug, blue",
        "gtin": "4006381333931",
        "category": "kitchen",
        "weight_grams": "350",
        "length_mm": "120",
        "width_mm": "90",
        "height_mm": "100",
        "price": "12.99",
        "currency": "EUR",
        "on_hand": "10",
    } | given
