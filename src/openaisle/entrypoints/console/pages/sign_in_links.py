"""Signing in to the console by a link that works once."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from openaisle.entrypoints.console.cookies import signed_in
from openaisle.entrypoints.console.pages.sign_in import Doorway, SignInPages
from openaisle.entrypoints.console.sessions.model import Session
from openaisle.entrypoints.console.sessions.use_cases import Sessions


class LinkPages:
    """The sign-in page as it stands at the end of a link."""

    def __init__(self, *, sessions: Sessions, pages: SignInPages[Session], doorway: Doorway) -> None:
        """Take the sessions that links open, and the page for who brings none."""
        self._sessions = sessions
        self._pages = pages
        self._doorway = doorway

    async def show(self, request: Request) -> Response:
        """Follow a sign-in link, or show the form."""
        link_token = request.query_params.get("token", "")[:200]
        if not link_token:
            return await self._pages.show(request)
        context = self._doorway.context(request)
        _, token = await self._sessions.opened_by_link(link_token=link_token, context=context)
        house = self._doorway.house
        return signed_in(request=request, house=house, token=token, href=house.home)
