"""The HTTP operations of schemas of categories."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from openaisle.catalog.schemas.exports import SchemaExports
from openaisle.catalog.schemas.model import (
    ATTRIBUTES_MAXIMUM,
    AXES_MAXIMUM,
    NUMBER_MAXIMUM,
    VALUES_MAXIMUM,
    AttributeDefinition,
    AttributeType,
    CategorySchema,
    Consequence,
    InheritedAttribute,
    SchemaChangedMeanwhile,
    SchemaContent,
    SchemaUnfit,
)
from openaisle.catalog.schemas.queries import SchemaQueries, SchemaVersions
from openaisle.catalog.schemas.use_cases import CategorySchemas
from openaisle.catalog.taxonomy.model import CategoryUnknown
from openaisle.kernel.context import Role
from openaisle.kernel.http import OPERATOR, Answer, Operation, Request

_TAG = "Catalog"
_READERS = frozenset({Role.OPERATOR, Role.SUPPLIER})
_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Name = Annotated[str, Meta(min_length=1, max_length=100)]
Bound = Annotated[float, Meta(ge=-NUMBER_MAXIMUM, le=NUMBER_MAXIMUM)]


class AttributeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One attribute that the category knows; `name` is a fact of products, or an attribute's."""

    name: Name
    label: Annotated[str, Meta(max_length=100)] = ""
    type: AttributeType = AttributeType.TEXT
    is_required: bool = False
    consequence: Consequence = Consequence.WARN
    values: Annotated[list[Annotated[str, Meta(max_length=200)]], Meta(max_length=VALUES_MAXIMUM)] = []
    unit: Annotated[str, Meta(min_length=1, max_length=20)] | None = None
    minimum: Bound | None = None
    maximum: Bound | None = None
    length_maximum: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    explanation: Annotated[str, Meta(max_length=500)] = ""


class SchemaBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A category's whole schema. `expected_version` is the one you read, 0 where there was none; without it any."""

    attributes: Annotated[list[AttributeBody], Meta(max_length=ATTRIBUTES_MAXIMUM)] = []
    excluded: Annotated[list[Name], Meta(max_length=ATTRIBUTES_MAXIMUM)] = []
    variant_axes: Annotated[list[Name], Meta(max_length=AXES_MAXIMUM)] = []
    only_listed: bool = False
    note: Annotated[str, Meta(max_length=500)] = ""
    expected_version: Annotated[int, Meta(ge=0, le=10**9)] | None = None


class SchemaView(msgspec.Struct, frozen=True, kw_only=True):
    """What is in force in a category, each attribute with the category that asks for it.

    `own` is its own schema with its version, for the operator alone.
    """

    category_id: str
    attributes: list[InheritedAttribute]
    variant_axes: list[str]
    only_listed: bool
    own: CategorySchema | None


class VersionsQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page of versions."""

    after: Annotated[str, Meta(max_length=500)] | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 20


class SchemaOperations:
    """The operations of schemas, one method each."""

    def __init__(self, *, use_cases: CategorySchemas, queries: SchemaQueries, exports: SchemaExports) -> None:
        """Take the use cases, the queries and the exports."""
        self._use_cases = use_cases
        self._queries = queries
        self._exports = exports

    async def write(self, request: Request) -> Answer:
        """Put a schema."""
        body: SchemaBody = request.body
        category_id = request.path["category_id"]
        content = SchemaContent(
            attributes=tuple(
                msgspec.convert(one, AttributeDefinition, from_attributes=True) for one in body.attributes
            ),
            excluded=tuple(body.excluded),
            variant_axes=tuple(body.variant_axes),
            only_listed=body.only_listed,
        )
        await self._use_cases.write(
            category_id=category_id,
            content=content,
            note=body.note,
            expected_version=body.expected_version,
            context=request.context,
        )
        return Answer(value=await self._view(category_id))

    async def read(self, request: Request) -> Answer:
        """Read what is in force in a category."""
        view = await self._view(request.path["category_id"])
        if request.principal.role is not Role.OPERATOR:
            # Who of the operator's staff changed it, and with what note, is not for suppliers.
            view = msgspec.structs.replace(view, own=None)
        return Answer(value=view)

    async def versions(self, request: Request) -> Answer:
        """List the versions of a schema."""
        query: VersionsQuery = request.query
        category_id = request.path["category_id"]
        return Answer(value=await self._queries.versions(category_id=category_id, after=query.after, limit=query.limit))

    async def json_schema(self, request: Request) -> Answer:
        """Give the JSON Schema."""
        made = await self._exports.json_schema(category_id=request.path["category_id"])
        return Answer(raw=msgspec.json.encode(made), media_type="application/schema+json")

    async def template(self, request: Request) -> Answer:
        """Give the spreadsheet."""
        made = await self._exports.template(category_id=request.path["category_id"])
        headers = {"content-disposition": 'attachment; filename="products.xlsx"'}
        return Answer(raw=made, media_type=_SPREADSHEET, headers=headers)

    async def _view(self, category_id: str) -> SchemaView:
        resolved = await self._queries.resolved(category_id=category_id)
        return SchemaView(
            category_id=category_id,
            attributes=list(resolved.attributes),
            variant_axes=list(resolved.variant_axes),
            only_listed=resolved.only_listed,
            own=(await self._queries.all_schemas()).get(category_id),
        )


def operations(*, use_cases: CategorySchemas, queries: SchemaQueries, exports: SchemaExports) -> tuple[Operation, ...]:
    """Return the operations of schemas."""
    handlers = SchemaOperations(use_cases=use_cases, queries=queries, exports=exports)
    return (*_keeping(handlers), *_exporting(handlers))


def _keeping(handlers: SchemaOperations) -> tuple[Operation, ...]:
    return (
        Operation(
            method="GET",
            path="/v1/categories/{category_id}/schema",
            name="get_category_schema",
            summary="Read what a category asks of its products, with what it inherits",
            description="The category `root` stands for all products.",
            tag=_TAG,
            roles=_READERS,
            handle=handlers.read,
            answer=SchemaView,
            errors=(CategoryUnknown,),
        ),
        Operation(
            method="PUT",
            path="/v1/categories/{category_id}/schema",
            name="write_category_schema",
            summary="Write what a category asks of its products",
            description="The whole schema of the category itself; what it inherits stays. Older versions are kept.",
            tag=_TAG,
            roles=OPERATOR,
            handle=handlers.write,
            body=SchemaBody,
            answer=SchemaView,
            errors=(CategoryUnknown, SchemaUnfit, SchemaChangedMeanwhile),
        ),
        Operation(
            method="GET",
            path="/v1/categories/{category_id}/schema/versions",
            name="list_category_schema_versions",
            summary="List the versions of a category's schema, the newest first",
            tag=_TAG,
            roles=OPERATOR,
            handle=handlers.versions,
            query=VersionsQuery,
            answer=SchemaVersions,
            errors=(CategoryUnknown,),
        ),
    )


def _exporting(handlers: SchemaOperations) -> tuple[Operation, ...]:
    return (
        Operation(
            method="GET",
            path="/v1/categories/{category_id}/json-schema",
            name="get_category_json_schema",
            summary="Get a category's schema as JSON Schema",
            description="It describes one entry of `submissions` of POST /v1/product-submissions.",
            tag=_TAG,
            roles=_READERS,
            handle=handlers.json_schema,
            answer=dict[str, Any],
            errors=(CategoryUnknown,),
        ),
        Operation(
            method="GET",
            path="/v1/categories/{category_id}/template",
            name="get_category_template",
            summary="Get a spreadsheet to fill in with products of a category",
            description="An .xlsx workbook; filled in, it can be sent as a feed as it is.",
            tag=_TAG,
            roles=_READERS,
            handle=handlers.template,
            answer=bytes,
            errors=(CategoryUnknown,),
        ),
    )
