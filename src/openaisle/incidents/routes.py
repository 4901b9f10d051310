"""The HTTP operations of incidents."""

from __future__ import annotations

from typing import Annotated

import msgspec

from openaisle.incidents.attachments import Attachments, FileFacts
from openaisle.incidents.commands import NewIncident, NewMessage, Objection, Settlement
from openaisle.incidents.model import (
    ATTACHMENT_BYTES_MAXIMUM,
    Attachment,
    AttachmentTypeWrong,
    AttachmentUnknown,
    Audience,
    AudienceWrong,
    IncidentFull,
    IncidentReferenceReused,
    IncidentRefused,
    IncidentSettled,
    IncidentUnknown,
    ResolutionInvalid,
)
from openaisle.incidents.queries import IncidentQueries
from openaisle.incidents.use_cases import Incidents
from openaisle.incidents.views import (
    AttachmentView,
    IncidentPage,
    IncidentSummary,
    IncidentView,
    attachment_view,
    incident_summary,
)
from openaisle.kernel.blobs import BlobMissing, BlobTooLarge
from openaisle.kernel.context import Role
from openaisle.kernel.errors import ChangedMeanwhile, OpenAisleError
from openaisle.kernel.http import Answer, Operation, Request
from openaisle.kernel.permissions import Permission
from openaisle.kernel.texts import END
from openaisle.orders.model import OrderUnknown
from openaisle.orders.purchase_order import PurchaseOrderUnknown

_TAG = "Incidents"
_STOREFRONT_OR_OPERATOR = frozenset({Role.STOREFRONT, Role.OPERATOR})
_EVERY_PARTY = frozenset({Role.STOREFRONT, Role.SUPPLIER, Role.OPERATOR})
_MEDIA_TYPES = ("image/jpeg", "image/png", "image/webp", "application/pdf")
_PATH = "/v1/incidents/{incident_id}"

_Cursor = Annotated[str, msgspec.Meta(max_length=400)]
_PartyId = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
_FileName = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=rf"^[^\x00-\x1f/\\]+{END}")]


class IncidentListQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page of which incidents; ``supplier_id`` and ``storefront_id`` are the operator's to choose."""

    supplier_id: _PartyId | None = None
    storefront_id: _PartyId | None = None
    after: _Cursor | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 100


class AttachmentQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is told of a file."""

    file_name: _FileName
    audience: Audience = Audience.EVERYONE


def operations(
    *,
    incidents: Incidents,
    attachments: Attachments,
    queries: IncidentQueries,
    refund_errors: tuple[type[OpenAisleError], ...],
) -> tuple[Operation, ...]:
    """Return the operations of incidents; ``refund_errors`` are those of whoever makes the refunds."""
    return (
        *_opening(incidents=incidents),
        *_reading(queries=queries),
        *_talking(incidents=incidents),
        _settling(incidents=incidents, refund_errors=refund_errors),
        *_files(attachments=attachments),
    )


def _opening(*, incidents: Incidents) -> tuple[Operation, ...]:
    async def open_incident(request: Request) -> Answer:
        made = await incidents.open(order_id=request.path["order_id"], wanted=request.body, context=request.context)
        return Answer(value=incident_summary(made))

    return (
        Operation(
            method="POST",
            path="/v1/orders/{order_id}/incidents",
            name="open_incident",
            summary="Tell that something went wrong with an order",
            description=(
                "The storefront speaks for its shopper; a supplier names its purchase_order_id. The reference is the"
                " caller's own; repeated with the same content the answer is the same incident."
            ),
            tag=_TAG,
            roles=_EVERY_PARTY,
            handle=open_incident,
            body=NewIncident,
            answer=IncidentSummary,
            errors=(OrderUnknown, PurchaseOrderUnknown, IncidentReferenceReused, IncidentFull, ChangedMeanwhile),
        ),
    )


def _reading(*, queries: IncidentQueries) -> tuple[Operation, ...]:
    async def get_order_incidents(request: Request) -> Answer:
        return Answer(value=await queries.of_order(order_id=request.path["order_id"], principal=request.principal))

    async def list_incidents(request: Request) -> Answer:
        query: IncidentListQuery = request.query
        principal, after, limit = request.principal, query.after, query.limit
        supplier_id = principal.subject_id if principal.role is Role.SUPPLIER else query.supplier_id
        if principal.role is Role.STOREFRONT:
            page = await queries.of_storefront(storefront_id=principal.subject_id, after=after, limit=limit)
        elif supplier_id is not None:
            page = await queries.of_supplier(supplier_id=supplier_id, after=after, limit=limit)
        elif query.storefront_id is not None:
            page = await queries.of_storefront(storefront_id=query.storefront_id, after=after, limit=limit)
        else:
            page = await queries.due(after=after, limit=limit)
        return Answer(value=page)

    async def get_incident(request: Request) -> Answer:
        return Answer(value=await queries.one(incident_id=request.path["incident_id"], principal=request.principal))

    return (
        Operation(
            method="GET",
            path="/v1/orders/{order_id}/incidents",
            name="get_order_incidents",
            summary="List the incidents of an order",
            tag=_TAG,
            roles=_STOREFRONT_OR_OPERATOR,
            handle=get_order_incidents,
            answer=IncidentPage,
            errors=(OrderUnknown,),
        ),
        Operation(
            method="GET",
            path="/v1/incidents",
            name="list_incidents",
            summary="List incidents",
            description=(
                "A supplier and a storefront see their own, the newest first. The operator sees those in which"
                " something comes due, what comes first in front, or all of the supplier or storefront it names."
            ),
            tag=_TAG,
            roles=_EVERY_PARTY,
            handle=list_incidents,
            query=IncidentListQuery,
            answer=IncidentPage,
        ),
        Operation(
            method="GET",
            path=_PATH,
            name="get_incident",
            summary="Read an incident with its thread",
            description="E-mail addresses and telephone numbers that the other side wrote are hidden.",
            tag=_TAG,
            roles=_EVERY_PARTY,
            handle=get_incident,
            answer=IncidentView,
            errors=(IncidentUnknown,),
        ),
    )


def _talking(*, incidents: Incidents) -> tuple[Operation, ...]:
    async def add_incident_message(request: Request) -> Answer:
        made = await incidents.say(
            incident_id=request.path["incident_id"], wanted=request.body, context=request.context
        )
        return Answer(value=incident_summary(made))

    async def escalate_incident(request: Request) -> Answer:
        made = await incidents.escalate(
            incident_id=request.path["incident_id"], objection=request.body, context=request.context
        )
        return Answer(value=incident_summary(made))

    async def reopen_incident(request: Request) -> Answer:
        made = await incidents.reopen(
            incident_id=request.path["incident_id"], objection=request.body, context=request.context
        )
        return Answer(value=incident_summary(made))

    return (
        Operation(
            method="POST",
            path=f"{_PATH}/messages",
            name="add_incident_message",
            summary="Say something in an incident",
            description=(
                "The turn goes to whom it is for: everyone, only operator and supplier, or only operator and"
                " storefront; the operator also keeps notes for itself. The same message again changes nothing."
            ),
            tag=_TAG,
            roles=_EVERY_PARTY,
            handle=add_incident_message,
            body=NewMessage,
            answer=IncidentSummary,
            errors=(
                IncidentUnknown,
                AudienceWrong,
                IncidentReferenceReused,
                IncidentSettled,
                IncidentFull,
                IncidentRefused,
                ChangedMeanwhile,
            ),
        ),
        Operation(
            method="POST",
            path=f"{_PATH}/escalation",
            name="escalate_incident",
            summary="Ask the operator to decide",
            tag=_TAG,
            roles=_EVERY_PARTY,
            handle=escalate_incident,
            body=Objection,
            answer=IncidentSummary,
            errors=(IncidentUnknown, IncidentSettled, ChangedMeanwhile),
        ),
        Operation(
            method="POST",
            path=f"{_PATH}/reopening",
            name="reopen_incident",
            summary="Object to how an incident was settled",
            description="The operator looks at it again.",
            tag=_TAG,
            roles=_STOREFRONT_OR_OPERATOR,
            handle=reopen_incident,
            body=Objection,
            answer=IncidentSummary,
            errors=(IncidentUnknown, IncidentRefused, ChangedMeanwhile),
        ),
    )


def _settling(*, incidents: Incidents, refund_errors: tuple[type[OpenAisleError], ...]) -> Operation:
    async def resolve_incident(request: Request) -> Answer:
        settlement: Settlement = request.body
        if settlement.refund and request.principal.role is not Role.STOREFRONT:
            # Who may answer shoppers need not be allowed to give money away.
            request.principal.require(Permission.PAYMENTS_CHANGE)
        made = await incidents.resolve(
            incident_id=request.path["incident_id"], settlement=settlement, context=request.context
        )
        return Answer(value=incident_summary(made))

    return Operation(
        method="POST",
        path=f"{_PATH}/resolution",
        name="resolve_incident",
        summary="Settle an incident",
        description=(
            "A storefront may settle as answered or withdrawn, a supplier as answered or refunded, the operator in"
            " every way. A refund is at most what was paid; giving one needs the permission payments.change."
        ),
        tag=_TAG,
        roles=_EVERY_PARTY,
        handle=resolve_incident,
        body=Settlement,
        answer=IncidentSummary,
        errors=(
            IncidentUnknown,
            ResolutionInvalid,
            IncidentSettled,
            IncidentRefused,
            ChangedMeanwhile,
            *refund_errors,
        ),
    )


def _files(*, attachments: Attachments) -> tuple[Operation, ...]:
    async def add_incident_file(request: Request) -> Answer:
        query: AttachmentQuery = request.query
        assert request.chunks is not None
        facts = FileFacts(
            file_name=query.file_name,
            media_type=request.headers.get("content-type", "").partition(";")[0].strip().lower(),
            audience=query.audience,
        )
        added = await attachments.add(
            incident_id=request.path["incident_id"], facts=facts, chunks=request.chunks, context=request.context
        )
        return Answer(value=attachment_view(added))

    async def download_incident_file(request: Request) -> Answer:
        found, content = await attachments.one(
            incident_id=request.path["incident_id"],
            attachment_id=request.path["attachment_id"],
            principal=request.principal,
        )
        return downloaded(attachment=found, content=content)

    return (
        Operation(
            method="POST",
            path=f"{_PATH}/files",
            name="add_incident_file",
            summary="Hand in a picture or document of an incident",
            description="The file is the body, of at most 5 MB; it is kept encrypted.",
            tag=_TAG,
            roles=_EVERY_PARTY,
            handle=add_incident_file,
            query=AttachmentQuery,
            answer=AttachmentView,
            status=201,
            errors=(
                IncidentUnknown,
                AudienceWrong,
                AttachmentTypeWrong,
                IncidentSettled,
                IncidentFull,
                BlobTooLarge,
                ChangedMeanwhile,
            ),
            file_media_types=_MEDIA_TYPES,
            maximum_body_bytes=ATTACHMENT_BYTES_MAXIMUM,
        ),
        Operation(
            method="GET",
            path=f"{_PATH}/files/{{attachment_id}}",
            name="download_incident_file",
            summary="Read a file of an incident",
            tag=_TAG,
            roles=_EVERY_PARTY,
            handle=download_incident_file,
            answer=bytes,
            errors=(IncidentUnknown, AttachmentUnknown, BlobMissing),
        ),
    )


def downloaded(*, attachment: Attachment, content: bytes) -> Answer:
    """Return a file as an attachment, so that no browser runs what may be in it."""
    name = "".join(one if one.isascii() and (one.isalnum() or one in "-_. ") else "_" for one in attachment.file_name)
    return Answer(
        raw=content,
        media_type=attachment.media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Security-Policy": "sandbox",
            "X-Content-Type-Options": "nosniff",
        },
    )
