"""The pages of a supplier that signed in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Mapping
from dataclasses import dataclass
from datetime import date

from starlette.responses import RedirectResponse, Response

from openaisle.entrypoints.console.door import PageUnknown
from openaisle.entrypoints.portal.door import PortalVisit
from openaisle.entrypoints.portal.fields import STEPS, StepInvalid, read_step, row_positions, shown_values, step_of
from openaisle.kernel.errors import OpenAisleError
from openaisle.suppliers.application_routes import downloaded
from openaisle.suppliers.application_use_cases import Applications
from openaisle.suppliers.bodies import changes_of
from openaisle.suppliers.documents import BEFORE_VERIFICATION, MEDIA_TYPES, SupplierDocuments, Upload
from openaisle.suppliers.dossier import DocumentKind
from openaisle.suppliers.model import SupplierState
from openaisle.suppliers.queries import SupplierQueries
from openaisle.suppliers.terms.queries import TermsQueries
from openaisle.suppliers.use_cases import VERIFIED_STATES, Suppliers

_HOME = "/portal/"
_FILE_NAME_MAXIMUM = 200
_ANSWER_MAXIMUM = 2_000


@dataclass(frozen=True, kw_only=True)
class PortalRooms:
    """What the portal asks and calls."""

    suppliers: Suppliers
    queries: SupplierQueries
    applications: Applications
    documents: SupplierDocuments
    terms: TermsQueries


class PortalPages:
    """Status, steps, answers and documents."""

    def __init__(self, *, rooms: PortalRooms) -> None:
        """Take what is asked and called."""
        self._rooms = rooms

    async def status(self, visit: PortalVisit) -> Response:
        """Show where the supplier stands, what is missing and what was asked."""
        return await self._shown(visit)

    async def step(self, visit: PortalVisit) -> Response:
        """Show one step's form."""
        return await self._step_shown(visit)

    async def save_step(self, visit: PortalVisit) -> Response:
        """Save one step and lead to the next that lacks something."""
        step = step_of(name=str(visit.request.path_params["section"]))
        if step is None:
            raise PageUnknown(detail="There is no such step.")
        try:
            changes = changes_of(body=read_step(step=step, sent=visit.form), context=visit.context)
            # Birth dates are not drawn again, so a form without any leaves those that are known.
            if not any(name.endswith(".birth_date") and text for name, text in visit.form.items()):
                changes.pop("birth_dates", None)
            await self._change(visit, changes)
        except OpenAisleError as error:
            if error.status >= 500:
                raise
            return await self._step_shown(visit, problem=error)
        return RedirectResponse(f"{_HOME}?done=saved", status_code=303)

    async def submit(self, visit: PortalVisit) -> Response:
        """Hand the application in."""
        return await self._done(
            visit, "submitted", self._rooms.applications.submit(supplier_id=_own(visit), context=visit.context)
        )

    async def answer(self, visit: PortalVisit) -> Response:
        """Answer the questions."""
        answer = visit.form.get("answer", "").strip()
        if not 0 < len(answer) <= _ANSWER_MAXIMUM:
            problem = StepInvalid(detail=f"An answer has 1 to {_ANSWER_MAXIMUM} characters.")
            return await self._shown(visit, problem=problem)
        return await self._done(
            visit,
            "answered",
            self._rooms.applications.answer(supplier_id=_own(visit), answer=answer, context=visit.context),
        )

    async def add_document(self, visit: PortalVisit) -> Response:
        """Keep a document."""
        sent = visit.upload
        if sent is None:
            raise StepInvalid(detail="No file was sent.")
        try:
            upload = Upload(
                kind=DocumentKind(sent.fields.get("kind", "")),
                file_name=_plain(sent.file_name),
                media_type=sent.media_type,
                expires_on=date.fromisoformat(sent.fields["expires_on"]) if sent.fields.get("expires_on") else None,
            )
        except ValueError:
            return await self._shown(visit, problem=StepInvalid(detail="The kind or the date is not one."))

        async def content() -> AsyncIterator[bytes]:
            yield sent.content

        return await self._done(
            visit,
            "document",
            self._rooms.documents.add(supplier_id=_own(visit), upload=upload, chunks=content(), context=visit.context),
        )

    async def download(self, visit: PortalVisit) -> Response:
        """Hand out one of the supplier's own documents."""
        document = await self._rooms.documents.one(
            supplier_id=_own(visit), document_id=str(visit.request.path_params["document_id"])
        )
        answer = downloaded(document=document, content=await self._rooms.documents.content(document=document))
        return Response(answer.raw, media_type=answer.media_type, headers=dict(answer.headers))

    async def remove_document(self, visit: PortalVisit) -> Response:
        """Remove one of the supplier's own documents."""
        return await self._done(
            visit,
            "removed",
            self._rooms.documents.remove(
                supplier_id=_own(visit),
                document_id=str(visit.request.path_params["document_id"]),
                context=visit.context,
            ),
        )

    async def _change(self, visit: PortalVisit, changes: Mapping[str, object]) -> None:
        view = await self._rooms.queries.own(scope=visit.scope, at=visit.now)
        change = self._rooms.suppliers.revise if view.state in VERIFIED_STATES else self._rooms.suppliers.amend
        await change(supplier_id=_own(visit), changes=changes, context=visit.context)

    async def _done(self, visit: PortalVisit, done: str, doing: Awaitable[object]) -> Response:
        try:
            await doing
        except OpenAisleError as error:
            if error.status >= 500:
                raise
            return await self._shown(visit, problem=error)
        return RedirectResponse(f"{_HOME}?done={done}", status_code=303)

    async def _shown(self, visit: PortalVisit, problem: OpenAisleError | None = None) -> Response:
        view = await self._rooms.queries.own(scope=visit.scope, at=visit.now)
        lacking = {one.section.value for one in view.missing if one.needed}
        terms = await self._rooms.terms.of_supplier(supplier_id=_own(visit), at=visit.now)
        return visit.page(
            template="portal_status",
            problem=problem,
            view=view,
            steps=STEPS,
            lacking=lacking,
            waiting_terms=[one.terms for one in terms.terms if one.is_waiting],
            checks=view.verifications[0].checks if view.verifications else (),
            may_submit=view.state is SupplierState.DRAFT,
            may_remove=view.state in BEFORE_VERIFICATION,
            kinds=tuple(DocumentKind),
            media_types=",".join(MEDIA_TYPES),
        )

    async def _step_shown(self, visit: PortalVisit, problem: OpenAisleError | None = None) -> Response:
        step = step_of(name=str(visit.request.path_params["section"]))
        if step is None:
            raise PageUnknown(detail="There is no such step.")
        view = await self._rooms.queries.own(scope=visit.scope, at=visit.now)
        values = shown_values(step=step, view=view, sent=visit.form if problem is not None else None)
        return visit.page(
            template="portal_step",
            problem=problem,
            view=view,
            step=step,
            steps=STEPS,
            values=values,
            positions=row_positions(step=step, values=values),
            lacking=[one for one in view.missing if one.section is step.section],
        )


def _own(visit: PortalVisit) -> str:
    return visit.session.supplier_id


def _plain(file_name: str) -> str:
    """Return the last part of a file's name without what steers a terminal."""
    last = file_name.replace("\\", "/").rpartition("/")[2]
    return "".join(one for one in last if one.isprintable())[-_FILE_NAME_MAXIMUM:] or "document"
