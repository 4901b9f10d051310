"""Tells suppliers by mail of incidents; a mail says that something was said, never what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from openaisle.incidents.events import IncidentEscalated, IncidentMessageAdded, IncidentOpened, IncidentResolved
from openaisle.incidents.model import Incident, Party
from openaisle.incidents.repository import INCIDENT_KIND, INCIDENTS
from openaisle.kernel.context import Clock, Context, system_context
from openaisle.kernel.errors import RequestInvalid
from openaisle.kernel.pipe import Pipe
from openaisle.kernel.stream import Change
from openaisle.suppliers.contact import SupplierContact

NAME = "incident-mails"
_TEMPLATES: Mapping[str, str] = {
    IncidentOpened.TYPE: "incident_opened",
    IncidentMessageAdded.TYPE: "incident_message",
    IncidentEscalated.TYPE: "incident_escalated",
    IncidentResolved.TYPE: "incident_resolved",
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


class _Told(msgspec.Struct):
    supplier_id: str | None = None
    author: str = ""
    opened_by: str = ""
    outcome: str = ""


_told = msgspec.json.Decoder(_Told).decode


def incident_mails_pipe(*, mail: SendsMail, contacts: Contacts, clock: Clock, public_address: str) -> Pipe:
    """Return the pipe that writes the mails; a change that comes twice writes one."""

    async def handle(changes: Sequence[Change]) -> None:
        for change in changes:
            for event in change.events:
                template = _TEMPLATES.get(event.type)
                told = _told(event.data) if template is not None else _Told()
                by_itself = Party.SUPPLIER.value in {told.author, told.opened_by}
                if template is not None and change.body is not None and told.supplier_id and not by_itself:
                    await written(INCIDENTS.record(change.body), template=template, told=told, change=change)

    async def written(record: Incident, *, template: str, told: _Told, change: Change) -> None:
        contact = await contacts.contact(supplier_id=told.supplier_id or "")
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
                    "kind": record.kind.value.replace("_", " "),
                    "due_on": (record.due_at or "-")[:10],
                    "outcome": told.outcome.replace("_", " ") or "-",
                    "link": f"{public_address}/portal/incidents/{record.incident_id}",
                },
                deduplication_key=f"{template}#{record.incident_id}#{change.version}",
                context=system_context(name=NAME, at=clock.now(), correlation_id=change.correlation_id),
            )
        except RequestInvalid:
            # What the supplier gave as its address is none; the portal and the API tell it all the same.
            return

    return Pipe(name=NAME, handle=handle, kinds=frozenset({INCIDENT_KIND}), event_types=frozenset(_TEMPLATES))
