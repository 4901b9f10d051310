"""A few rows of a file, to see what its columns hold. Blocks: call it on a thread."""

from __future__ import annotations

from collections.abc import Sequence

from openaisle.kernel.tabular import Workbench

_ROWS_FROM_START = 500
_ROWS_BETWEEN = 500
_ROWS_OF_WIDE_FILES = 60
_WIDE_COLUMNS = 200
_CELL_CHARACTERS = 300
_SHOWN = 3
_SHOWN_CHARACTERS = 60
_SHOWN_CHARACTERS_OF_WIDE_FILES = 16


def sample_columns(*, workbench: Workbench) -> list[list[str]]:
    """Return cells of table ``raw`` by column: those of its first rows and of some spread over the rest."""
    names = [name for name in workbench.columns(table="raw") if name != "row"]
    if not names:
        return []
    count = int(workbench.value(sql="SELECT count(*) FROM raw") or 0)
    wide = len(names) > _WIDE_COLUMNS
    first = _ROWS_OF_WIDE_FILES if wide else _ROWS_FROM_START
    step = max(1, count // (_ROWS_OF_WIDE_FILES if wide else _ROWS_BETWEEN))
    listed = ", ".join(f"coalesce(left({name}, {_CELL_CHARACTERS}), '')" for name in names)
    last = int(workbench.value(sql="SELECT min(row) FROM raw") or 0) + first
    sql = f"SELECT {listed} FROM raw WHERE row <= {last} OR row % {step} = 0 LIMIT {2 * first + 1}"
    rows = [row for batch in workbench.rows(sql=sql) for row in batch]
    return [list(cells) for cells in zip(*rows, strict=True)] if rows else [[] for _ in names]


def shown_samples(*, samples: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Return the few different cells of each column that are kept to be shown."""
    length = _SHOWN_CHARACTERS if len(samples) <= _WIDE_COLUMNS else _SHOWN_CHARACTERS_OF_WIDE_FILES
    shown = []
    for cells in samples:
        different = dict.fromkeys(cell[:length] for cell in cells if cell.strip())
        shown.append(tuple(different)[:_SHOWN])
    return tuple(shown)
