"""Changing what categories ask."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from openaisle.catalog.schemas.events import CategorySchemaChanged
from openaisle.catalog.schemas.model import (
    AttributeDefinition,
    CategorySchema,
    ResolvedSchema,
    SchemaContent,
    SchemasState,
    SchemaUnfit,
    decide_schema,
)
from openaisle.catalog.schemas.queries import SchemaQueries
from openaisle.catalog.schemas.repository import SCHEMA_VERSIONS, SCHEMAS, STATES
from openaisle.kernel.context import Context
from openaisle.kernel.records import decided_anew
from openaisle.kernel.table import Table


class CategorySchemas:
    """The use cases of schemas; every change makes a new version, and older ones stay readable."""

    def __init__(self, *, table: Table, queries: SchemaQueries) -> None:
        """Take the table and the queries of schemas."""
        self._table = table
        self._queries = queries

    async def write(
        self,
        *,
        category_id: str,
        content: SchemaContent,
        note: str,
        expected_version: int | None,
        context: Context,
    ) -> CategorySchema:
        """Put a category's whole schema; ``root`` is that of all products.

        Raises CategoryUnknown, SchemaUnfit, and SchemaChangedMeanwhile if ``expected_version`` is not the one in force.
        """
        return await self._changed(
            category_id=category_id,
            change=lambda _: content,
            note=note,
            expected_version=expected_version,
            context=context,
        )

    async def put_attribute(
        self, *, category_id: str, attribute: AttributeDefinition, replaces: str | None, note: str, context: Context
    ) -> CategorySchema:
        """Add an attribute to a category's schema, or put it in place of the one named ``replaces``.

        Raises CategoryUnknown, SchemaUnfit.
        """

        def change(before: SchemaContent) -> SchemaContent:
            gone = replaces or attribute.name
            kept = [one for one in before.attributes if one.name not in {gone, attribute.name}]
            places = [number for number, one in enumerate(before.attributes) if one.name == gone]
            kept.insert(min(places[0], len(kept)) if places else len(kept), attribute)
            excluded = tuple(name for name in before.excluded if name != attribute.name)
            axes = tuple(attribute.name if name == gone else name for name in before.variant_axes)
            return msgspec.structs.replace(before, attributes=tuple(kept), excluded=excluded, variant_axes=axes)

        return await self._changed(
            category_id=category_id, change=change, note=note, expected_version=None, context=context
        )

    async def remove_attribute(self, *, category_id: str, name: str, note: str, context: Context) -> CategorySchema:
        """Take an attribute out of a category: its own, or one inherited, which is then excluded.

        Raises CategoryUnknown, SchemaUnfit.
        """

        def change(before: SchemaContent) -> SchemaContent:
            axes = tuple(one for one in before.variant_axes if one != name)
            kept = tuple(one for one in before.attributes if one.name != name)
            if len(kept) < len(before.attributes):
                return msgspec.structs.replace(before, attributes=kept, variant_axes=axes)
            if name in before.excluded:
                raise SchemaUnfit(detail=f"{name[:60]!r} is excluded already.")
            return msgspec.structs.replace(before, excluded=(*before.excluded, name), variant_axes=axes)

        return await self._changed(
            category_id=category_id, change=change, note=note, expected_version=None, context=context
        )

    async def restore_attribute(self, *, category_id: str, name: str, note: str, context: Context) -> CategorySchema:
        """Ask again for an inherited attribute that the category had excluded; raises CategoryUnknown, SchemaUnfit."""

        def change(before: SchemaContent) -> SchemaContent:
            kept = tuple(one for one in before.excluded if one != name)
            return msgspec.structs.replace(before, excluded=kept)

        return await self._changed(
            category_id=category_id, change=change, note=note, expected_version=None, context=context
        )

    async def set_variants(
        self, *, category_id: str, variant_axes: tuple[str, ...], only_listed: bool, note: str, context: Context
    ) -> CategorySchema:
        """Say in which attributes variants differ, and whether other attributes are told of.

        Raises CategoryUnknown, SchemaUnfit.
        """

        def change(before: SchemaContent) -> SchemaContent:
            return msgspec.structs.replace(before, variant_axes=variant_axes, only_listed=only_listed)

        return await self._changed(
            category_id=category_id, change=change, note=note, expected_version=None, context=context
        )

    async def _changed(
        self,
        *,
        category_id: str,
        change: Callable[[SchemaContent], SchemaContent],
        note: str,
        expected_version: int | None,
        context: Context,
    ) -> CategorySchema:
        async def attempt() -> CategorySchema:
            state = await self._queries.state()
            above = await self._queries.above(category_id=category_id)
            found = await self._queries.stored(category_id=category_id)
            before = found.record if found is not None else None
            schema = decide_schema(
                category_id=category_id,
                before=before,
                content=change(_content(before, above)),
                above=above,
                note=note,
                expected_version=expected_version,
                at=context.at,
                by=context.principal.actor,
            )
            event = CategorySchemaChanged(
                category_id=category_id, version=schema.version, by=schema.changed_by, note=note
            )
            revised = SchemasState(revision=state.record.revision + 1)
            writes = [
                SCHEMAS.replace(schema, version=found.version if found is not None else 0, events=[event]),
                SCHEMA_VERSIONS.create(schema),
                STATES.replace(revised, version=state.version),
            ]
            await self._table.commit(writes=writes, context=context)
            return schema

        return await decided_anew(attempt)


def _content(before: CategorySchema | None, above: ResolvedSchema) -> SchemaContent:
    # What was excluded or an axis may be gone above since then; that must not stand in the way of another change.
    if before is None:
        return SchemaContent()
    inherited = {one.attribute.name for one in above.attributes}
    known = inherited | {one.name for one in before.attributes}
    return SchemaContent(
        attributes=before.attributes,
        excluded=tuple(name for name in before.excluded if name in inherited),
        variant_axes=tuple(name for name in before.variant_axes if name in known),
        only_listed=before.only_listed,
    )
