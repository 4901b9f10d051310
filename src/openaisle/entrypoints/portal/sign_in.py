"""Beginning an application; signing in is what the console has, with the portal's own house."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from openaisle.entrypoints.console.cookies import keep_session
from openaisle.entrypoints.console.door import correlation_id_of
from openaisle.entrypoints.console.pages.sign_in import Doorway, host_of
from openaisle.entrypoints.http.rate_limit import RateLimit, RequestsTooMany
from openaisle.entrypoints.portal.fields import StepInvalid
from openaisle.entrypoints.portal.sessions import PortalSessions
from openaisle.kernel.context import Clock, Context, Principal, Role
from openaisle.kernel.errors import OpenAisleError
from openaisle.suppliers.application_use_cases import Applications
from openaisle.suppliers.facts import LENGTH_MAXIMUM, BusinessModel


class ApplyPages:
    """The pages on which an application begins."""

    def __init__(
        self, *, sessions: PortalSessions, applications: Applications, doorway: Doorway, clock: Clock, limit: RateLimit
    ) -> None:
        """Take sessions, applications, what the pages before the door share, the clock, and how often one may apply."""
        self._limit = limit
        self._sessions = sessions
        self._applications = applications
        self._doorway = doorway
        self._clock = clock

    async def show(self, request: Request) -> Response:
        """Show the form with which an application begins."""
        return self._form(request)

    async def apply(self, request: Request) -> Response:
        """Begin an application, sign the browser in, and show the key this once."""
        fields = await self._doorway.fields(request)
        email, model = fields.get("email", "").strip(), fields.get("business_model", "")
        if not 0 < len(email) <= LENGTH_MAXIMUM["email"] or not email.isprintable() or model not in set(BusinessModel):
            return self._form(request, problem=StepInvalid(detail="An e-mail address and a business model are needed."))
        try:
            self._limit.require(host=host_of(request))
        except RequestsTooMany as error:
            return self._form(request, problem=error)
        context = Context(
            principal=Principal(role=Role.ANYONE, subject_id="anyone"),
            at=self._clock.now(),
            correlation_id=correlation_id_of(request=request),
        )
        applicant = await self._applications.begin(email=email, business_model=BusinessModel(model), context=context)
        _, token = await self._sessions.opened_by_key(api_key=applicant.api_key, host=host_of(request), context=context)
        house = self._doorway.house
        response = HTMLResponse(house.draw("portal_begun", {"api_key": applicant.api_key}))
        keep_session(response=response, request=request, house=house, token=token)
        return response

    def _form(self, request: Request, *, problem: OpenAisleError | None = None) -> Response:
        values = {"models": tuple(BusinessModel)}
        return self._doorway.shown(request=request, template="portal_apply", values=values, problem=problem)
