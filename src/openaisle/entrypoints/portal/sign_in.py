"""Signing in to the portal, and beginning an application."""

from __future__ import annotations

import secrets

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from openaisle.entrypoints.console.door import correlation_id_of
from openaisle.entrypoints.console.forms import form_of
from openaisle.entrypoints.console.sessions.model import SESSION_SECONDS, form_token
from openaisle.entrypoints.portal.door import PORTAL_COOKIE, SIGN_IN_HREF, PortalVisit, drawn
from openaisle.entrypoints.portal.fields import StepInvalid
from openaisle.entrypoints.portal.sessions import PortalSessions
from openaisle.kernel.context import Clock, Context, Principal, Role, system_context
from openaisle.kernel.errors import OpenAisleError
from openaisle.suppliers.application_use_cases import Applications
from openaisle.suppliers.facts import LENGTH_MAXIMUM, BusinessModel

# Before there is a session, the forms are tied to the browser by this cookie.
_VISIT_COOKIE = "openaisle_portal_visit"
_COOKIE_PATH = "/portal"


class PortalSignIn:
    """The pages that need no session."""

    def __init__(self, *, sessions: PortalSessions, applications: Applications, clock: Clock) -> None:
        """Take the sessions, the applications and the clock."""
        self._sessions = sessions
        self._applications = applications
        self._clock = clock

    async def show(self, request: Request) -> Response:
        """Show the sign-in form."""
        return _form(request=request, template="portal_sign_in")

    async def submit(self, request: Request) -> Response:
        """Open a session with the key of the form."""
        fields = await form_of(request=request, token=request.cookies.get(_VISIT_COOKIE, ""))
        context = system_context(name="portal", at=self._clock.now(), correlation_id=correlation_id_of(request=request))
        try:
            token = await self._sessions.opened(
                api_key=fields.get("api_key", "")[:200], host=_host(request), context=context
            )
        except OpenAisleError as error:
            if error.status >= 500:
                raise
            return _form(request=request, template="portal_sign_in", problem=error)
        response = RedirectResponse("/portal/", status_code=303)
        _set_cookie(response=response, request=request, name=PORTAL_COOKIE, value=token)
        return response

    async def show_application(self, request: Request) -> Response:
        """Show the form with which an application begins."""
        return _form(request=request, template="portal_apply")

    async def apply(self, request: Request) -> Response:
        """Begin an application, sign the browser in, and show the key this once."""
        fields = await form_of(request=request, token=request.cookies.get(_VISIT_COOKIE, ""))
        email, model = fields.get("email", "").strip(), fields.get("business_model", "")
        if not 0 < len(email) <= LENGTH_MAXIMUM["email"] or not email.isprintable() or model not in set(BusinessModel):
            problem = StepInvalid(detail="An e-mail address and a business model are needed.")
            return _form(request=request, template="portal_apply", problem=problem)
        context = Context(
            principal=Principal(role=Role.ANYONE, subject_id="anyone"),
            at=self._clock.now(),
            correlation_id=correlation_id_of(request=request),
        )
        applicant = await self._applications.begin(email=email, business_model=BusinessModel(model), context=context)
        token = await self._sessions.opened(api_key=applicant.api_key, host=_host(request), context=context)
        response = drawn(template="portal_begun", api_key=applicant.api_key)
        _set_cookie(response=response, request=request, name=PORTAL_COOKIE, value=token)
        return response

    async def sign_out(self, visit: PortalVisit) -> Response:
        """End the session."""
        await self._sessions.close(session=visit.session, context=visit.context)
        response = RedirectResponse(SIGN_IN_HREF, status_code=303)
        response.delete_cookie(PORTAL_COOKIE, path=_COOKIE_PATH, httponly=True, samesite="strict")
        return response


def _form(*, request: Request, template: str, problem: OpenAisleError | None = None) -> Response:
    visit_token = request.cookies.get(_VISIT_COOKIE) or secrets.token_urlsafe(32)
    response = drawn(
        template=template, problem=problem, csrf=form_token(token=visit_token), models=tuple(BusinessModel)
    )
    _set_cookie(response=response, request=request, name=_VISIT_COOKIE, value=visit_token)
    return response


def _host(request: Request) -> str:
    return request.client.host if request.client else ""


def _set_cookie(*, response: Response, request: Request, name: str, value: str) -> None:
    secure = request.url.scheme == "https"
    response.set_cookie(
        name, value, max_age=SESSION_SECONDS, path=_COOKIE_PATH, httponly=True, secure=secure, samesite="strict"
    )
