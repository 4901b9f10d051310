"""Where schemas of categories stand in the table."""

from __future__ import annotations

from openaisle.catalog.schemas.model import CategorySchema, SchemasState
from openaisle.kernel.records import RecordType
from openaisle.kernel.table import Index, IndexEntry, Key

ALL_SCHEMAS = "CATEGORY_SCHEMAS"
"""Access pattern: the schemas in force of all categories (schemas.queries.SchemaQueries.all_schemas)."""

STATE_KEY = Key("CATEGORY_SCHEMAS", "STATE")
"""Access pattern: whether any schema was changed (schemas.queries.SchemaQueries.all_schemas)."""

VERSION_PREFIX = "VERSION#"


def schema_key(*, category_id: str) -> Key:
    """Access pattern: the schema in force of one category."""
    return Key(f"CATEGORY_SCHEMA#{category_id}", "SCHEMA")


def version_key(*, category_id: str, version: int) -> Key:
    """Access pattern: every version that a schema had, in their order (schemas.queries.SchemaQueries.versions)."""
    return Key(f"CATEGORY_SCHEMA#{category_id}", f"{VERSION_PREFIX}{version:08d}")


SCHEMAS = RecordType(
    kind="category_schema",
    model=CategorySchema,
    key=lambda schema: schema_key(category_id=schema.category_id),
    indexes=lambda schema: (IndexEntry(Index.FIRST, ALL_SCHEMAS, schema.category_id),),
)
SCHEMA_VERSIONS = RecordType(
    kind="category_schema_version",
    model=CategorySchema,
    key=lambda schema: version_key(category_id=schema.category_id, version=schema.version),
    streamed=False,
)
STATES = RecordType(kind="category_schemas_state", model=SchemasState, key=lambda _: STATE_KEY, streamed=False)
