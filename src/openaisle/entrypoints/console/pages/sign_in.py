"""Signing in and out, to the console or the portal: by password and code, by API key, or by a link that works once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Generic, Protocol, TypeVar

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from openaisle.entrypoints.console.cookies import VISIT_SECONDS, set_cookie, signed_in, signed_out
from openaisle.entrypoints.console.door import correlation_id_of
from openaisle.entrypoints.console.forms import form_of, local_address
from openaisle.entrypoints.console.house import House, sign_in_href_of
from openaisle.entrypoints.console.sessions.model import form_token
from openaisle.entrypoints.console.visits import AnyVisit, SignedInSession
from openaisle.kernel.context import Clock, Context, Principal, Role
from openaisle.kernel.errors import OpenAisleError
from openaisle.people.model import LinkInvalid
from openaisle.people.model import Session as UserSession
from openaisle.people.sign_in import Challenged, SignedIn, SignIn
from openaisle.people.use_cases import People

_TEXT_MAXIMUM = 300

SessionT = TypeVar("SessionT", bound=SignedInSession)
TakenT_contra = TypeVar("TakenT_contra", contravariant=True, bound=SignedInSession)


class DoorSessions(Protocol[TakenT_contra]):
    """The sessions that a door opens and closes."""

    async def opened_by_key(self, *, api_key: str, host: str, context: Context) -> tuple[object, str]:
        """Open a session with a key; return it and its token."""
        ...

    async def close(self, *, session: TakenT_contra, context: Context) -> None:
        """End a session."""
        ...

    async def close_of_person(self, *, opened: UserSession, context: Context) -> None:
        """End a person's session that was opened here and is not for here."""
        ...


class Doorway:
    """What the pages before the door share: circumstances, and forms tied to the browser."""

    def __init__(self, *, clock: Clock, house: House) -> None:
        """Take the clock, and whose door it is."""
        self._clock = clock
        self.house = house

    def context(self, request: Request) -> Context:
        """Return the circumstances of somebody who has not signed in."""
        return Context(
            principal=Principal(role=Role.SYSTEM, subject_id=self.house.path.strip("/")),
            at=self._clock.now(),
            correlation_id=correlation_id_of(request=request),
            address=host_of(request),
        )

    async def fields(self, request: Request) -> Mapping[str, str]:
        """Return the fields of a form that one of our own pages sent; raises FormForeign, FormUnreadable."""
        return await form_of(request=request, token=request.cookies.get(self.house.visit_cookie, ""))

    def shown(
        self,
        *,
        request: Request,
        template: str,
        values: Mapping[str, object] | None = None,
        problem: OpenAisleError | None = None,
    ) -> Response:
        """Show a page with a form."""
        visit_token = request.cookies.get(self.house.visit_cookie) or secrets.token_urlsafe(32)
        headers: Mapping[str, str] | None = None
        if problem is not None and problem.retry_after_seconds is not None:
            headers = {"Retry-After": str(problem.retry_after_seconds)}
        shown = {"csrf": form_token(token=visit_token), "problem": problem, "base": self.house.path, **(values or {})}
        html = self.house.draw(template, shown)
        response = HTMLResponse(html, status_code=problem.status if problem is not None else 200, headers=headers)
        set_cookie(
            response=response,
            request=request,
            house=self.house,
            name=self.house.visit_cookie,
            value=visit_token,
            seconds=VISIT_SECONDS,
        )
        return response


def host_of(request: Request) -> str:
    """Return the network address that a request came from, empty if it is not known."""
    return request.client.host if request.client is not None else ""


class SignInPages(Generic[SessionT]):
    """The pages of signing in and out of one house."""

    def __init__(
        self, *, sessions: DoorSessions[SessionT], sign_in: SignIn, doorway: Doorway, provider_offered: bool = False
    ) -> None:
        """Take the sessions, what opens them for people, and whether there is an identity provider."""
        self._sessions = sessions
        self._sign_in = sign_in
        self._doorway = doorway
        self._house = doorway.house
        self._provider_offered = provider_offered

    async def show(self, request: Request) -> Response:
        """Show the form."""
        return self._form(request=request, next_path=request.query_params.get("next", ""))

    async def submit(self, request: Request) -> Response:
        """Open a session with the password or the key of the form, or ask for the code."""
        fields = await self._doorway.fields(request)
        next_path = local_address(text=fields.get("next", ""), otherwise=self._house.home)
        try:
            if fields.get("api_key"):
                return await self._by_key(request=request, fields=fields, next_path=next_path)
            return await self._by_password(request=request, fields=fields, next_path=next_path)
        except OpenAisleError as error:
            if error.status >= 500:
                raise
            return self._form(request=request, next_path=next_path, problem=error)

    async def submit_code(self, request: Request) -> Response:
        """Finish signing in with the code of the form."""
        fields = await self._doorway.fields(request)
        next_path = local_address(text=fields.get("next", ""), otherwise=self._house.home)
        challenge = fields.get("challenge", "")[:_TEXT_MAXIMUM]
        try:
            done = await self._sign_in.by_code(
                challenge_token=challenge,
                code=fields.get("code", "")[:_TEXT_MAXIMUM],
                context=self._doorway.context(request),
            )
            return await self._of_person(request=request, done=done, next_path=next_path)
        except OpenAisleError as error:
            if error.status >= 500:
                raise
            return self._code_form(request=request, challenge=challenge, next_path=next_path, problem=error)

    async def sign_out(self, visit: AnyVisit[SessionT]) -> Response:
        """End the session."""
        await self._sessions.close(session=visit.session, context=visit.context)
        return signed_out(house=self._house)

    async def _by_key(self, *, request: Request, fields: Mapping[str, str], next_path: str) -> Response:
        _, token = await self._sessions.opened_by_key(
            api_key=fields["api_key"][:200], host=host_of(request), context=self._doorway.context(request)
        )
        return signed_in(request=request, house=self._house, token=token, href=next_path)

    async def _by_password(self, *, request: Request, fields: Mapping[str, str], next_path: str) -> Response:
        done = await self._sign_in.by_password(
            email=fields.get("email", "")[:_TEXT_MAXIMUM],
            password=fields.get("password", "")[:_TEXT_MAXIMUM],
            context=self._doorway.context(request),
        )
        if isinstance(done, Challenged):
            return self._code_form(request=request, challenge=done.token, next_path=next_path)
        return await self._of_person(request=request, done=done, next_path=next_path)

    async def _of_person(self, *, request: Request, done: SignedIn, next_path: str) -> Response:
        if done.user.party is not self._house.party:
            await self._sessions.close_of_person(opened=done.session, context=self._doorway.context(request))
            raise self._house.stranger(detail=f"Your account is of the {done.user.party.value}.")
        return signed_in(request=request, house=self._house, token=done.token, href=next_path)

    def _form(self, *, request: Request, next_path: str, problem: OpenAisleError | None = None) -> Response:
        values = {
            "next": local_address(text=next_path, otherwise=self._house.home),
            "provider_offered": self._provider_offered,
            "notice": "Your password is set. Sign in with it." if "set" in request.query_params else "",
        }
        template = self._house.sign_in_template
        return self._doorway.shown(request=request, template=template, values=values, problem=problem)

    def _code_form(
        self, *, request: Request, challenge: str, next_path: str, problem: OpenAisleError | None = None
    ) -> Response:
        values = {"next": next_path, "challenge": challenge}
        return self._doorway.shown(request=request, template="sign_in_code", values=values, problem=problem)


class PasswordPages:
    """The pages on which links of invitations and resets set a password, and on which a reset is asked for."""

    def __init__(self, *, people: People, doorway: Doorway) -> None:
        """Take the use cases of people."""
        self._people = people
        self._doorway = doorway

    async def show(self, request: Request) -> Response:
        """Show the form of a link; looking at it does not use it up."""
        token = request.query_params.get("token", "")[:200]
        user = await self._people.person_of_link(token=token, context=self._doorway.context(request))
        values = {"token": token, "email": user.email}
        return self._doorway.shown(request=request, template="password", values=values)

    async def submit(self, request: Request) -> Response:
        """Set the password of the form and lead the person to their own party's door."""
        fields = await self._doorway.fields(request)
        token = fields.get("token", "")[:200]
        context = self._doorway.context(request)
        user = await self._people.person_of_link(token=token, context=context)
        try:
            await self._people.set_password(
                token=token, password=fields.get("password", "")[:_TEXT_MAXIMUM], context=context
            )
        except LinkInvalid:
            raise
        except OpenAisleError as error:
            values = {"token": token, "email": user.email}
            return self._doorway.shown(request=request, template="password", values=values, problem=error)
        return RedirectResponse(f"{sign_in_href_of(party=user.party)}?set", status_code=303)

    async def show_reset(self, request: Request) -> Response:
        """Show the form that asks for a reset."""
        return self._doorway.shown(request=request, template="password_reset", values={"asked": False})

    async def submit_reset(self, request: Request) -> Response:
        """Take in the wish for a new password; the page is the same whether there is such a user or not."""
        fields = await self._doorway.fields(request)
        try:
            await self._people.request_reset(
                email=fields.get("email", "")[:_TEXT_MAXIMUM], context=self._doorway.context(request)
            )
        except OpenAisleError as error:
            return self._doorway.shown(
                request=request, template="password_reset", values={"asked": False}, problem=error
            )
        return self._doorway.shown(request=request, template="password_reset", values={"asked": True})
