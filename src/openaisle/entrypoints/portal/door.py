"""The portal's door: no page without a session, no form without proof, no other supplier than the one signed in."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from openaisle.entrypoints.console.door import PageUnknown, correlation_id_of, note_form
from openaisle.entrypoints.console.forms import FormForeign, FormLimits, form_of, require_own_origin
from openaisle.entrypoints.console.permissions import without_forbidden_forms
from openaisle.entrypoints.console.sessions.model import SignInNeeded, form_token, form_token_fits
from openaisle.entrypoints.console.visits import AnyVisit
from openaisle.entrypoints.portal.house import PORTAL
from openaisle.entrypoints.portal.permissions import permission_of_form, permission_of_page
from openaisle.entrypoints.portal.rendering import rendered
from openaisle.entrypoints.portal.sessions import PortalSession, PortalSessions
from openaisle.entrypoints.portal.uploads import UploadForm, upload_of
from openaisle.kernel.context import Clock, SupplierScope
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.permissions import Permission, PermissionMissing
from openaisle.people.audit import AuditTrail

FORM_TOKEN_HEADER = "x-form-token"  # noqa: S105 - the name of a header, not a secret
_USUAL_LIMITS = FormLimits()
_AUDITED_BY_THEMSELVES = ("/portal/users", "/portal/account", "/portal/sign-out")
_logger = logging.getLogger("openaisle.portal")


@dataclass(frozen=True, kw_only=True)
class PortalVisit(AnyVisit[PortalSession]):
    """A request of a supplier that signed in; ``upload`` holds a form with a file."""

    upload: UploadForm | None = None

    @property
    def scope(self) -> SupplierScope:
        """The right to see this supplier's records, and no other's."""
        return SupplierScope(supplier_id=self.session.supplier_id)

    def page(self, *, template: str, problem: OpenAisleError | None = None, **values: object) -> Response:
        """Answer with a whole page; ``problem`` is shown above it and gives the answer its status."""
        permissions = self.session.principal.permissions
        html = rendered(
            template,
            {
                "problem": problem,
                "csrf": form_token(token=self.token),
                "now": self.now,
                "done": self.asked(name="done")[:40],
                "person": self.session.email,
                "may_change": Permission.SUPPLIERS_CHANGE in permissions,
                "may_manage": Permission.PEOPLE_MANAGE in permissions,
                **values,
            },
        )
        kept = without_forbidden_forms(
            html=html,
            permissions=permissions,
            path=self.request.url.path,
            needed=lambda path: permission_of_form(path=path),
        )
        return _answer(kept, problem)


Handler = Callable[[PortalVisit], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def drawn(*, template: str, problem: OpenAisleError | None = None, **values: object) -> Response:
    """Return a page of the portal that needs no session; a problem gives it its status."""
    return _answer(rendered(template, {"problem": problem, **values}), problem)


def _answer(html: str, problem: OpenAisleError | None) -> Response:
    headers: dict[str, str] = {}
    if problem is not None and problem.retry_after_seconds is not None:
        headers["Retry-After"] = str(problem.retry_after_seconds)
    return HTMLResponse(html, status_code=problem.status if problem is not None else 200, headers=headers)


class PortalDoor:
    """Makes endpoints of page handlers."""

    def __init__(self, *, sessions: PortalSessions, clock: Clock, audit: AuditTrail) -> None:
        """Take the sessions, the clock and the audit trail."""
        self._sessions = sessions
        self._clock = clock
        self._audit = audit

    def open(self, endpoint: Endpoint) -> Endpoint:
        """Return the endpoint of a page that needs no session."""
        return _answered(endpoint)

    def page(self, handler: Handler) -> Endpoint:
        """Return the endpoint of a page that is only read."""

        async def endpoint(request: Request) -> Response:
            visit = await self._visit(request=request)
            visit.session.principal.require(permission_of_page(path=request.url.path))
            return await handler(visit)

        return _answered(endpoint)

    def form(self, handler: Handler, *, limits: FormLimits = _USUAL_LIMITS) -> Endpoint:
        """Return the endpoint of a form that changes something."""

        async def endpoint(request: Request) -> Response:
            visit = await self._admitted(request)
            fields = await form_of(request=request, token=visit.token, limits=limits)
            return await self._noted(visit, handler(replace(visit, form=fields)))

        return _answered(endpoint)

    def upload(self, handler: Handler) -> Endpoint:
        """Return the endpoint of a form with a file."""

        async def endpoint(request: Request) -> Response:
            # Nobody's file is read before it is known whose it is.
            visit = await self._admitted(request)
            sent = await upload_of(request=request, token=visit.token)
            return await self._noted(visit, handler(replace(visit, upload=sent)))

        return _answered(endpoint)

    def sent(self, handler: Handler) -> Endpoint:
        """Return the endpoint of what a script of ours sends, with the form's token in a header.

        The handler reads the body itself; named errors are answered as JSON, for the script to tell.
        """

        async def endpoint(request: Request) -> Response:
            try:
                visit = await self._admitted(request)
                require_own_origin(request=request)
                if not form_token_fits(token=visit.token, given=request.headers.get(FORM_TOKEN_HEADER, "")):
                    raise FormForeign(detail="The form's token is missing or belongs to another session.")
                return await handler(visit)
            except OpenAisleError as error:
                told = {"code": error.code, "title": error.title, "detail": error.detail, "mend": error.mend}
                return JSONResponse(told, status_code=error.status)

        return _answered(endpoint)

    def streamed(self, handler: Handler) -> Endpoint:
        """Return the endpoint of a form with a large file; the handler reads it, and the proof in it, itself."""

        async def endpoint(request: Request) -> Response:
            visit = await self._admitted(request)
            require_own_origin(request=request)
            return await self._noted(visit, handler(visit))

        return _answered(endpoint)

    async def _admitted(self, request: Request) -> PortalVisit:
        """Return the visit of who may send this form; raises SignInNeeded, PermissionMissing, which is written down."""
        visit = await self._visit(request=request)
        needed = permission_of_form(path=request.url.path)
        if needed not in visit.session.principal.permissions:
            await self._note(visit, outcome=PermissionMissing.code)
        visit.session.principal.require(needed)
        return visit

    async def _noted(self, visit: PortalVisit, answering: Awaitable[Response]) -> Response:
        response = await answering
        # The room of people writes its own entries, in the commits of what they tell of.
        if not visit.request.url.path.startswith(_AUDITED_BY_THEMSELVES):
            await self._note(visit, outcome="done" if response.status_code < 400 else "refused")
        return response

    async def _note(self, visit: PortalVisit, *, outcome: str) -> None:
        # What is done with a supplier's key stands in the supplier's records themselves.
        if visit.session.user_id is not None:
            await note_form(audit=self._audit, request=visit.request, context=visit.context, outcome=outcome)

    async def _visit(self, *, request: Request) -> PortalVisit:
        token = request.cookies.get(PORTAL.session_cookie, "")
        now = self._clock.now()
        session = await self._sessions.recognized(token=token, at=now)
        return PortalVisit(
            request=request, session=session, token=token, now=now, correlation_id=correlation_id_of(request=request)
        )


async def page_unknown(request: Request, error: Exception) -> Response:
    """Answer what the router could not place."""
    named = PageUnknown(detail=f"Nothing stands at {request.url.path[:100]}.")
    response = _problem(request, named)
    response.status_code = error.status_code if isinstance(error, HTTPException) else 404
    return response


def _answered(endpoint: Endpoint) -> Endpoint:
    async def safe(request: Request) -> Response:
        try:
            return await endpoint(request)
        except OpenAisleError as error:
            return _problem(request, error)
        except HTTPException:
            raise
        except Exception:
            _logger.exception("page failed unforeseen", extra={"path": request.url.path})
            return _problem(request, OpenAisleError(detail="The page could not be made."))

    return safe


def _problem(request: Request, error: OpenAisleError) -> Response:
    if isinstance(error, SignInNeeded) and request.method == "GET":
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"{PORTAL.sign_in_href}?next={quote(wanted, safe='')}", status_code=303)
    return drawn(template="portal_problem", problem=error)
