"""The operator's own words, into which suppliers' words are mapped: categories, attributes and their values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from openaisle.catalog.schemas.queries import SchemaQueries
from openaisle.catalog.taxonomy.queries import TaxonomyQueries
from openaisle.feeds.mapping.fields import ATTRIBUTE_PREFIX, is_field
from openaisle.feeds.mapping.vocabulary import compacted


class AskedAttributes(msgspec.Struct, frozen=True, kw_only=True):
    """The attributes that categories ask for: their fields by the compact form of name and label, and value lists."""

    fields: Mapping[str, str] = msgspec.field(default_factory=dict)
    values: Mapping[str, Sequence[str]] = msgspec.field(default_factory=dict)


class OperatorWords:
    """Looks words up in the tree of categories and in their schemas."""

    def __init__(self, *, taxonomy: TaxonomyQueries, schemas: SchemaQueries) -> None:
        """Take the queries of categories and schemas."""
        self._taxonomy = taxonomy
        self._schemas = schemas

    async def categories(self, *, text: str) -> Sequence[str]:
        """Return the categories that a supplier's text may mean, the likeliest first."""
        tree = await self._taxonomy.tree()
        return [one.category.text for one in tree.suggest(text)]

    async def attributes(self) -> AskedAttributes:
        """Return the attributes that any category asks for; of one with several lists the values are joined."""
        fields: dict[str, str] = {}
        values: dict[str, dict[str, None]] = {}
        for schema in (await self._schemas.all_schemas()).values():
            for asked in schema.attributes:
                field = f"{ATTRIBUTE_PREFIX}{asked.name}"
                if asked.is_fact or not is_field(name=field):
                    continue
                for word in (asked.name, asked.label):
                    if compacted(text=word):
                        fields.setdefault(compacted(text=word), field)
                values.setdefault(field, {}).update(dict.fromkeys(asked.values))
        return AskedAttributes(fields=fields, values={field: tuple(found) for field, found in values.items() if found})
