"""Signing in by the operator's identity provider."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from openaisle.entrypoints.console.cookies import (
    PROVIDER_COOKIE,
    PROVIDER_SECONDS,
    forget_cookie,
    keep_session,
    set_cookie,
)
from openaisle.entrypoints.console.forms import local_address
from openaisle.entrypoints.console.house import CONSOLE
from openaisle.entrypoints.console.pages.sign_in import Doorway
from openaisle.entrypoints.console.rendering import rendered
from openaisle.people.identity_provider import ProviderSignInRefused, StaffIdentityProvider


class ProviderPages:
    """Leads to the identity provider and takes in who comes back."""

    def __init__(self, *, identity_provider: StaffIdentityProvider, doorway: Doorway) -> None:
        """Take the use cases of the identity provider."""
        self._identity_provider = identity_provider
        self._doorway = doorway

    async def depart(self, request: Request) -> Response:
        """Send the browser to the identity provider."""
        next_path = local_address(text=request.query_params.get("next", ""), otherwise=CONSOLE.home)
        departure = await self._identity_provider.begin(next_path=next_path, context=self._doorway.context(request))
        response = RedirectResponse(departure.address, status_code=303)
        set_cookie(
            response=response,
            request=request,
            house=CONSOLE,
            name=PROVIDER_COOKIE,
            value=departure.browser_token,
            seconds=PROVIDER_SECONDS,
            same_site="lax",
        )
        return response

    async def return_(self, request: Request) -> Response:
        """Open a session for who comes back."""
        asked = request.query_params
        if "error" in asked or not asked.get("code"):
            raise ProviderSignInRefused(detail="The identity provider did not sign you in.")
        done, next_path = await self._identity_provider.finish(
            state=asked.get("state", "")[:200],
            code=asked.get("code", "")[:2_000],
            browser_token=request.cookies.get(PROVIDER_COOKIE, ""),
            context=self._doorway.context(request),
        )
        # A page of our own leads on: a redirect would still come from the provider's site, which no strict cookie
        # is shown to.
        href = local_address(text=next_path, otherwise=CONSOLE.home)
        response = HTMLResponse(rendered(template="signed_in", values={"href": href}))
        keep_session(response=response, request=request, house=CONSOLE, token=done.token)
        forget_cookie(response=response, house=CONSOLE, name=PROVIDER_COOKIE)
        return response
