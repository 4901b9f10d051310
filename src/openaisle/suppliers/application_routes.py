"""The HTTP operations of applications in steps, of documents, and of a supplier's leaving."""

from __future__ import annotations

import msgspec

from openaisle.kernel.blobs import BlobMissing, BlobTooLarge
from openaisle.kernel.context import Role, SupplierScope
from openaisle.kernel.errors import RequestInvalid
from openaisle.kernel.http import ANYONE, OPERATOR, Answer, Operation, Request
from openaisle.kernel.permissions import Permission
from openaisle.suppliers.application_use_cases import Applications, FieldElsewhere
from openaisle.suppliers.bodies import (
    AmendmentBody,
    AnswerBody,
    DocumentQuery,
    DraftBody,
    OffboardingBody,
    ReasonBody,
    changes_of,
)
from openaisle.suppliers.documents import (
    BYTES_MAXIMUM,
    MEDIA_TYPES,
    DocumentKept,
    DocumentMissing,
    DocumentsTooMany,
    DocumentTypeWrong,
    SupplierDocuments,
    Upload,
)
from openaisle.suppliers.dossier import SupplierDocument
from openaisle.suppliers.facts import FactInvalid
from openaisle.suppliers.life import SupplierLife
from openaisle.suppliers.missing import ApplicationIncomplete, Missing
from openaisle.suppliers.model import SupplierMissing, SupplierTransitionRefused
from openaisle.suppliers.queries import SupplierQueries
from openaisle.suppliers.requirements import Section
from openaisle.suppliers.routes import OPERATOR_OR_SUPPLIER, ApplicationReceipt, own_or_any
from openaisle.suppliers.views import DocumentView, SupplierView, document_view

_TAG = "Suppliers"


class SectionUnknown(RequestInvalid):
    """An application has no section of that name."""

    code = "section-unknown"
    title = "There is no such section"
    mend = f"Name one of {', '.join(Section)}."


class MissingList(msgspec.Struct, frozen=True, kw_only=True):
    """What an application lacks; it can be handed in once nothing ``needed`` is among it."""

    supplier_id: str
    can_be_submitted: bool
    missing: tuple[Missing, ...]


class DocumentList(msgspec.Struct, frozen=True, kw_only=True):
    """A supplier's documents, the oldest first."""

    documents: tuple[DocumentView, ...]


class ApplicationOperations:
    """The operations, one method each."""

    def __init__(
        self,
        *,
        applications: Applications,
        documents: SupplierDocuments,
        life: SupplierLife,
        queries: SupplierQueries,
    ) -> None:
        """Take the use cases and queries."""
        self._applications = applications
        self._documents = documents
        self._life = life
        self._queries = queries

    async def begin(self, request: Request) -> Answer:
        """Begin an application."""
        body: DraftBody = request.body
        applicant = await self._applications.begin(
            email=body.email, business_model=body.business_model, context=request.context
        )
        supplier = applicant.supplier
        return Answer(
            value=ApplicationReceipt(supplier_id=supplier.supplier_id, state=supplier.state, api_key=applicant.api_key)
        )

    async def fill_in(self, request: Request) -> Answer:
        """Fill in a section."""
        body: AmendmentBody = request.body
        supplier_id = own_or_any(request)
        await self._applications.fill_in(
            supplier_id=supplier_id,
            section=_section(request.path["section"]),
            changes=changes_of(body=body, context=request.context),
            context=request.context,
        )
        return await self._missing_list(supplier_id)

    async def missing(self, request: Request) -> Answer:
        """Tell what is missing."""
        return await self._missing_list(own_or_any(request))

    async def submit(self, request: Request) -> Answer:
        """Hand a draft in."""
        supplier_id = own_or_any(request)
        await self._applications.submit(supplier_id=supplier_id, context=request.context)
        return await self._view(request)

    async def answer(self, request: Request) -> Answer:
        """Answer questions."""
        body: AnswerBody = request.body
        await self._applications.answer(supplier_id=own_or_any(request), answer=body.answer, context=request.context)
        return await self._view(request)

    async def add_document(self, request: Request) -> Answer:
        """Keep a document."""
        wanted: DocumentQuery = request.query
        if request.chunks is None:
            raise DocumentTypeWrong(detail="The request has no body.")
        upload = Upload(
            kind=wanted.kind,
            file_name=wanted.file_name,
            media_type=request.headers.get("content-type", "").partition(";")[0].strip().lower(),
            issued_on=wanted.issued_on,
            expires_on=wanted.expires_on,
        )
        document = await self._documents.add(
            supplier_id=own_or_any(request), upload=upload, chunks=request.chunks, context=request.context
        )
        return Answer(value=document_view(document=document))

    async def list_documents(self, request: Request) -> Answer:
        """List documents."""
        documents = await self._documents.listed(supplier_id=own_or_any(request))
        return Answer(value=DocumentList(documents=tuple(document_view(document=one) for one in documents)))

    async def download(self, request: Request) -> Answer:
        """Read a document."""
        document = await self._documents.one(supplier_id=own_or_any(request), document_id=request.path["document_id"])
        return downloaded(document=document, content=await self._documents.content(document=document))

    async def remove_document(self, request: Request) -> Answer:
        """Remove a document."""
        await self._documents.remove(
            supplier_id=own_or_any(request), document_id=request.path["document_id"], context=request.context
        )
        return Answer(status=204)

    async def give_notice(self, request: Request) -> Answer:
        """Announce that a supplier leaves."""
        body: OffboardingBody = request.body
        await self._life.give_notice(
            supplier_id=request.path["supplier_id"],
            reason=body.reason,
            immediate_ground=body.immediate_ground,
            context=request.context,
        )
        return await self._view(request)

    async def withdraw_notice(self, request: Request) -> Answer:
        """Let a supplier stay."""
        body: ReasonBody = request.body
        await self._life.withdraw_notice(
            supplier_id=request.path["supplier_id"], reason=body.reason, context=request.context
        )
        return await self._view(request)

    async def reverify(self, request: Request) -> Answer:
        """Verify a supplier again as it is."""
        body: ReasonBody = request.body
        await self._life.reverify(
            supplier_ids=[request.path["supplier_id"]], reason=body.reason, context=request.context
        )
        return await self._view(request)

    async def _missing_list(self, supplier_id: str) -> Answer:
        missing = await self._applications.missing(supplier_id=supplier_id)
        ready = not any(one.needed for one in missing)
        return Answer(value=MissingList(supplier_id=supplier_id, can_be_submitted=ready, missing=missing))

    async def _view(self, request: Request) -> Answer:
        supplier_id, at = own_or_any(request), request.context.at
        if request.principal.role is Role.SUPPLIER:
            return Answer(value=await self._queries.own(scope=SupplierScope(supplier_id=supplier_id), at=at))
        return Answer(value=await self._queries.supplier(supplier_id=supplier_id, at=at))


def application_operations(
    *, applications: Applications, documents: SupplierDocuments, life: SupplierLife, queries: SupplierQueries
) -> tuple[Operation, ...]:
    """Return the operations."""
    handlers = ApplicationOperations(applications=applications, documents=documents, life=life, queries=queries)
    return (*_step_operations(handlers), *_document_operations(handlers), *_leaving_operations(handlers))


def downloaded(*, document: SupplierDocument, content: bytes) -> Answer:
    """Return a document as an attachment, so that no browser runs what may be in it."""
    name = "".join(one if one.isascii() and (one.isalnum() or one in "-_. ") else "_" for one in document.file_name)
    return Answer(
        raw=content,
        media_type=document.media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Security-Policy": "sandbox",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _step_operations(handlers: ApplicationOperations) -> tuple[Operation, ...]:
    return (
        Operation(
            method="POST",
            path="/v1/supplier-applications/drafts",
            name="begin_supplier_application",
            summary="Begin an application that is filled in step by step",
            description="The answer holds the API key with which it is gone on with; it is told only this once.",
            tag=_TAG,
            roles=ANYONE,
            rate_limited=True,
            handle=handlers.begin,
            body=DraftBody,
            answer=ApplicationReceipt,
            status=201,
        ),
        Operation(
            method="PUT",
            path="/v1/supplier-applications/{supplier_id}/sections/{section}",
            name="fill_in_application_section",
            summary="Fill in one section of an application",
            description=f"Sections are {', '.join(Section)}. What a section does not name stays as it is.",
            tag=_TAG,
            roles=OPERATOR_OR_SUPPLIER,
            handle=handlers.fill_in,
            body=AmendmentBody,
            answer=MissingList,
            errors=(SupplierMissing, SupplierTransitionRefused, FactInvalid, FieldElsewhere, SectionUnknown),
        ),
        Operation(
            method="GET",
            path="/v1/supplier-applications/{supplier_id}/missing",
            name="list_missing_facts",
            summary="List what a supplier has not told yet",
            tag=_TAG,
            roles=OPERATOR_OR_SUPPLIER,
            handle=handlers.missing,
            answer=MissingList,
            errors=(SupplierMissing,),
        ),
        Operation(
            method="POST",
            path="/v1/supplier-applications/{supplier_id}/submission",
            name="submit_supplier_application",
            summary="Hand an application in; its verification starts",
            tag=_TAG,
            roles=OPERATOR_OR_SUPPLIER,
            handle=handlers.submit,
            answer=SupplierView,
            status=202,
            errors=(SupplierMissing, SupplierTransitionRefused, ApplicationIncomplete),
        ),
        Operation(
            method="POST",
            path="/v1/suppliers/{supplier_id}/answers",
            name="answer_reviewer",
            summary="Answer a reviewer's questions; the supplier is verified again",
            tag=_TAG,
            roles=OPERATOR_OR_SUPPLIER,
            handle=handlers.answer,
            body=AnswerBody,
            answer=SupplierView,
            status=202,
            errors=(SupplierMissing, SupplierTransitionRefused),
        ),
    )


def _document_operations(handlers: ApplicationOperations) -> tuple[Operation, ...]:
    path = "/v1/suppliers/{supplier_id}/documents"
    return (
        Operation(
            method="POST",
            path=path,
            name="add_supplier_document",
            summary="Hand in a document",
            description="The file is the body, of at most 10 MB; it is kept encrypted.",
            tag=_TAG,
            roles=OPERATOR_OR_SUPPLIER,
            handle=handlers.add_document,
            query=DocumentQuery,
            answer=DocumentView,
            status=201,
            errors=(SupplierMissing, DocumentTypeWrong, DocumentsTooMany, BlobTooLarge),
            file_media_types=MEDIA_TYPES,
            maximum_body_bytes=BYTES_MAXIMUM,
        ),
        Operation(
            method="GET",
            path=path,
            name="list_supplier_documents",
            summary="List a supplier's documents",
            tag=_TAG,
            roles=OPERATOR_OR_SUPPLIER,
            handle=handlers.list_documents,
            answer=DocumentList,
            errors=(SupplierMissing,),
        ),
        Operation(
            method="GET",
            path=f"{path}/{{document_id}}",
            name="download_supplier_document",
            summary="Download a document",
            tag=_TAG,
            roles=OPERATOR_OR_SUPPLIER,
            handle=handlers.download,
            answer=bytes,
            # Documents hold what identifies people, which not everybody who may read needs to see.
            permission=Permission.SUPPLIERS_CHANGE,
            errors=(SupplierMissing, DocumentMissing, BlobMissing),
        ),
        Operation(
            method="DELETE",
            path=f"{path}/{{document_id}}",
            name="remove_supplier_document",
            summary="Remove a document before the supplier is verified",
            tag=_TAG,
            roles=OPERATOR_OR_SUPPLIER,
            handle=handlers.remove_document,
            status=204,
            errors=(SupplierMissing, DocumentMissing, DocumentKept),
        ),
    )


def _leaving_operations(handlers: ApplicationOperations) -> tuple[Operation, ...]:
    refusals = (SupplierMissing, SupplierTransitionRefused)
    return (
        Operation(
            method="POST",
            path="/v1/suppliers/{supplier_id}/offboarding",
            name="offboard_supplier",
            summary="Give a supplier notice, or part with it at once on a ground of the law",
            description="Notice is 30 days (Regulation (EU) 2019/1150, Article 4). Its open orders are finished.",
            tag=_TAG,
            roles=OPERATOR,
            handle=handlers.give_notice,
            body=OffboardingBody,
            answer=SupplierView,
            errors=refusals,
        ),
        Operation(
            method="POST",
            path="/v1/suppliers/{supplier_id}/offboarding-withdrawal",
            name="withdraw_offboarding",
            summary="Let a supplier stay that was given notice",
            tag=_TAG,
            roles=OPERATOR,
            handle=handlers.withdraw_notice,
            body=ReasonBody,
            answer=SupplierView,
            errors=refusals,
        ),
        Operation(
            method="POST",
            path="/v1/suppliers/{supplier_id}/reverification",
            name="reverify_supplier",
            summary="Verify a supplier again as it is",
            tag=_TAG,
            roles=OPERATOR,
            handle=handlers.reverify,
            body=ReasonBody,
            answer=SupplierView,
            errors=(SupplierMissing,),
        ),
    )


def _section(name: str) -> Section:
    if name not in set(Section):
        raise SectionUnknown(detail=f"There is no section {name[:40]!r}.")
    return Section(name)
