"""Screens names against the lists that are loaded."""

from __future__ import annotations

import msgspec

from openaisle.kernel.name_lists import NameListOrigin, NameLists
from openaisle.suppliers.screening.entries import ListedEntry, ListName
from openaisle.suppliers.screening.index import NameIndex, NameMatch
from openaisle.suppliers.screening.likeness import name_likeness, word_likeness
from openaisle.suppliers.screening.reading import NameReading, read_name

SCORE_MINIMUM = 0.88
"""From this score on a name is taken for a listed one; docs/explanation/screening.md tells how it was found."""


class Screened(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of one list about one name: the matches, the most alike first."""

    origin: NameListOrigin
    reading: NameReading
    matches: tuple[NameMatch, ...]


class NameScreening:
    """Looks names up in the lists in force; a list is opened when it is first asked for, and again when it changes."""

    def __init__(self, *, lists: NameLists) -> None:
        """Take where the lists are kept."""
        self._lists = lists
        self._opened: dict[ListName, tuple[NameListOrigin, NameIndex]] = {}

    async def screened(
        self, *, list_name: ListName, name: str, minimum: float = SCORE_MINIMUM, limit: int = 10
    ) -> Screened | None:
        """Return the entries whose name is at least so much alike; None if the list is not loaded.

        Raises NameIndexUnusable, and what the store of the lists raises.
        """
        opened = await self._open(list_name)
        if opened is None:
            return None
        origin, index = opened
        reading = read_name(text=name)
        matches = index.search(reading=reading, minimum=minimum, limit=limit)
        return Screened(origin=origin, reading=reading, matches=tuple(matches))

    async def namesakes(self, *, list_name: ListName, name: str) -> list[ListedEntry]:
        """Return the entries with a name of the very same words; none if the list is not loaded."""
        opened = await self._open(list_name)
        return opened[1].namesakes(reading=read_name(text=name)) if opened is not None else []

    async def entry(self, *, list_name: ListName, uid: str) -> ListedEntry | None:
        """Return the entry of that identifier; None if there is none, or the list is not loaded."""
        opened = await self._open(list_name)
        return opened[1].entry(uid=uid) if opened is not None else None

    async def origin(self, *, list_name: ListName) -> NameListOrigin | None:
        """Return where the list in force comes from; None if it is not loaded."""
        opened = await self._open(list_name)
        return opened[0] if opened is not None else None

    async def _open(self, list_name: ListName) -> tuple[NameListOrigin, NameIndex] | None:
        stored = await self._lists.current(name=list_name.value)
        if stored is None:
            self._opened.pop(list_name, None)
            return None
        opened = self._opened.get(list_name)
        if opened is None or opened[0] != stored.facts.origin:
            opened = (stored.facts.origin, NameIndex(content=stored.content))
            self._opened[list_name] = opened
        return opened


def names_likeness(*, one: str, other: str) -> float:
    """Return how alike two names are, each word as weighty as the other; 0 where one of them cannot be read."""
    ours, theirs = read_name(text=one).words, read_name(text=other).words
    if not ours or not theirs:
        return 0.0
    alike = name_likeness(
        ours=ours,
        our_weights=[1.0] * len(ours),
        theirs=theirs,
        their_weights=[1.0] * len(theirs),
        likeness=[[word_likeness(word, listed) for listed in theirs] for word in ours],
    )
    return alike.whole
