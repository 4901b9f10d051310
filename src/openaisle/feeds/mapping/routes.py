"""The HTTP operations of mappings: what columns mean, and the preview of a feed's first rows."""

from __future__ import annotations

from typing import Annotated

import msgspec

from openaisle.feeds.mapping.fields import FIELDS, FieldFacts
from openaisle.feeds.mapping.model import (
    ColumnMapping,
    FeedMapping,
    MappingInvalid,
    MappingTransitionRefused,
    MappingUnknown,
    Origin,
    SupplierMapping,
)
from openaisle.feeds.mapping.preview import FeedPreviews, Preview, PreviewImpossible
from openaisle.feeds.mapping.queries import MappingPage, MappingQueries
from openaisle.feeds.mapping.use_cases import MappingUseCases
from openaisle.feeds.model import FeedUnknown
from openaisle.kernel.blobs import BlobMissing
from openaisle.kernel.context import Principal, Role, SupplierScope
from openaisle.kernel.errors import RequestInvalid
from openaisle.kernel.http import Answer, Operation, Request

_PATH = "/v1/feed-mappings"
_SUPPLIER_AND_OPERATOR = frozenset({Role.SUPPLIER, Role.OPERATOR})
_Header = Annotated[str, msgspec.Meta(max_length=200)]
_Field = Annotated[str, msgspec.Meta(max_length=100)]
_Text = Annotated[str, msgspec.Meta(max_length=500)]


class SupplierRequired(RequestInvalid):
    """The operator asked for mappings without saying of which supplier."""

    code = "supplier-required"
    title = "The list needs a supplier"
    mend = "Ask with supplier_id=sup_…"


class ColumnBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a column means: ``field`` null leaves it out. ``values`` maps cells, without regard to case."""

    header: _Header
    field: _Field | None = None
    unit: Annotated[str, msgspec.Meta(max_length=10)] | None = None
    unit_column: Annotated[int, msgspec.Meta(ge=0, le=10_000)] | None = None
    decimal_comma: bool | None = None
    values: Annotated[dict[_Text, _Text], msgspec.Meta(max_length=2_000)] = msgspec.field(default_factory=dict)


class MappingBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every column of the file means, in its order, and what holds for every row."""

    columns: Annotated[list[ColumnBody], msgspec.Meta(min_length=1, max_length=1_000)]
    constants: Annotated[dict[_Field, _Text], msgspec.Meta(max_length=100)] = msgspec.field(default_factory=dict)


class MappingListQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page of whose mappings."""

    supplier_id: Annotated[str, msgspec.Meta(max_length=60)] | None = None
    after: Annotated[str, msgspec.Meta(max_length=400)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50


class PreviewQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many rows are shown."""

    rows: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20


class FieldsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that a column can mean, besides ``attribute.`` and any name."""

    fields: tuple[FieldFacts, ...]


def mapping_of(*, body: MappingBody) -> FeedMapping:
    """Return the mapping that a body states."""
    columns = [
        ColumnMapping(
            header=one.header,
            field=one.field,
            confidence=1.0,
            origin=Origin.PERSON,
            unit=one.unit,
            unit_column=one.unit_column,
            decimal_comma=one.decimal_comma,
            values=one.values,
        )
        for one in body.columns
    ]
    return FeedMapping(columns=tuple(columns), constants=body.constants)


def operations(*, use_cases: MappingUseCases, queries: MappingQueries, previews: FeedPreviews) -> tuple[Operation, ...]:
    """Return the operations of mappings and previews."""
    return (
        *_reading(queries=queries),
        *_changing(use_cases=use_cases),
        *_previewing(use_cases=use_cases, previews=previews),
    )


def _scope(principal: Principal) -> SupplierScope | None:
    return SupplierScope(supplier_id=principal.subject_id) if principal.role is Role.SUPPLIER else None


def _reading(*, queries: MappingQueries) -> tuple[Operation, ...]:
    async def list_fields(_request: Request) -> Answer:
        return Answer(value=FieldsAnswer(fields=FIELDS))

    async def list_mappings(request: Request) -> Answer:
        query: MappingListQuery = request.query
        scope = _scope(request.principal)
        if scope is None:
            if query.supplier_id is None:
                raise SupplierRequired(detail="Mappings are listed by supplier.")
            scope = SupplierScope(supplier_id=query.supplier_id)
        return Answer(value=await queries.list_mappings(scope=scope, after=query.after, limit=query.limit))

    async def get_mapping(request: Request) -> Answer:
        found = await queries.mapping(scope=_scope(request.principal), mapping_id=request.path["mapping_id"])
        return Answer(value=found.record)

    return (
        Operation(
            method="GET",
            path="/v1/feed-mapping-fields",
            name="list_feed_mapping_fields",
            summary="List the fields that a feed's columns can mean, with their units",
            tag="Feeds",
            roles=_SUPPLIER_AND_OPERATOR,
            handle=list_fields,
            answer=FieldsAnswer,
        ),
        Operation(
            method="GET",
            path=_PATH,
            name="list_feed_mappings",
            summary="List a supplier's mappings, the last changed first",
            tag="Feeds",
            roles=_SUPPLIER_AND_OPERATOR,
            handle=list_mappings,
            query=MappingListQuery,
            answer=MappingPage,
            errors=(SupplierRequired,),
        ),
        Operation(
            method="GET",
            path=f"{_PATH}/{{mapping_id}}",
            name="get_feed_mapping",
            summary="Read what the columns of a supplier's files mean, and what is in doubt",
            tag="Feeds",
            roles=_SUPPLIER_AND_OPERATOR,
            handle=get_mapping,
            answer=SupplierMapping,
            errors=(MappingUnknown,),
        ),
    )


def _changing(*, use_cases: MappingUseCases) -> tuple[Operation, ...]:
    async def confirm_mapping(request: Request) -> Answer:
        confirmed = await use_cases.confirm(
            scope=_scope(request.principal),
            mapping_id=request.path["mapping_id"],
            mapping=mapping_of(body=request.body),
            context=request.context,
        )
        return Answer(value=confirmed)

    async def delete_mapping(request: Request) -> Answer:
        await use_cases.forget(
            scope=_scope(request.principal), mapping_id=request.path["mapping_id"], context=request.context
        )
        return Answer()

    return (
        Operation(
            method="PUT",
            path=f"{_PATH}/{{mapping_id}}",
            name="confirm_feed_mapping",
            summary="Say what the columns mean; feeds that waited for it go on",
            tag="Feeds",
            roles=_SUPPLIER_AND_OPERATOR,
            handle=confirm_mapping,
            body=MappingBody,
            answer=SupplierMapping,
            errors=(MappingUnknown, MappingInvalid, MappingTransitionRefused),
        ),
        Operation(
            method="DELETE",
            path=f"{_PATH}/{{mapping_id}}",
            name="delete_feed_mapping",
            summary="Forget a mapping; the next feed with these columns is guessed anew",
            tag="Feeds",
            roles=_SUPPLIER_AND_OPERATOR,
            handle=delete_mapping,
            status=204,
            errors=(MappingUnknown, MappingTransitionRefused),
        ),
    )


def _previewing(*, use_cases: MappingUseCases, previews: FeedPreviews) -> tuple[Operation, ...]:
    async def preview_feed(request: Request) -> Answer:
        return await _previewed(previews=previews, request=request, mapping=None)

    async def try_mapping(request: Request) -> Answer:
        return await _previewed(previews=previews, request=request, mapping=mapping_of(body=request.body))

    async def confirm_feed(request: Request) -> Answer:
        confirmed = await use_cases.confirm_for_feed(
            scope=_scope(request.principal),
            feed_id=request.path["feed_id"],
            mapping=mapping_of(body=request.body),
            context=request.context,
        )
        return Answer(value=confirmed)

    errors = (FeedUnknown, MappingInvalid, PreviewImpossible, BlobMissing)
    return (
        Operation(
            method="GET",
            path="/v1/feeds/{feed_id}/preview",
            name="preview_feed",
            summary="See a feed's first rows as they are mapped and judged; nothing is applied",
            tag="Feeds",
            roles=_SUPPLIER_AND_OPERATOR,
            handle=preview_feed,
            query=PreviewQuery,
            answer=Preview,
            errors=errors,
        ),
        Operation(
            method="POST",
            path="/v1/feeds/{feed_id}/preview",
            name="try_feed_mapping",
            summary="See a feed's first rows as another mapping would read them; nothing is kept",
            tag="Feeds",
            roles=_SUPPLIER_AND_OPERATOR,
            handle=try_mapping,
            query=PreviewQuery,
            body=MappingBody,
            answer=Preview,
            errors=errors,
        ),
        Operation(
            method="PUT",
            path="/v1/feeds/{feed_id}/mapping",
            name="confirm_mapping_of_feed",
            summary="Say what the columns of a held feed mean; it goes on at once",
            tag="Feeds",
            roles=_SUPPLIER_AND_OPERATOR,
            handle=confirm_feed,
            body=MappingBody,
            answer=SupplierMapping,
            errors=(FeedUnknown, MappingUnknown, MappingInvalid, MappingTransitionRefused),
        ),
    )


async def _previewed(*, previews: FeedPreviews, request: Request, mapping: FeedMapping | None) -> Answer:
    query: PreviewQuery = request.query
    made = await previews.preview(
        scope=_scope(request.principal),
        feed_id=request.path["feed_id"],
        mapping=mapping,
        rows=query.rows,
        context=request.context,
    )
    return Answer(value=made)
