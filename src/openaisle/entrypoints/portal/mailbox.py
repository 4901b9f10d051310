"""The page on which a link in a mail leads, and the button that confirms the mailbox."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from openaisle.entrypoints.console.pages.sign_in import Doorway
from openaisle.entrypoints.portal.door import PortalVisit
from openaisle.kernel.context import Context, Principal, Role
from openaisle.suppliers.mailbox_use_cases import Mailboxes

_TEMPLATE = "portal_mailbox"
_TOKEN_LENGTH_MAXIMUM = 200


class MailboxPages:
    """The pages of mailboxes; whoever has the link needs no session."""

    def __init__(self, *, mailboxes: Mailboxes, doorway: Doorway) -> None:
        """Take the use cases, and what the pages before the door share."""
        self._mailboxes = mailboxes
        self._doorway = doorway

    async def show(self, request: Request) -> Response:
        """Show the button; programs that look into mails open links too, so looking confirms nothing."""
        token = request.query_params.get("token", "")[:_TOKEN_LENGTH_MAXIMUM]
        email = await self._mailboxes.address_of_link(token=token, context=self._context(request))
        values = {"token": token, "email": email, "confirmed": False}
        return self._doorway.shown(request=request, template=_TEMPLATE, values=values)

    async def confirm(self, request: Request) -> Response:
        """Confirm the mailbox."""
        fields = await self._doorway.fields(request)
        token = fields.get("token", "")[:_TOKEN_LENGTH_MAXIMUM]
        await self._mailboxes.confirm(token=token, context=self._context(request))
        return HTMLResponse(self._doorway.house.draw(_TEMPLATE, {"confirmed": True}))

    async def ask_again(self, visit: PortalVisit) -> Response:
        """Send another link to the supplier that is signed in."""
        await self._mailboxes.ask_again(supplier_id=visit.session.supplier_id, context=visit.context)
        return RedirectResponse("/portal/?done=mailbox", status_code=303)

    def _context(self, request: Request) -> Context:
        anyone = Principal(role=Role.ANYONE, subject_id="anyone")
        return msgspec.structs.replace(self._doorway.context(request), principal=anyone)
