"""Tells suppliers by mail which purchase orders wait for an answer and which should have left: many in one mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from openaisle.kernel.context import Clock, Context, system_context
from openaisle.kernel.errors import RequestInvalid
from openaisle.kernel.pipe import Pipe
from openaisle.kernel.stream import Change
from openaisle.orders.events import PurchaseOrderLate, PurchaseOrderReminded, PurchaseOrderShipmentLost
from openaisle.orders.purchase_order import PurchaseOrder
from openaisle.orders.repository import PURCHASE_ORDER_KIND, PURCHASE_ORDERS
from openaisle.suppliers.contact import SupplierContact

NAME = "purchase-order-mails"
# What comes due within a minute is told in one mail, and a supplier gets one of a kind an hour: it leads to the list.
_GATHER_SECONDS = 60.0
_HOUR_CHARACTERS = len("2026-11-23T18")
_NAMED_MAXIMUM = 20
_TEMPLATES: Mapping[str, str] = {
    PurchaseOrderReminded.TYPE: "purchase_orders_waiting",
    PurchaseOrderLate.TYPE: "purchase_orders_late",
    PurchaseOrderShipmentLost.TYPE: "parcels_lost",
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


class _Letter(NamedTuple):
    """Of what kind a mail is, to whom, in which hour."""

    template: str
    supplier_id: str
    hour: str


def purchase_order_mails_pipe(*, mail: SendsMail, contacts: Contacts, clock: Clock, public_address: str) -> Pipe:
    """Return the pipe that writes the mails; changes that come twice write none twice."""

    async def handle(changes: Sequence[Change]) -> None:
        letters: dict[_Letter, list[PurchaseOrder]] = {}
        for change in changes:
            if change.body is None:
                continue
            record = PURCHASE_ORDERS.record(change.body)
            hour = change.at.isoformat()[:_HOUR_CHARACTERS]
            for event_type in {event.type for event in change.events} & set(_TEMPLATES):
                letter = _Letter(_TEMPLATES[event_type], record.supplier_id, hour)
                letters.setdefault(letter, []).append(record)
        for letter, records in letters.items():
            await written(letter, records=records, correlation_id=changes[0].correlation_id)

    async def written(letter: _Letter, *, records: Sequence[PurchaseOrder], correlation_id: str) -> None:
        contact = await contacts.contact(supplier_id=letter.supplier_id)
        if contact is None:
            return
        try:
            await mail.send(
                template=letter.template,
                to=contact.email,
                language=contact.language,
                data={
                    "supplier_name": contact.name,
                    "orders": _named(records),
                    "link": f"{public_address}/portal/purchase-orders",
                },
                deduplication_key="#".join(letter),
                context=system_context(name=NAME, at=clock.now(), correlation_id=correlation_id),
            )
        except RequestInvalid:
            # What the supplier gave as its address is none; the portal and the API tell it all the same.
            return

    return Pipe(
        name=NAME,
        handle=handle,
        kinds=frozenset({PURCHASE_ORDER_KIND}),
        event_types=frozenset(_TEMPLATES),
        rest_seconds=_GATHER_SECONDS,
    )


def _named(records: Sequence[PurchaseOrder]) -> str:
    names = list(dict.fromkeys(f"{one.order_reference} ({one.purchase_order_id})" for one in records))
    more = len(names) - _NAMED_MAXIMUM
    return "\n".join([*names[:_NAMED_MAXIMUM], *([f"+ {more}"] if more > 0 else [])])
