"""What commands print: tables for people, JSON for machines."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
import typer

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


def print_json(value: Any) -> None:  # noqa: ANN401 - anything msgspec encodes
    """Print a value as JSON, indented for a person who looks."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")


def print_table(*, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows as a table."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, title=title or None, title_justify="left", show_edge=False, pad_edge=False)
    for row in rows:
        # Text, so that a bracket in a name is not taken for a color.
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)


def print_line(text: str = "") -> None:
    """Print one line for a person."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
