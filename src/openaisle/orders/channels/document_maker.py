"""Makes what goes to suppliers of purchase orders and their orders' sealed addresses."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from openaisle.kernel.encryption import FieldCipher
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.table import Table
from openaisle.orders.channels.documents import PurchaseOrderDocument, document_of
from openaisle.orders.channels.transport import AnswerFinding
from openaisle.orders.commands import ShipTo
from openaisle.orders.disclosure import AddressBeforeAcceptance, DisclosurePolicy
from openaisle.orders.places import ship_to_place
from openaisle.orders.purchase_order import PurchaseOrder
from openaisle.orders.repository import order_key
from openaisle.suppliers.connection_settings import Transport
from openaisle.suppliers.queries import SupplierConnection

_FILES = (Transport.FOLDER, Transport.X12)


class _OrderAddress(msgspec.Struct, frozen=True):
    """An order of which only the address is read."""

    order_id: str
    ship_to: str


_ADDRESS_DECODER = msgspec.json.Decoder(_OrderAddress)
_SHIP_TO_DECODER = msgspec.json.Decoder(ShipTo)


class DocumentMaker:
    """Opens addresses, and tells of them what the policy allows on the supplier's road."""

    def __init__(self, *, table: Table, cipher: FieldCipher, disclosure: DisclosurePolicy) -> None:
        """Take the table of the orders, the cipher of addresses, and the operator's policy."""
        self._table = table
        self._cipher = cipher
        self._disclosure = disclosure

    async def made(
        self, *, purchase_orders: Sequence[PurchaseOrder], connection: SupplierConnection
    ) -> tuple[list[PurchaseOrderDocument], list[AnswerFinding]]:
        """Return the documents, and a finding for each purchase order whose address cannot be opened."""
        order_ids = list(dict.fromkeys(one.order_id for one in purchase_orders))
        items = await self._table.get_many(keys=[order_key(order_id=order_id) for order_id in order_ids])
        addresses: dict[str, ShipTo] = {}
        findings: list[AnswerFinding] = []
        for item in items:
            if item is None:
                continue
            order = _ADDRESS_DECODER.decode(item.body)
            try:
                plaintext = self._cipher.decrypt(ciphertext=order.ship_to, place=ship_to_place(order.order_id))
                addresses[order.order_id] = _SHIP_TO_DECODER.decode(plaintext)
            except OpenAisleError as error:
                lost = [one.purchase_order_id for one in purchase_orders if one.order_id == order.order_id]
                findings += [AnswerFinding(identifier, error.code, error.detail) for identifier in lost]
        rule = self._rule(connection)
        documents = [
            document_of(
                purchase_order=one,
                ship_to=addresses[one.order_id],
                share_contact=connection.share_contact,
                rule=rule,
            )
            for one in purchase_orders
            if one.order_id in addresses
        ]
        return documents, findings

    def _rule(self, connection: SupplierConnection) -> AddressBeforeAcceptance:
        if connection.transport is Transport.EMAIL:
            # Its page shows the address once it is needed.
            return AddressBeforeAcceptance.DESTINATION
        if connection.transport in _FILES:
            return self._disclosure.address_in_files
        return self._disclosure.address_before_acceptance
