"""The portal's door: no page without a session, no form without proof, no other supplier than the one signed in."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from openaisle.entrypoints.console.door import PageUnknown, correlation_id_of
from openaisle.entrypoints.console.forms import FormLimits, form_of
from openaisle.entrypoints.console.rendering import environment
from openaisle.entrypoints.console.sessions.model import SignInNeeded, form_token
from openaisle.entrypoints.portal.sessions import PortalSession, PortalSessions
from openaisle.entrypoints.portal.uploads import UploadForm, upload_of
from openaisle.kernel.context import Clock, Context, SupplierScope
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.permissions import Permission

PORTAL_COOKIE = "openaisle_portal"
_USUAL_LIMITS = FormLimits()
_SIGN_OUT = "/sign-out"
SIGN_IN_HREF = "/portal/sign-in"
_logger = logging.getLogger("openaisle.portal")


@dataclass(frozen=True, kw_only=True)
class PortalVisit:
    """A request with the supplier that signed in; ``form`` or ``upload`` hold what was sent."""

    request: Request
    session: PortalSession
    token: str
    now: datetime
    correlation_id: str
    form: Mapping[str, str] = field(default_factory=dict)
    upload: UploadForm | None = None

    @property
    def context(self) -> Context:
        """The circumstances under which a use case is called for this request."""
        client = self.request.client
        return Context(
            principal=self.session.principal,
            at=self.now,
            correlation_id=self.correlation_id,
            address=client.host if client is not None else "",
        )

    @property
    def scope(self) -> SupplierScope:
        """The right to see this supplier's records, and no other's."""
        return SupplierScope(supplier_id=self.session.supplier_id)

    def page(self, *, template: str, problem: OpenAisleError | None = None, **values: object) -> Response:
        """Answer with a whole page; ``problem`` is shown above it and gives the answer its status."""
        return drawn(
            template=template,
            problem=problem,
            csrf=form_token(token=self.token),
            now=self.now,
            done=self.request.query_params.get("done", "")[:40],
            **values,
        )


Handler = Callable[[PortalVisit], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


@cache
def _environment() -> Environment:
    # The design is the console's; only the pages are the portal's own.
    shared = environment()
    loader = shared.loader
    return shared.overlay(
        loader=ChoiceLoader([PackageLoader("openaisle.entrypoints.portal"), *([loader] if loader is not None else [])])
    )


def drawn(*, template: str, problem: OpenAisleError | None = None, **values: Any) -> Response:  # noqa: ANN401
    """Return a page of the portal; a problem gives it its status."""
    text = _environment().get_template(f"{template}.html").render({"problem": problem, **values})
    headers: dict[str, str] = {}
    if problem is not None and problem.retry_after_seconds is not None:
        headers["Retry-After"] = str(problem.retry_after_seconds)
    return HTMLResponse(text, status_code=problem.status if problem is not None else 200, headers=headers)


class PortalDoor:
    """Makes endpoints of page handlers."""

    def __init__(self, *, sessions: PortalSessions, clock: Clock) -> None:
        """Take the sessions and the clock."""
        self._sessions = sessions
        self._clock = clock

    def open(self, endpoint: Endpoint) -> Endpoint:
        """Return the endpoint of a page that needs no session."""
        return _answered(endpoint)

    def page(self, handler: Handler) -> Endpoint:
        """Return the endpoint of a page that is only read."""

        async def endpoint(request: Request) -> Response:
            return await handler(await self._visit(request=request))

        return _answered(endpoint)

    def form(
        self,
        handler: Handler,
        *,
        permission: Permission = Permission.SUPPLIERS_CHANGE,
        limits: FormLimits = _USUAL_LIMITS,
    ) -> Endpoint:
        """Return the endpoint of a form that changes something."""

        async def endpoint(request: Request) -> Response:
            token = request.cookies.get(PORTAL_COOKIE, "")
            visit = await self._visit(request=request)
            if not request.url.path.endswith(_SIGN_OUT):
                visit.session.principal.require(permission)
            form = await form_of(request=request, token=token, limits=limits)
            return await handler(await self._visit(request=visit.request, form=form))

        return _answered(endpoint)

    def upload(self, handler: Handler) -> Endpoint:
        """Return the endpoint of a form with a file."""

        async def endpoint(request: Request) -> Response:
            # Nobody's file is read before it is known whose it is.
            visit = await self._visit(request=request)
            visit.session.principal.require(Permission.SUPPLIERS_CHANGE)
            sent = await upload_of(request=request, token=visit.token)
            return await handler(await self._visit(request=request, upload=sent))

        return _answered(endpoint)

    async def _visit(
        self, *, request: Request, form: Mapping[str, str] | None = None, upload: UploadForm | None = None
    ) -> PortalVisit:
        token = request.cookies.get(PORTAL_COOKIE, "")
        now = self._clock.now()
        session = await self._sessions.recognized(token=token, at=now)
        return PortalVisit(
            request=request,
            session=session,
            token=token,
            now=now,
            correlation_id=correlation_id_of(request=request),
            form=form or {},
            upload=upload,
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
        return RedirectResponse(SIGN_IN_HREF, status_code=303)
    return drawn(template="portal_problem", problem=error)
