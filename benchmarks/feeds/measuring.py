"""``python -m benchmarks feeds``: a product feed read, mapped, compared, validated, corrected; beside the bare engine.

The feed is made from a seed, with the dirt of real feeds; see generator.py. Then feeds go into a store,
beside plain inserts.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.feeds.applying import Applied, applied
from benchmarks.feeds.generator import write_feed
from benchmarks.feeds.stages import Bare, Stages, bare, staged_again, staged_first
from benchmarks.processes import ROOT

ROWS = 1_000_000
QUICK_ROWS = 20_000
CHANGED_SHARE = 0.01
DOCUMENT = ROOT / "docs" / "benchmarks.md"
BEGIN = "<!-- feeds: begin (written by python -m benchmarks feeds --write) -->"
END = "<!-- feeds: end -->"


class FeedFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Everything measured; ``again`` is the feed with a share of rows changed, against the state of the first."""

    rows: int
    file_megabytes: float
    bare: Bare
    first: Stages
    again: Stages
    applied: Applied


def measured(*, rows: int, told: Callable[[str], None]) -> FeedFigures:
    """Make the feeds and take each through its stages, in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="openaisle-feeds-") as place:
        folder = Path(place)
        first, again = folder / "first.csv", folder / "again.csv"
        told(f"writing two feeds of {rows:,} rows")
        write_feed(path=first, rows=rows)
        write_feed(path=again, rows=rows, changed_share=CHANGED_SHARE)
        told("reading by the engine alone")
        limit = _apart(bare, first)
        told("the first feed")
        new = _apart(staged_first, first, folder)
        told("the feed with some rows changed")
        changed = _apart(staged_again, again, folder)
        told("feeds into the store")
        stored = _apart(applied, first, again, rows)
        megabytes = first.stat().st_size / 1e6
        return FeedFigures(rows=rows, file_megabytes=megabytes, bare=limit, first=new, again=changed, applied=stored)


def _apart(work: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401 - what the work returns
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def drawn(*, figures: FeedFigures) -> str:
    """Return the tables as Markdown."""
    first, again = figures.first, figures.again
    counts = first.counts
    by_sql = counts.fast / max(counts.rows, 1)
    times = first.total / figures.bare.table_seconds
    lines = [
        f"{figures.rows:,} rows, {figures.file_megabytes:.0f} MB of CSV.",
        "",
        f"| seconds | first feed | {CHANGED_SHARE:.0%} changed |",
        "|---|---:|---:|",
        *(f"| {name} | {seconds:.2f} | {again.seconds[name]:.2f} |" for name, seconds in first.seconds.items()),
        f"| **all** | **{first.total:.2f}** | **{again.total:.2f}** |",
        f"| peak memory, MiB | {first.peak_mebibytes:.0f} | {again.peak_mebibytes:.0f} |",
        f"| rows that were news | {first.fresh:,} | {again.fresh:,} |",
        "",
        "| the engine alone, same file | seconds |",
        "|---|---:|",
        f"| count its rows | {figures.bare.count_seconds:.2f} |",
        f"| keep them as a table | {figures.bare.table_seconds:.2f} |",
        "",
        f"All stages of the first feed took {times:.1f} times as long as keeping the table.",
        f"{by_sql:.1%} of the rows were judged by SQL alone.",
        "",
        "| accepted | corrected | in review | rejected |",
        "|---:|---:|---:|---:|",
        f"| {counts.accepted:,} | {counts.corrected:,} | {counts.in_review:,} | {counts.rejected:,} |",
        "",
        *_drawn_applied(figures=figures),
    ]
    return "\n".join(lines) + "\n"


def _drawn_applied(*, figures: FeedFigures) -> list[str]:
    stored = figures.applied
    first = stored.feeds[0]
    ours, limit = first.written / first.seconds["apply"], first.written / stored.bare_seconds
    told = (
        f"The first feed was applied at {ours:,.0f} rows a second, three items each; plain inserts of the same items"
        f" in the same order came to {limit:,.0f}, so ours is {ours / limit:.0%} of that."
    )
    return [
        "| into the store, seconds | prepare | apply | conclude | rows written | peak memory, MiB |",
        "|---|---:|---:|---:|---:|---:|",
        *(
            f"| {one.name} | {one.seconds['prepare']:.2f} | {one.seconds['apply']:.2f} |"
            f" {one.seconds['conclude']:.2f} | {one.written:,} | {one.peak_mebibytes:.0f} |"
            for one in stored.feeds
        ),
        "",
        told,
    ]


def written_into(*, document: Path, figures: FeedFigures) -> None:
    """Replace what stands between the markers of the document; raises ValueError where they are missing."""
    text = document.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        message = f"{document.name} lacks the lines {BEGIN} and {END}"
        raise ValueError(message)
    document.write_text(f"{before}{BEGIN}\n\n{drawn(figures=figures)}\n{END}{after}", encoding="utf-8")


def _told(message: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {message}\n")
    sys.stderr.flush()


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks feeds", description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROWS:,} rows only: does it run?")
    parser.add_argument("--rows", type=int, default=ROWS, help="how many rows the feed has")
    parser.add_argument("--json", type=Path, help="also write everything measured into this file")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    given = parser.parse_args(arguments)
    figures = measured(rows=QUICK_ROWS if given.quick else given.rows, told=_told)
    sys.stdout.write(drawn(figures=figures))
    if given.json is not None:
        given.json.write_bytes(msgspec.json.format(msgspec.json.encode(figures)))
    if given.write:
        written_into(document=DOCUMENT, figures=figures)
