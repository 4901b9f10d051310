"""What happens to schemas of categories."""

from __future__ import annotations

from typing import ClassVar

from openaisle.kernel.records import Event


class CategorySchemaChanged(Event, frozen=True, kw_only=True):
    """The operator changed what a category asks; it holds for what is handed in from now on."""

    TYPE: ClassVar[str] = "category_schema.changed"

    category_id: str
    version: int
    by: str
    note: str
