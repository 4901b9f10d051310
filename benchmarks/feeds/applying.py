"""Feeds taken into a durable store: a first one, one with some rows changed, quantities; and the store's limit."""

from __future__ import annotations

import asyncio
import random
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import apsw
import msgspec

from benchmarks.feeds.store import opened_rooms
from openaisle.adapters.local.clock import SystemClock
from openaisle.adapters.local.connection import open_connection
from openaisle.adapters.local.store import LocalTable
from openaisle.feeds.model import FeedKind
from openaisle.kernel.bulk import SEPARATOR

STOCK_CHANGED_SHARE = 0.05
_ROWS_PER_COMMIT = 2_048
_PAGES_PER_CHECKPOINT = 64_000
_CACHE_KIBIBYTES = 200_000
_KIBIBYTES = 1024
_INSERT = "INSERT INTO items (item_key, kind, version, body, index1, index2) VALUES (?, ?, 1, ?, ?, ?)"

_Items = list[tuple[str, str, bytes, str | None, str | None]]


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A feed taken to its end: the seconds of each stage, how many rows were written, and the peak of memory (MiB)."""

    name: str
    seconds: dict[str, float]
    written: int
    peak_mebibytes: float


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """The feeds in their order, and the seconds in which the store alone takes the items of the first."""

    feeds: tuple[Taken, ...]
    bare_seconds: float


def applied(first: Path, again: Path, rows: int) -> Applied:
    """Take the feeds into a store of their own, then its items into another one by plain statements."""
    with tempfile.TemporaryDirectory(prefix="openaisle-feeds-") as place:
        folder = Path(place)
        feeds = asyncio.run(_taken(folder=folder, first=first, again=again, rows=rows))
        return Applied(feeds=tuple(feeds), bare_seconds=asyncio.run(_bare(folder=folder)))


async def _taken(*, folder: Path, first: Path, again: Path, rows: int) -> list[Taken]:
    stock, moved = folder / "stock.csv", folder / "moved.csv"
    _write_stock(path=stock, rows=rows, changed_share=0.0)
    _write_stock(path=moved, rows=rows, changed_share=STOCK_CHANGED_SHARE)
    taken = []
    async with opened_rooms(folder=folder) as rooms:
        for name, path, kind in (
            ("first feed", first, FeedKind.PRODUCTS),
            ("some rows changed", again, FeedKind.PRODUCTS),
            ("all quantities", stock, FeedKind.STOCK),
            (f"{STOCK_CHANGED_SHARE:.0%} of the quantities", moved, FeedKind.STOCK),
        ):
            seconds, feed = await rooms.run(path=path, kind=kind)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIBIBYTES
            written = feed.counts.new + feed.counts.changed
            taken.append(Taken(name=name, seconds=seconds, written=written, peak_mebibytes=peak))
    return taken


def _write_stock(*, path: Path, rows: int, changed_share: float) -> None:
    chance = random.Random(rows)
    with path.open("w", encoding="utf-8") as file:
        file.write("supplier_sku,on_hand\n")
        for number in range(rows):
            changed = chance.random() < changed_share
            file.write(f"SKU-{number:08d},{number * 7 % 500 + changed}\n")


async def _bare(*, folder: Path) -> float:
    """Return the seconds of plain inserts: same items, same order, same indexes, durability and commits as ours."""
    path = folder / "bare.db"
    table = LocalTable(path=path, clock=SystemClock())
    await table.close()
    target = open_connection(path=path)
    target.pragma("wal_autocheckpoint", _PAGES_PER_CHECKPOINT)
    target.pragma("cache_size", -_CACHE_KIBIBYTES)
    source = open_connection(path=folder / "store.db", read_only=True)
    seconds = 0.0
    after = ""
    while True:
        items, after = _next_items(source=source, after=after)
        if not items:
            break
        started = time.perf_counter()
        target.execute("BEGIN IMMEDIATE")
        target.executemany(_INSERT, items)
        target.execute("COMMIT")
        seconds += time.perf_counter() - started
    source.close()
    target.close()
    return seconds


def _next_items(*, source: apsw.Connection, after: str) -> tuple[_Items, str]:
    """Return the items of the next products with their offers and stock, products first, and where to go on."""
    columns = "item_key, kind, body, index1, index2"
    named = f"'PRODUCT#' AND kind = 'product' AND item_key > ? AND item_key < 'PRODUCT${SEPARATOR}'"
    products: list[Any] = source.execute(
        f"SELECT {columns} FROM items WHERE item_key > {named} ORDER BY item_key LIMIT {_ROWS_PER_COMMIT}",
        (after,),
    ).fetchall()
    if not products:
        return [], after
    joined: list[Any] = source.execute(
        f"SELECT {columns} FROM items WHERE index1 >= ? AND index1 <= ? AND kind IN ('offer', 'stock_level')"
        " ORDER BY item_key",
        (products[0][3].split(SEPARATOR)[0], f"{products[-1][3]}\U0010ffff"),
    ).fetchall()
    return [*products, *joined], products[-1][0]
