"""The room of incidents put together over the ports."""

from __future__ import annotations

from dataclasses import dataclass

from openaisle.bootstrap.engines import Engines
from openaisle.incidents.attachments import Attachments
from openaisle.incidents.mails import incident_mails_pipe
from openaisle.incidents.queries import IncidentQueries
from openaisle.incidents.routes import operations
from openaisle.incidents.use_cases import DraftsRefunds, Incidents
from openaisle.incidents.workflow import incident_erasure_pipe, incident_timer
from openaisle.kernel.http import Operation
from openaisle.kernel.pipe import Pipe, Timer
from openaisle.mail.use_cases import Mail
from openaisle.orders.queries import OrderQueries
from openaisle.returns.model import ReturnLinesInvalid, ReturnsTooMany
from openaisle.returns.refund import RefundTooLarge
from openaisle.suppliers.contact import SupplierContacts


@dataclass(frozen=True, kw_only=True)
class IncidentRoom:
    """What the room of incidents can do and can tell."""

    incidents: Incidents
    attachments: Attachments
    queries: IncidentQueries

    def operations(self) -> tuple[Operation, ...]:
        """Return the HTTP operations of the room."""
        return operations(
            incidents=self.incidents,
            attachments=self.attachments,
            queries=self.queries,
            refund_errors=(RefundTooLarge, ReturnLinesInvalid, ReturnsTooMany),
        )

    def timer(self) -> Timer:
        """Return the timer of the room."""
        return incident_timer(incidents=self.incidents, attachments=self.attachments)


def incidents_over(*, engines: Engines, queries: OrderQueries, refunds: DraftsRefunds) -> IncidentRoom:
    """Return the room of incidents; ``refunds`` makes those that settle one."""
    table, cipher, policy = engines.table, engines.cipher, engines.order_policies.incidents
    return IncidentRoom(
        incidents=Incidents(table=table, orders=queries, refunds=refunds, cipher=cipher, policy=policy),
        attachments=Attachments(table=table, blobs=engines.blobs, cipher=cipher),
        queries=IncidentQueries(table=table, orders=queries, cipher=cipher, policy=policy),
    )


def incident_pipes(*, engines: Engines, room: IncidentRoom, mail: Mail) -> tuple[Pipe, ...]:
    """Return the pipes that write mails about incidents and that erase with the shopper."""
    return (
        incident_mails_pipe(
            mail=mail,
            contacts=SupplierContacts(table=engines.table),
            clock=engines.clock,
            public_address=engines.settings.reached_at,
        ),
        incident_erasure_pipe(attachments=room.attachments, clock=engines.clock),
    )
