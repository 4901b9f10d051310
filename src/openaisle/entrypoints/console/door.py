"""The door: nobody gets to a page without a session, no form without proof, no answer without its safety headers."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from openaisle.entrypoints.console.forms import form_of
from openaisle.entrypoints.console.house import CONSOLE
from openaisle.entrypoints.console.permissions import permission_of_form, permission_of_page
from openaisle.entrypoints.console.rendering import rendered
from openaisle.entrypoints.console.sessions.model import SignInNeeded
from openaisle.entrypoints.console.sessions.use_cases import Sessions
from openaisle.entrypoints.console.visits import Visit
from openaisle.kernel.context import Clock, Context
from openaisle.kernel.errors import NotFound, OpenAisleError
from openaisle.kernel.permissions import PermissionMissing
from openaisle.people.audit import AuditTrail

_AUDITED_BY_THEMSELVES = ("/console/people", "/console/profile", "/console/sign-out", "/reveal/")
_FRAGMENTS_PATH = "/console/fragments/"
_logger = logging.getLogger("openaisle.console")

# Nothing but our own files is loaded, nothing inline runs, nobody frames the console, and forms go nowhere else.
_SAFETY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

Handler = Callable[[Visit], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


class PageUnknown(NotFound):
    """No page of the console stands under this path."""

    code = "page-unknown"
    title = "There is no such page"
    mend = "Follow a link of the console instead of an old bookmark."


class Door:
    """Makes endpoints of page handlers."""

    def __init__(self, *, sessions: Sessions, clock: Clock, audit: AuditTrail) -> None:
        """Take the sessions, the clock and the audit trail."""
        self._sessions = sessions
        self._clock = clock
        self._audit = audit

    def page(self, handler: Handler) -> Endpoint:
        """Return the endpoint of a page or fragment that is only read."""

        async def endpoint(request: Request) -> Response:
            visit = await self._visit(request=request)
            visit.session.principal.require(permission_of_page(path=request.url.path))
            return await handler(visit)

        return answered(endpoint)

    def form(self, handler: Handler) -> Endpoint:
        """Return the endpoint of a form that changes something."""

        async def endpoint(request: Request) -> Response:
            visit = await self._visit(request=request)
            fields = await form_of(request=request, token=visit.token)
            needed = permission_of_form(path=request.url.path)
            if needed not in visit.session.principal.permissions:
                await note_form(
                    audit=self._audit, request=request, context=visit.context, outcome=PermissionMissing.code
                )
            visit.session.principal.require(needed)
            response = await handler(
                Visit(
                    request=request,
                    session=visit.session,
                    token=visit.token,
                    now=visit.now,
                    correlation_id=visit.correlation_id,
                    form=fields,
                )
            )
            # The rooms that write entries of their own do so in the commits of what they tell of.
            if not any(part in request.url.path for part in _AUDITED_BY_THEMSELVES):
                outcome = "done" if response.status_code < 400 else "refused"
                await note_form(audit=self._audit, request=request, context=visit.context, outcome=outcome)
            return response

        return answered(endpoint)

    async def _visit(self, *, request: Request) -> Visit:
        token = request.cookies.get(CONSOLE.session_cookie, "")
        if not token:
            raise SignInNeeded(detail="This browser has no session.")
        now = self._clock.now()
        session = await self._sessions.recognized(token=token, at=now)
        return Visit(
            request=request, session=session, token=token, now=now, correlation_id=correlation_id_of(request=request)
        )


async def note_form(*, audit: AuditTrail, request: Request, context: Context, outcome: str) -> None:
    """Write into the audit trail that somebody sent a form, and what became of it."""
    action = "/".join(part for part in request.url.path.split("/") if part and "_" not in part)
    subject = " ".join(str(value) for value in request.path_params.values())
    await audit.record(action=action, subject=subject, context=context, outcome=outcome)


def correlation_id_of(*, request: Request) -> str:
    """Return the identifier under which everything this request does is found again."""
    if not hasattr(request.state, "correlation_id"):
        request.state.correlation_id = secrets.token_hex(16)
    return str(request.state.correlation_id)


def answered(endpoint: Endpoint) -> Endpoint:
    """Return the endpoint with its named errors, and those nobody foresaw, answered by friendly pages."""

    async def safe(request: Request) -> Response:
        try:
            return await endpoint(request)
        except OpenAisleError as error:
            return problem_response(request=request, error=error)
        except HTTPException:
            raise
        except Exception:
            _logger.exception(
                "page failed unforeseen",
                extra={"path": request.url.path, "correlation_id": correlation_id_of(request=request)},
            )
            return problem_response(request=request, error=OpenAisleError(detail="The page could not be made."))

    return safe


def problem_response(*, request: Request, error: OpenAisleError) -> Response:
    """Return what a browser gets for a named error: the sign-in page where that helps, else a page of its own."""
    path = request.url.path
    if isinstance(error, SignInNeeded) and request.method == "GET" and not path.startswith(_FRAGMENTS_PATH):
        wanted = path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"{CONSOLE.sign_in_href}?next={quote(wanted, safe='')}", status_code=303)
    signed_out = isinstance(error, SignInNeeded)
    values = {
        "problem": error,
        "correlation_id": correlation_id_of(request=request) if error.status >= 500 else "",
        "back": CONSOLE.sign_in_href if signed_out else "/console/",
        "back_label": "Sign in" if signed_out else "To the overview",
    }
    headers = {"Retry-After": str(error.retry_after_seconds)} if error.retry_after_seconds is not None else None
    return HTMLResponse(rendered(template="problem", values=values), status_code=error.status, headers=headers)


async def page_unknown(request: Request, error: Exception) -> Response:
    """Answer what the router could not place."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    named = PageUnknown(detail=f"Nothing stands at {request.url.path[:100]}.")
    response = problem_response(request=request, error=named)
    response.status_code = status
    return response


class SafetyHeaders:
    """Adds the headers that keep a browser from doing what none of our pages asks for."""

    def __init__(self, *, application: ASGIApp) -> None:
        """Take the application whose answers get the headers."""
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _SAFETY_HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._application(scope, receive, send_safely)
