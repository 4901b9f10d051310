"""Tells suppliers by mail of goods that come back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from openaisle.kernel.context import Clock, Context, system_context
from openaisle.kernel.errors import RequestInvalid
from openaisle.kernel.pipe import Pipe
from openaisle.kernel.stream import Change
from openaisle.returns.events import ReturnAuthorized, ReturnOverdue, ReturnRequested
from openaisle.returns.model import Return
from openaisle.returns.repository import RETURN_KIND, RETURNS
from openaisle.suppliers.contact import SupplierContact

NAME = "return-mails"
_TEMPLATES: Mapping[str, str] = {
    ReturnRequested.TYPE: "return_requested",
    ReturnAuthorized.TYPE: "return_authorized",
    ReturnOverdue.TYPE: "return_overdue",
}


class SendsMail(Protocol):
    """What this room needs of the room of mail."""

    async def send(
        self,
        *,
        template: str,
        to: str,
        language: str,
        data: Mapping[str, str],
        deduplication_key: str,
        context: Context,
    ) -> object:
        """Send a mail of a template once, however often it is asked for with one key."""
        ...


class Contacts(Protocol):
    """What this room needs of the room of suppliers."""

    async def contact(self, *, supplier_id: str) -> SupplierContact | None:
        """Return how a supplier is written to."""
        ...


def return_mails_pipe(*, mail: SendsMail, contacts: Contacts, clock: Clock, public_address: str) -> Pipe:
    """Return the pipe that writes the mails; a change that comes twice writes one."""

    async def handle(changes: Sequence[Change]) -> None:
        for change in changes:
            told = {event.type for event in change.events}
            if change.body is None or not told & set(_TEMPLATES):
                continue
            record = RETURNS.record(change.body)
            # Authorized in the moment it was asked for, it needs nobody's answer: one mail says all.
            name = _TEMPLATES[next(one for one in reversed(tuple(_TEMPLATES)) if one in told)]
            if not record.kept:
                await written(record, template=name, change=change)

    async def written(record: Return, *, template: str, change: Change) -> None:
        contact = await contacts.contact(supplier_id=record.supplier_id)
        if contact is None:
            return
        try:
            await mail.send(
                template=template,
                to=contact.email,
                language=contact.language,
                data={
                    "supplier_name": contact.name,
                    "order_reference": record.order_reference,
                    "units": str(sum(line.quantity for line in record.lines)),
                    "due_on": (record.due_at or "-")[:10],
                    "link": f"{public_address}/portal/returns/{record.return_id}",
                },
                deduplication_key=f"{template}#{record.return_id}#{change.version}",
                context=system_context(name=NAME, at=clock.now(), correlation_id=change.correlation_id),
            )
        except RequestInvalid:
            # What the supplier gave as its address is none; the portal and the API tell it all the same.
            return

    return Pipe(name=NAME, handle=handle, kinds=frozenset({RETURN_KIND}), event_types=frozenset(_TEMPLATES))
