"""What callers can ask of the roads to suppliers: links in mails, files, and what was set aside."""

from __future__ import annotations

from dataclasses import dataclass

from openaisle.bootstrap.engines import Engines
from openaisle.inventory.use_cases import StockUseCases
from openaisle.kernel.http import Operation
from openaisle.mail.use_cases import Mail
from openaisle.orders.channels import routes as channel_routes
from openaisle.orders.channels.csv_taking import CsvTaker
from openaisle.orders.channels.email import EmailTransport
from openaisle.orders.channels.folder import FolderTransport
from openaisle.orders.channels.letters import DeadLetters
from openaisle.orders.channels.links import AnswerLinks
from openaisle.orders.channels.notices import CancellationNotices
from openaisle.orders.channels.roads import called_transports
from openaisle.orders.channels.transport import SupplierTransport
from openaisle.orders.purchase_order_use_cases import PurchaseOrderUseCases
from openaisle.suppliers.connection_settings import Transport
from openaisle.suppliers.contact import SupplierContacts
from openaisle.suppliers.queries import SupplierQueries


@dataclass(frozen=True, kw_only=True)
class SupplierRoads:
    """The roads but X12, and what stands beside them."""

    dead_letters: DeadLetters
    notices: CancellationNotices
    links: AnswerLinks
    csv: CsvTaker
    transports: dict[Transport, SupplierTransport]

    def operations(self) -> tuple[Operation, ...]:
        """Return the HTTP operations."""
        return channel_routes.operations(dead_letters=self.dead_letters, notices=self.notices)


def roads_over(
    *,
    engines: Engines,
    suppliers: SupplierQueries,
    purchase_orders: PurchaseOrderUseCases,
    stock: StockUseCases,
    mail: Mail,
) -> SupplierRoads:
    """Return the roads to suppliers, over the ports and the rooms that they need."""
    links = AnswerLinks(cipher=engines.cipher, suppliers=suppliers, public_address=engines.settings.reached_at)
    return SupplierRoads(
        dead_letters=DeadLetters(table=engines.table),
        notices=CancellationNotices(table=engines.table),
        links=links,
        csv=CsvTaker(table=engines.table, purchase_orders=purchase_orders, stock=stock),
        transports={
            **called_transports(caller=engines.caller, signer=engines.signer, clock=engines.clock),
            Transport.EMAIL: EmailTransport(
                mail=mail, contacts=SupplierContacts(table=engines.table), links=links, clock=engines.clock
            ),
            Transport.FOLDER: FolderTransport(outbox=engines.exchange_outbox),
        },
    )
