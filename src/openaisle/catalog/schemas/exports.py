"""What suppliers are given of a category's schema: a JSON Schema and a spreadsheet to fill in."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from openaisle.catalog.schemas.json_schema import json_schema_of
from openaisle.catalog.schemas.queries import SchemaQueries
from openaisle.catalog.schemas.template import template_sheets
from openaisle.catalog.taxonomy.model import ROOT_ID
from openaisle.catalog.taxonomy.queries import TaxonomyQueries
from openaisle.kernel.spreadsheets import SpreadsheetWriter

ALL_PRODUCTS = "All products"


class SchemaExports:
    """Makes the files of schemas."""

    def __init__(self, *, schemas: SchemaQueries, taxonomy: TaxonomyQueries, writer: SpreadsheetWriter) -> None:
        """Take the queries of schemas and of the tree, and the writer of spreadsheets."""
        self._schemas = schemas
        self._taxonomy = taxonomy
        self._writer = writer

    async def json_schema(self, *, category_id: str) -> dict[str, Any]:
        """Return the JSON Schema of a submission in a category; raises CategoryUnknown."""
        resolved = await self._schemas.resolved(category_id=category_id)
        tree = await self._taxonomy.tree()
        title = ALL_PRODUCTS if category_id == ROOT_ID else tree.get(category_id=category_id).text
        return json_schema_of(schema=resolved, title=title)

    async def template(self, *, category_id: str) -> bytes:
        """Return the bytes of an .xlsx workbook to fill in with products of a category; raises CategoryUnknown."""
        resolved = await self._schemas.resolved(category_id=category_id)
        tree = await self._taxonomy.tree()
        paths = sorted(one.text for one in tree.below(category_id=category_id))
        sheets = template_sheets(schema=resolved, categories=paths)

        def written() -> bytes:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "template.xlsx"
                self._writer.write(path=path, sheets=sheets)
                return path.read_bytes()

        return await asyncio.to_thread(written)
