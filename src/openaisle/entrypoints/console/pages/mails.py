"""The pages of mail."""

from __future__ import annotations

from starlette.responses import Response

from openaisle.entrypoints.console.views.mails import LIST_HREF, MailPage, mails_page
from openaisle.entrypoints.console.visits import Visit
from openaisle.mail.model import MailState
from openaisle.mail.queries import MailQueries
from openaisle.mail.use_cases import Mail

_ROWS = 50


class MailPages:
    """The list of mails, one mail, and the form that sends one again."""

    def __init__(self, *, queries: MailQueries, mail: Mail) -> None:
        """Take the room's queries and use cases."""
        self._queries = queries
        self._mail = mail

    async def listed(self, visit: Visit) -> Response:
        """Show the mails in a state, or all."""
        wanted = visit.asked(name="state")
        state = MailState(wanted) if wanted in set(MailState) else None
        after = visit.asked(name="after")
        listed = await self._queries.listed(state=state, after=after or None, limit=_ROWS)
        page = mails_page(listed=listed, state=state, after=after)
        return visit.page(template="mails", here="mails", page=page)

    async def detail(self, visit: Visit) -> Response:
        """Show one mail."""
        mail, content = await self._queries.one(mail_id=visit.path(name="mail_id"))
        return visit.page(template="mail", here="mails", page=MailPage(mail=mail, content=content))

    async def send_again(self, visit: Visit) -> Response:
        """Try a mail again that was given up."""
        mail_id = visit.path(name="mail_id")
        await self._mail.send_again(mail_id=mail_id, context=visit.context)
        return visit.sent_on(href=f"{LIST_HREF}/{mail_id}?done=mail-again")
