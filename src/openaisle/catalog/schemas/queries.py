"""Reading schemas: one, all, what is in force in a category, and the rules that they make."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from openaisle.catalog.schemas.model import (
    CategorySchema,
    ResolvedSchema,
    SchemasState,
    resolved_schema,
)
from openaisle.catalog.schemas.repository import (
    ALL_SCHEMAS,
    SCHEMA_VERSIONS,
    SCHEMAS,
    STATE_KEY,
    STATES,
    VERSION_PREFIX,
    schema_key,
)
from openaisle.catalog.schemas.rules import schema_rules
from openaisle.catalog.table_rules import TableRule
from openaisle.catalog.taxonomy.model import ROOT_ID, CategoryTree
from openaisle.catalog.taxonomy.queries import TaxonomyQueries
from openaisle.kernel.records import Versioned
from openaisle.kernel.table import Index, Table

_NO_STATE = Versioned(SchemasState(), 0)


class SchemaVersions(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the versions of a schema, the newest first; ``next_after`` asks for the next page."""

    versions: list[CategorySchema]
    next_after: str | None


class SchemaQueries:
    """The queries of schemas. All schemas are kept in memory and read anew once any was changed."""

    def __init__(self, *, table: Table, taxonomy: TaxonomyQueries) -> None:
        """Take the table of the schemas, and the tree along which they are inherited."""
        self._table = table
        self._taxonomy = taxonomy
        self._kept: tuple[int, Mapping[str, CategorySchema]] = (0, {})
        self._rules: tuple[tuple[int, CategoryTree], tuple[TableRule, ...]] | None = None

    async def state(self) -> Versioned[SchemasState]:
        """Return how often any schema was changed, with the version of its item."""
        item = await self._table.get(key=STATE_KEY)
        return STATES.decode(item) if item is not None else _NO_STATE

    async def stored(self, *, category_id: str) -> Versioned[CategorySchema] | None:
        """Return a category's own schema with the version of its item, None if it never had one."""
        item = await self._table.get(key=schema_key(category_id=category_id))
        return SCHEMAS.decode(item) if item is not None else None

    async def all_schemas(self) -> Mapping[str, CategorySchema]:
        """Return every category's own schema by the category's identifier."""
        revision = (await self.state()).record.revision
        if self._kept[0] != revision:
            found: dict[str, CategorySchema] = {}
            after: str | None = None
            while True:
                page = await self._table.query(partition=ALL_SCHEMAS, index=Index.FIRST, after=after, limit=500)
                found |= {one.category_id: one for one in (SCHEMAS.record(item.body) for item in page.items)}
                after = page.cursor
                if after is None:
                    break
            self._kept = (revision, found)
        return self._kept[1]

    async def resolved(self, *, category_id: str) -> ResolvedSchema:
        """Return what is in force in a category; raises CategoryUnknown."""
        tree = await self._taxonomy.tree()
        lineage = (ROOT_ID, *(one.category_id for one in tree.lineage(category_id=category_id)))
        return resolved_schema(category_id=category_id, lineage=lineage, schemas=await self.all_schemas())

    async def above(self, *, category_id: str) -> ResolvedSchema:
        """Return what a category inherits, without its own schema; raises CategoryUnknown."""
        tree = await self._taxonomy.tree()
        lineage = (ROOT_ID, *(one.category_id for one in tree.lineage(category_id=category_id)))[:-1]
        lineage = lineage if category_id != ROOT_ID else ()
        return resolved_schema(category_id=category_id, lineage=lineage, schemas=await self.all_schemas())

    async def versions(self, *, category_id: str, after: str | None, limit: int) -> SchemaVersions:
        """Return a page of the versions of a category's own schema, the newest first; raises CategoryUnknown."""
        (await self._taxonomy.tree()).lineage(category_id=category_id)
        page = await self._table.query(
            partition=schema_key(category_id=category_id).partition,
            sort_prefix=VERSION_PREFIX,
            after=after,
            limit=limit,
            descending=True,
        )
        return SchemaVersions(
            versions=[SCHEMA_VERSIONS.record(item.body) for item in page.items], next_after=page.cursor
        )

    async def rules(self) -> tuple[TableRule, ...]:
        """Return the rules that all schemas and the tree make, for the evaluation over tables."""
        tree, schemas = await self._taxonomy.tree(), await self.all_schemas()
        made_of = (self._kept[0], tree)
        if self._rules is None or self._rules[0] != made_of:
            self._rules = (made_of, schema_rules(tree=tree, schemas=schemas))
        return self._rules[1]
