"""The one spelling that the operator wants of each of many ways to write a name: brands, and paths of categories."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property


class Spellings:
    """Names by how they may be written, whatever their case; never changed.

    Its ``repr`` is a digest: a tree has thousands of names, and the text stands in what tells one policy from another.
    """

    def __init__(self, *, pairs: Iterable[tuple[str, str]] = ()) -> None:
        """Take pairs of a way to write a name and the name; of two with one writing the first counts."""
        found: dict[str, str] = {}
        for written, name in pairs:
            found.setdefault(folded(text=written), name)
        self._names: Mapping[str, str] = found

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._names.items())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Spellings) and self._names == other._names

    def __hash__(self) -> int:
        return hash(self._digest)

    def __repr__(self) -> str:
        return f"Spellings({self._digest})"

    def name_of(self, *, text: str) -> str | None:
        """Return the name that a text writes, None if it writes none of them."""
        return self._names.get(folded(text=text))

    @cached_property
    def _digest(self) -> str:
        hashed = hashlib.sha256()
        for written, name in sorted(self._names.items()):
            hashed.update(f"{written}\x1f{name}\x1e".encode())
        return hashed.hexdigest()


def folded(*, text: str) -> str:
    """Return a name as it is compared: case and needless blanks do not matter."""
    return " ".join(text.split()).casefold()


NO_SPELLINGS = Spellings()
