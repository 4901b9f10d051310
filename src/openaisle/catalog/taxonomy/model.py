"""Categories and their tree: data, and how one is found by what somebody wrote. Pure; no I/O."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property

import msgspec

from openaisle.catalog.taxonomy.suggestion import SuggestionIndex
from openaisle.kernel.errors import NotFound

SEPARATOR = " > "
ROOT_ID = "root"
"""Stands for the whole tree: its schema holds for every product, also before a tree is loaded."""

_SEPARATORS = re.compile(r"\s*(?:>+|»|→|\|)\s*")
_SLASHES = re.compile(r"\s*/\s*")


class CategoryUnknown(NotFound):
    """The loaded tree has no such category."""

    code = "category-unknown"
    title = "No such category"
    mend = "Look the category up at /v1/categories, by its words or from the top."


class Category(msgspec.Struct, frozen=True, kw_only=True):
    """One category: the operator's identifier of it, and its names from the top down."""

    category_id: str
    path: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its own name."""
        return self.path[-1]

    @property
    def text(self) -> str:
        """Its path as products carry it: ``Furniture > Chairs > Kitchen Chairs``."""
        return SEPARATOR.join(self.path)


class CategorySuggestion(msgspec.Struct, frozen=True, kw_only=True):
    """A category that a text may mean; ``score`` is from 0 to 1, and 1 means that the text names it outright."""

    category: Category
    score: float


class CategoryTreeFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the loaded tree. ``version`` counts the loads; ``sha256`` is that of its stored file."""

    version: int
    category_count: int
    level_count: int
    source: str
    sha256: str
    loaded_at: datetime
    loaded_by: str


class CategoryTree:
    """A whole tree, never changed; its categories in the order of the file."""

    def __init__(self, *, categories: Sequence[Category] = ()) -> None:
        """Take the categories; every parent is among them (taxonomy.reading sees to it)."""
        self.categories = tuple(categories)
        self._by_id = {one.category_id: one for one in self.categories}
        self._by_path = {folded_path(one.path): one for one in self.categories}
        self._children: dict[tuple[str, ...], list[Category]] = {}
        for one in self.categories:
            self._children.setdefault(folded_path(one.path[:-1]), []).append(one)

    def __len__(self) -> int:
        return len(self.categories)

    def get(self, *, category_id: str) -> Category:
        """Return a category by its identifier; raises CategoryUnknown."""
        found = self._by_id.get(category_id)
        if found is None:
            raise CategoryUnknown(detail=f"There is no category {category_id[:60]!r}.")
        return found

    def find(self, *, text: str) -> Category | None:
        """Return the category that a text names outright: by identifier, by path, or by a name that is the only one.

        Case and the signs between the names (``>``, ``|``, ``/``) do not matter.
        """
        tidy = text.strip()
        found = self._by_id.get(tidy) or self._by_path.get(folded_path(split_path(tidy)))
        if found is None and "/" in tidy:
            found = self._by_path.get(folded_path(_SLASHES.split(tidy)))
        return found or self._by_only_name.get(tidy.casefold())

    def children(self, *, category_id: str = ROOT_ID) -> tuple[Category, ...]:
        """Return the categories right below one, or the topmost; raises CategoryUnknown."""
        path = () if category_id == ROOT_ID else self.get(category_id=category_id).path
        return tuple(self._children.get(folded_path(path), ()))

    def lineage(self, *, category_id: str) -> tuple[Category, ...]:
        """Return a category with all above it, from the top down; nothing for the root. Raises CategoryUnknown."""
        if category_id == ROOT_ID:
            return ()
        path = self.get(category_id=category_id).path
        return tuple(self._by_path[folded_path(path[:length])] for length in range(1, len(path) + 1))

    def below(self, *, category_id: str) -> Iterator[Category]:
        """Yield a category and all below it; all of them for the root. Raises CategoryUnknown."""
        if category_id == ROOT_ID:
            yield from self.categories
            return
        waiting = [self.get(category_id=category_id)]
        while waiting:
            one = waiting.pop()
            yield one
            waiting.extend(self._children.get(folded_path(one.path), ()))

    def suggest(self, text: str, *, limit: int = 3) -> list[CategorySuggestion]:
        """Return the categories that a supplier's text most likely means, the likeliest first; maybe none.

        ``text`` is a name or a path in the supplier's own words, such as ``Men's T-shirts`` or ``Kitchen/Knives``.
        """
        named = self.find(text=text)
        if named is not None:
            found = [CategorySuggestion(category=named, score=1.0)]
            others = self._index.ranked(text=text, limit=limit)
            found += [self._suggestion(*one) for one in others if self.categories[one[0]] is not named]
            return found[:limit]
        return [self._suggestion(*one) for one in self._index.ranked(text=text, limit=limit)]

    def spellings(self) -> Iterator[tuple[str, str]]:
        """Yield each text that names a category outright, in small letters, with the category's path.

        For joins: identifiers, paths, and names that only one category has.
        """
        taken = set()
        for one in self.categories:
            for spelling in (one.category_id.lower(), one.text.lower()):
                if spelling not in taken:
                    taken.add(spelling)
                    yield spelling, one.text
        for one in self._by_only_name.values():
            if one.name.lower() not in taken:
                yield one.name.lower(), one.text

    @cached_property
    def _by_only_name(self) -> dict[str, Category]:
        counted: dict[str, Category | None] = {}
        for one in self.categories:
            name = one.name.casefold()
            counted[name] = None if name in counted else one
        return {name: one for name, one in counted.items() if one is not None}

    @cached_property
    def _index(self) -> SuggestionIndex:
        return SuggestionIndex(paths=[one.path for one in self.categories])

    def _suggestion(self, position: int, score: float) -> CategorySuggestion:
        return CategorySuggestion(category=self.categories[position], score=score)


def split_path(text: str) -> tuple[str, ...]:
    """Return the names of a path that somebody wrote, from the top down."""
    return tuple(part for part in _SEPARATORS.split(text.strip()) if part)


def folded_path(path: Sequence[str]) -> tuple[str, ...]:
    """Return a path as it is compared: case and repeated blanks do not matter."""
    return tuple(" ".join(part.split()).casefold() for part in path)
