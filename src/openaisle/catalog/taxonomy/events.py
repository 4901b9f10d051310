"""What happens to the tree of categories."""

from __future__ import annotations

from typing import ClassVar

from openaisle.kernel.records import Event


class CategoryTreeLoaded(Event, frozen=True, kw_only=True):
    """The operator loaded a tree of categories; it is in force from now on, in place of the one before."""

    TYPE: ClassVar[str] = "category_tree.loaded"

    version: int
    category_count: int
    source: str
    by: str
