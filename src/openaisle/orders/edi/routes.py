"""The HTTP operations of X12: what would travel through the exchange folder, and what is known of it."""

from __future__ import annotations

from typing import Annotated

import msgspec

from openaisle.kernel.blobs import BlobMissing
from openaisle.kernel.context import Role, SupplierScope
from openaisle.kernel.errors import Finding
from openaisle.kernel.http import Answer, Operation, Request
from openaisle.kernel.permissions import Permission
from openaisle.orders.edi.invoices_in import SupplierInvoice
from openaisle.orders.edi.model import InterchangeUnknown, PartnerUnknown, SupplierInvoiceUnknown
from openaisle.orders.edi.queries import (
    EdiQueries,
    InterchangePage,
    InterchangeView,
    SupplierInvoicePage,
    interchange_view,
)
from openaisle.orders.edi.receiving import EdiReceiver
from openaisle.orders.edi.syntax import BYTES_MAXIMUM, X12Unreadable
from openaisle.orders.purchase_order_routes import SUPPLIER_OR_OPERATOR, Cursor, Limit, SupplierMissingInQuery

_TAG = "Purchase orders"
MEDIA_TYPE = "application/edi-x12"


class EdiListQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page of whose; ``supplier_id`` is the operator's to choose."""

    supplier_id: Annotated[str, msgspec.Meta(max_length=60)] | None = None
    after: Cursor | None = None
    limit: Limit = 100


class EdiFileQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose file it is; ``supplier_id`` is the operator's to choose."""

    supplier_id: Annotated[str, msgspec.Meta(max_length=60)] | None = None


class TakenInterchange(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one interchange of a file; ``repeated``: it had been taken in before, nothing changed."""

    repeated: bool
    interchange: InterchangeView


class EdiFileAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file; ``findings`` are about what stood between its interchanges."""

    interchanges: list[TakenInterchange]
    findings: list[str]


def edi_operations(*, receiver: EdiReceiver, queries: EdiQueries) -> tuple[Operation, ...]:
    """Return the operations of interchanges and invoices."""
    return (_sending(receiver=receiver), *_interchanges(queries=queries), *_invoices(queries=queries))


def _sending(*, receiver: EdiReceiver) -> Operation:
    async def send_edi_interchange(request: Request) -> Answer:
        query: EdiFileQuery = request.query
        scope = _scope(request, query.supplier_id)
        content = b"" if request.chunks is None else b"".join([chunk async for chunk in request.chunks])
        received, findings = await receiver.receive(
            supplier_id=scope.supplier_id, name="sent by API", content=content, context=request.context
        )
        taken = [
            TakenInterchange(repeated=one.repeated, interchange=interchange_view(interchange=one.interchange))
            for one in received
        ]
        return Answer(value=EdiFileAnswer(interchanges=taken, findings=list(findings)))

    return Operation(
        method="POST",
        path="/v1/edi-interchanges",
        name="send_edi_interchange",
        summary="Send a file of X12 interchanges",
        description="As if it were left in the exchange folder: 855, 856, 846, 810 and 997, each document for itself.",
        tag=_TAG,
        roles=SUPPLIER_OR_OPERATOR,
        handle=send_edi_interchange,
        query=EdiFileQuery,
        answer=EdiFileAnswer,
        errors=(X12Unreadable, PartnerUnknown, SupplierMissingInQuery),
        file_media_types=(MEDIA_TYPE,),
        maximum_body_bytes=BYTES_MAXIMUM,
    )


def _interchanges(*, queries: EdiQueries) -> tuple[Operation, ...]:
    async def list_edi_interchanges(request: Request) -> Answer:
        query: EdiListQuery = request.query
        scope = _scope(request, query.supplier_id)
        return Answer(value=await queries.interchanges(scope=scope, after=query.after, limit=query.limit))

    async def get_edi_interchange(request: Request) -> Answer:
        found = await queries.interchange(interchange_id=request.path["interchange_id"], scope=_own(request))
        return Answer(value=found)

    async def download_edi_interchange(request: Request) -> Answer:
        name, text = await queries.text(interchange_id=request.path["interchange_id"], scope=_own(request))
        headers = {"content-disposition": f'attachment; filename="{_file_name(name)}"'}
        return Answer(raw=text.encode(), media_type=MEDIA_TYPE, headers=headers)

    return (
        Operation(
            method="GET",
            path="/v1/edi-interchanges",
            name="list_edi_interchanges",
            summary="List X12 interchanges with a supplier, both ways",
            tag=_TAG,
            roles=SUPPLIER_OR_OPERATOR,
            handle=list_edi_interchanges,
            query=EdiListQuery,
            answer=InterchangePage,
            errors=(SupplierMissingInQuery,),
        ),
        Operation(
            method="GET",
            path="/v1/edi-interchanges/{interchange_id}",
            name="get_edi_interchange",
            summary="Read what became of an X12 interchange",
            tag=_TAG,
            roles=SUPPLIER_OR_OPERATOR,
            handle=get_edi_interchange,
            answer=InterchangeView,
            errors=(InterchangeUnknown,),
        ),
        Operation(
            method="GET",
            path="/v1/edi-interchanges/{interchange_id}/text",
            name="download_edi_interchange",
            summary="Fetch the text of an X12 interchange",
            description="Kept for 30 days. It may name shoppers, so it is for those who handle orders.",
            tag=_TAG,
            roles=SUPPLIER_OR_OPERATOR,
            handle=download_edi_interchange,
            answer=bytes,
            permission=Permission.ORDERS_CHANGE,
            errors=(InterchangeUnknown, BlobMissing),
        ),
    )


def _invoices(*, queries: EdiQueries) -> tuple[Operation, ...]:
    async def list_supplier_invoices(request: Request) -> Answer:
        query: EdiListQuery = request.query
        scope = _scope(request, query.supplier_id)
        return Answer(value=await queries.invoices(scope=scope, after=query.after, limit=query.limit))

    async def get_supplier_invoice(request: Request) -> Answer:
        return Answer(value=await queries.invoice(invoice_id=request.path["invoice_id"], scope=_own(request)))

    return (
        Operation(
            method="GET",
            path="/v1/supplier-invoices",
            name="list_supplier_invoices",
            summary="List what a supplier billed",
            description="Invoices move no money; their findings name what differs from what was ordered and shipped.",
            tag=_TAG,
            roles=SUPPLIER_OR_OPERATOR,
            handle=list_supplier_invoices,
            query=EdiListQuery,
            answer=SupplierInvoicePage,
            errors=(SupplierMissingInQuery,),
        ),
        Operation(
            method="GET",
            path="/v1/supplier-invoices/{invoice_id}",
            name="get_supplier_invoice",
            summary="Read an invoice and what differs",
            tag=_TAG,
            roles=SUPPLIER_OR_OPERATOR,
            handle=get_supplier_invoice,
            answer=SupplierInvoice,
            errors=(SupplierInvoiceUnknown,),
        ),
    )


def _scope(request: Request, supplier_id: str | None) -> SupplierScope:
    """Return whose it is: a supplier's own, or whose the operator says; raises SupplierMissingInQuery."""
    own = _own(request)
    if own is not None:
        return own
    if supplier_id is None:
        finding = Finding(pointer="supplier_id", detail="missing", code="missing")
        raise SupplierMissingInQuery(detail="supplier_id is missing.", findings=(finding,))
    return SupplierScope(supplier_id=supplier_id)


def _own(request: Request) -> SupplierScope | None:
    principal = request.principal
    return None if principal.role is Role.OPERATOR else SupplierScope(supplier_id=principal.subject_id)


def _file_name(name: str) -> str:
    return "".join(one for one in name if one.isascii() and (one.isalnum() or one in "._-"))[:100] or "interchange"
