"""The road of suppliers without a system: a mail for each purchase order, answered on the page its link leads to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from openaisle.kernel.context import Clock, Context, system_context
from openaisle.kernel.errors import RequestInvalid
from openaisle.orders.channels.documents import (
    CancellationAnswer,
    CancellationDecision,
    CancellationDocument,
    PurchaseOrderDocument,
)
from openaisle.orders.channels.links import AnswerLinks
from openaisle.orders.channels.transport import AnswerFinding, Placed, WithoutStockLevels, taken, told
from openaisle.suppliers.contact import SupplierContact
from openaisle.suppliers.queries import SupplierConnection

PLACED_TEMPLATE = "purchase_order_placed"
CANCELED_TEMPLATE = "purchase_order_canceled"
_LINES_SHOWN = 90


class SupplierWithoutMailbox(RequestInvalid):
    """Nobody knows the supplier, or where it is written to."""

    code = "supplier-without-mailbox"
    title = "The supplier cannot be written to"
    mend = "Give the connection an e-mail address."


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


class FindsContacts(Protocol):
    """What this room needs to know of a supplier to write to it."""

    async def contact(self, *, supplier_id: str) -> SupplierContact | None:
        """Return how a supplier is written to, None if there is no such supplier."""
        ...


class EmailTransport(WithoutStockLevels):
    """Implements SupplierTransport. No mail says who the shopper is: the page does, once it must be known."""

    def __init__(self, *, mail: SendsMail, contacts: FindsContacts, links: AnswerLinks, clock: Clock) -> None:
        """Take what writes mails, what knows suppliers' mailboxes, what makes links, and the clock."""
        self._mail = mail
        self._contacts = contacts
        self._links = links
        self._clock = clock

    async def place(self, *, connection: SupplierConnection, documents: Sequence[PurchaseOrderDocument]) -> Placed:
        """Write a mail for each purchase order; a mailbox that is none is a finding. Raises SupplierWithoutMailbox."""
        contact = await self._contact(connection)
        context = self._context(connection)
        sent, findings = [], []
        for document in documents:
            identifier = document.purchase_order_id
            link = self._links.address(
                purchase_order_id=identifier,
                supplier_id=connection.supplier_id,
                acknowledge_by=datetime.fromisoformat(document.acknowledge_by),
            )
            data = {
                "supplier_name": contact.name,
                "purchase_order_id": identifier,
                "order_reference": document.order_reference,
                "lines": _lines(document),
                "destination": _destination(document),
                "due_at": f"{document.acknowledge_by[:16].replace('T', ' ')} UTC",
                "link": link,
            }
            try:
                await self._send(
                    connection=connection,
                    contact=contact,
                    template=PLACED_TEMPLATE,
                    data=data,
                    key=f"{PLACED_TEMPLATE}#{identifier}",
                    context=context,
                )
            except RequestInvalid as error:
                findings.append(AnswerFinding(identifier, error.code, error.detail))
            else:
                sent.append(document)
        return Placed(answers=taken(documents=sent, note="sent by mail").answers, findings=findings)

    async def cancel(
        self, *, connection: SupplierConnection, documents: Sequence[CancellationDocument]
    ) -> Mapping[str, CancellationAnswer]:
        """Write a mail for each cancellation; raises SupplierWithoutMailbox, MailAddressInvalid."""
        contact = await self._contact(connection)
        context = self._context(connection)
        for document in documents:
            lines = "\n".join(
                f"{one.supplier_sku}: {one.canceled_quantity} canceled, {one.remaining_quantity} still to be shipped"
                for one in document.lines[:_LINES_SHOWN]
            )
            data = {
                "supplier_name": contact.name,
                "purchase_order_id": document.purchase_order_id,
                "order_reference": document.order_reference,
                "lines": lines,
                "reason": document.reason or "-",
            }
            await self._send(
                connection=connection,
                contact=contact,
                template=CANCELED_TEMPLATE,
                data=data,
                key=document.cancellation_id,
                context=context,
            )
        return told(documents=documents, decision=CancellationDecision.TOLD)

    async def _contact(self, connection: SupplierConnection) -> SupplierContact:
        contact = await self._contacts.contact(supplier_id=connection.supplier_id)
        if contact is None or not (connection.email or contact.email):
            raise SupplierWithoutMailbox(detail=f"Supplier {connection.supplier_id} has no mailbox.")
        return contact

    async def _send(
        self,
        *,
        connection: SupplierConnection,
        contact: SupplierContact,
        template: str,
        data: Mapping[str, str],
        key: str,
        context: Context,
    ) -> None:
        await self._mail.send(
            template=template,
            to=connection.email or contact.email,
            language=contact.language,
            data=data,
            deduplication_key=key,
            context=context,
        )

    def _context(self, connection: SupplierConnection) -> Context:
        name = "dispatcher"
        return system_context(name=name, at=self._clock.now(), correlation_id=f"dispatch:{connection.supplier_id}")


def _lines(document: PurchaseOrderDocument) -> str:
    return "\n".join(f"{line.quantity} x {line.supplier_sku}" for line in document.lines[:_LINES_SHOWN])


def _destination(document: PurchaseOrderDocument) -> str:
    place = document.destination
    return " ".join(part for part in (place.country, place.region, place.postal_code) if part)
