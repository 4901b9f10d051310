"""Loads a list: reads its lines, counts what cannot be used, makes the index, and puts it into force if it is fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec

from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.name_lists import NameListFacts, NameListOrigin, NameLists
from openaisle.suppliers.screening.entries import ListName
from openaisle.suppliers.screening.index_builder import IndexBuilder
from openaisle.suppliers.screening.sources import SOURCES, BadLine, entries_of

_BAD_LINES_SHOWN = 20
# So many bad lines, and not as many good ones before them: the rest of the file will not be better.
_BAD_LINES_ALONE_MAXIMUM = 10_000
_ENTRIES_BETWEEN_TELLING = 5_000
_SHRINKING_PERCENT_MAXIMUM = 10


class ListFileUnfit(OpenAisleError):
    """Most of a file cannot be used as the list it is said to be; the list in force stays."""

    code = "list-file-unfit"
    title = "That file is not this list"
    mend = "Look at the bad lines, or name the list that the file holds with --list."


class ListShrunk(OpenAisleError):
    """A file has far fewer entries than the list in force, as one that was cut off has; the list in force stays."""

    code = "list-shrunk"
    title = "The file has far fewer entries than the list in force"
    mend = "Fetch the file again; if the list has really become shorter, load it with --accept-fewer."


class LoadReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file: the list in force now, and the first of the lines that were left out."""

    facts: NameListFacts
    replaced: NameListOrigin | None
    bad_lines: tuple[BadLine, ...]
    unreadable_names: int


async def load_list(
    *,
    lists: NameLists,
    name: ListName,
    lines: Iterable[str],
    file_name: str,
    version: Callable[[], str],
    at: datetime,
    accept_fewer: bool = False,
    tell: Callable[[int], None] = lambda _: None,
) -> LoadReport:
    """Load a list from the lines of its file and put it into force.

    ``version`` gives the file's SHA-256 once its lines are read; ``tell`` is told every few thousand entries how many
    were read. Raises ListFileUnfit, ListShrunk, and what ``lines`` raises; then nothing has changed.
    """
    builder = IndexBuilder()
    shown: list[BadLine] = []
    bad = 0
    for read in entries_of(source=SOURCES[name], lines=lines):
        if isinstance(read, BadLine):
            bad += 1
            if len(shown) < _BAD_LINES_SHOWN:
                shown.append(read)
            if bad == _BAD_LINES_ALONE_MAXIMUM and builder.entries < bad:
                break
            continue
        builder.add(entry=read)
        if builder.entries % _ENTRIES_BETWEEN_TELLING == 0:
            tell(builder.entries)
    if builder.entries <= bad:
        first = f" Line {shown[0].number}: {shown[0].reason}." if shown else ""
        raise ListFileUnfit(detail=f"{builder.entries} lines can be used as {name.value}, {bad} cannot.{first}")
    stored = await lists.current(name=name)
    before = stored.facts.origin if stored is not None else None
    if before is not None and not accept_fewer:
        _require_as_many(entries=builder.entries, before=before)
    origin = NameListOrigin(
        name=name.value,
        version=version(),
        file_name=file_name,
        loaded_at=at,
        entries=builder.entries,
        names=builder.names,
        bad_lines=bad,
    )
    facts = await lists.store(origin=origin, pieces=builder.pieces())
    return LoadReport(facts=facts, replaced=before, bad_lines=tuple(shown), unreadable_names=builder.unreadable_names)


def _require_as_many(*, entries: int, before: NameListOrigin) -> None:
    if entries * 100 < before.entries * (100 - _SHRINKING_PERCENT_MAXIMUM):
        raise ListShrunk(
            detail=f"It has {entries} entries, the list loaded at {before.loaded_at:%Y-%m-%d %H:%M} {before.entries}."
        )
