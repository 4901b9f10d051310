"""The forms of a supplier's life: notice, verification again, documents, and what is masked."""

from __future__ import annotations

from starlette.responses import Response

from openaisle.entrypoints.console.pages.suppliers import SupplierPages, done_href, reason_of
from openaisle.entrypoints.console.views.supplier_life import Revealed
from openaisle.entrypoints.console.visits import FieldMissing, Visit
from openaisle.kernel.errors import NotFound, OpenAisleError
from openaisle.people.audit import AuditEntry, AuditTrail
from openaisle.suppliers.application_routes import downloaded
from openaisle.suppliers.documents import SupplierDocuments
from openaisle.suppliers.life import SupplierLife
from openaisle.suppliers.model import ImmediateGround, SupplierTransitionRefused
from openaisle.suppliers.revealing import RevealedField, Revealing

# Which form of the page a problem is shown in.
_LEAVING, _REVERIFICATION, _DOCUMENTS, _MASKED = "leaving", "reverification", "documents", "masked"
_LATEST_ENTRIES = 20


class FieldUnknown(NotFound):
    """Nothing of that name is kept masked."""

    code = "field-unknown"
    title = "There is no such field"


class SupplierLifePages:
    """The forms on a supplier's page beside those of its standing."""

    def __init__(
        self,
        *,
        pages: SupplierPages,
        life: SupplierLife,
        documents: SupplierDocuments,
        revealing: Revealing,
        audit: AuditTrail,
    ) -> None:
        """Take what shows the page, the use cases, and the audit trail that tells who looked."""
        self._pages = pages
        self._life = life
        self._documents = documents
        self._revealing = revealing
        self._audit = audit

    async def give_notice(self, visit: Visit) -> Response:
        """Give a supplier notice, or part with it at once on a ground of the law."""
        supplier_id = visit.path(name="supplier_id")
        try:
            ground = _ground_of(visit)
            await self._life.give_notice(
                supplier_id=supplier_id, reason=reason_of(visit), immediate_ground=ground, context=visit.context
            )
        except OpenAisleError as error:
            return await self._pages.shown(visit, problem=error, problem_at=_LEAVING)
        return visit.sent_on(href=done_href(supplier_id=supplier_id, done="left" if ground else "notice"))

    async def withdraw_notice(self, visit: Visit) -> Response:
        """Let a supplier stay that was given notice."""
        supplier_id = visit.path(name="supplier_id")
        try:
            await self._life.withdraw_notice(supplier_id=supplier_id, reason=reason_of(visit), context=visit.context)
        except OpenAisleError as error:
            return await self._pages.shown(visit, problem=error, problem_at=_LEAVING)
        return visit.sent_on(href=done_href(supplier_id=supplier_id, done="notice-withdrawn"))

    async def reverify(self, visit: Visit) -> Response:
        """Verify a supplier again as it is."""
        supplier_id = visit.path(name="supplier_id")
        try:
            started = await self._life.reverify(
                supplier_ids=[supplier_id], reason=reason_of(visit), context=visit.context
            )
            if not started:
                raise SupplierTransitionRefused(detail="It is being verified already, was never verified, or has left.")
        except OpenAisleError as error:
            return await self._pages.shown(visit, problem=error, problem_at=_REVERIFICATION)
        return visit.sent_on(href=done_href(supplier_id=supplier_id, done="reverifying"))

    async def reveal(self, visit: Visit) -> Response:
        """Show a masked field in clear, with the entry that says who saw it."""
        name = visit.path(name="field")
        if name not in set(RevealedField):
            raise FieldUnknown(detail=f"Nothing is kept masked as {name[:40]!r}.")
        field = RevealedField(name)
        try:
            values = await self._revealing.reveal(
                supplier_id=visit.path(name="supplier_id"), field=field, context=visit.context
            )
        except OpenAisleError as error:
            return await self._pages.shown(visit, problem=error, problem_at=_MASKED)
        revealed = Revealed(field=field, values=values, entry=await self._entry(visit))
        return await self._pages.shown(visit, revealed=revealed)

    async def download(self, visit: Visit) -> Response:
        """Hand out a document, as an attachment."""
        document = await self._documents.one(
            supplier_id=visit.path(name="supplier_id"), document_id=visit.path(name="document_id")
        )
        answer = downloaded(document=document, content=await self._documents.content(document=document))
        return Response(answer.raw, media_type=answer.media_type, headers=dict(answer.headers))

    async def remove_document(self, visit: Visit) -> Response:
        """Remove a document that no verification relied on."""
        supplier_id = visit.path(name="supplier_id")
        try:
            await self._documents.remove(
                supplier_id=supplier_id, document_id=visit.path(name="document_id"), context=visit.context
            )
        except OpenAisleError as error:
            return await self._pages.shown(visit, problem=error, problem_at=_DOCUMENTS)
        return visit.sent_on(href=done_href(supplier_id=supplier_id, done="document-removed"))

    async def _entry(self, visit: Visit) -> AuditEntry | None:
        latest = await self._audit.listed(user_id=visit.session.user_id, limit=_LATEST_ENTRIES)
        return next((one for one in latest.entries if one.correlation_id == visit.correlation_id), None)


def _ground_of(visit: Visit) -> ImmediateGround | None:
    ground = visit.form.get("immediate_ground", "")
    if ground and ground not in set(ImmediateGround):
        raise FieldMissing(detail="That is none of the grounds.")
    return ImmediateGround(ground) if ground else None
