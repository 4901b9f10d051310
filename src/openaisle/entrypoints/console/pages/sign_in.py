"""Signing in and out."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from openaisle.entrypoints.console.door import SESSION_COOKIE, SIGN_IN_PATH, correlation_id_of
from openaisle.entrypoints.console.forms import form_of, local_address
from openaisle.entrypoints.console.rendering import rendered
from openaisle.entrypoints.console.sessions.model import SESSION_SECONDS, form_token
from openaisle.entrypoints.console.sessions.use_cases import Sessions
from openaisle.entrypoints.console.visits import Visit
from openaisle.kernel.context import Clock, Context, system_context
from openaisle.kernel.errors import OpenAisleError

# Before there is a session, the sign-in form is tied to the browser by this cookie.
_VISIT_COOKIE = "openaisle_visit"
_COOKIE_PATH = "/console"
_OVERVIEW = "/console/"


class SignInPages:
    """The pages of signing in and out."""

    def __init__(self, *, sessions: Sessions, clock: Clock) -> None:
        """Take the sessions and the clock."""
        self._sessions = sessions
        self._clock = clock

    async def show(self, request: Request) -> Response:
        """Show the form, or follow a sign-in link."""
        link_token = request.query_params.get("token", "")[:200]
        if link_token:
            _, token = await self._sessions.opened_by_link(link_token=link_token, context=self._context(request))
            return _signed_in(request=request, token=token, href=_OVERVIEW)
        return self._form(request=request, next_path=request.query_params.get("next", ""))

    async def submit(self, request: Request) -> Response:
        """Open a session with the key of the form."""
        fields = await form_of(request=request, token=request.cookies.get(_VISIT_COOKIE, ""))
        next_path = local_address(text=fields.get("next", ""), otherwise=_OVERVIEW)
        host = request.client.host if request.client else ""
        try:
            _, token = await self._sessions.opened_by_key(
                api_key=fields.get("api_key", "")[:200], host=host, context=self._context(request)
            )
        except OpenAisleError as error:
            if error.status >= 500:
                raise
            return self._form(request=request, next_path=next_path, problem=error)
        return _signed_in(request=request, token=token, href=next_path)

    async def sign_out(self, visit: Visit) -> Response:
        """End the session."""
        await self._sessions.close(session=visit.session, context=visit.context)
        response = RedirectResponse(SIGN_IN_PATH, status_code=303)
        response.delete_cookie(SESSION_COOKIE, path=_COOKIE_PATH, httponly=True, samesite="strict")
        return response

    def _context(self, request: Request) -> Context:
        correlation_id = correlation_id_of(request=request)
        return system_context(name="console", at=self._clock.now(), correlation_id=correlation_id)

    def _form(self, *, request: Request, next_path: str, problem: OpenAisleError | None = None) -> Response:
        visit_token = request.cookies.get(_VISIT_COOKIE) or secrets.token_urlsafe(32)
        values = {
            "csrf": form_token(token=visit_token),
            "next": local_address(text=next_path, otherwise=_OVERVIEW),
            "problem": problem,
        }
        headers: Mapping[str, str] | None = None
        if problem is not None and problem.retry_after_seconds is not None:
            headers = {"Retry-After": str(problem.retry_after_seconds)}
        status = problem.status if problem is not None else 200
        response = HTMLResponse(rendered(template="sign_in", values=values), status_code=status, headers=headers)
        _set_cookie(response=response, request=request, name=_VISIT_COOKIE, value=visit_token, seconds=3_600)
        return response


def _signed_in(*, request: Request, token: str, href: str) -> Response:
    response = RedirectResponse(href, status_code=303)
    _set_cookie(response=response, request=request, name=SESSION_COOKIE, value=token, seconds=SESSION_SECONDS)
    return response


def _set_cookie(*, response: Response, request: Request, name: str, value: str, seconds: int) -> None:
    # A proxy that ends TLS says so in a header. Whoever forges it only keeps their own cookie from plain HTTP.
    secure = "https" in {request.url.scheme, request.headers.get("x-forwarded-proto", "")}
    response.set_cookie(
        name, value, max_age=seconds, path=_COOKIE_PATH, httponly=True, secure=secure, samesite="strict"
    )
