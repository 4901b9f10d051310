"""Answers and shipments of purchase orders, told shortly."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from openaisle.kernel.context import SupplierScope
from openaisle.orders.commands import (
    Acknowledgment,
    AcknowledgmentDecision,
    Consent,
    LineAcknowledgment,
    LineConsent,
    LineToCancel,
    LineToShip,
    NewPackage,
    NewShipment,
    NewSubstitute,
    ShippedSerials,
    Withdrawal,
)
from openaisle.orders.purchase_order import PurchaseOrder
from tests.factories.contexts import NOON
from tests.factories.orders import OrderRoom, storefront_context, supplier_context

OWN = SupplierScope(supplier_id="sup_bergmann")
UPS_NUMBER = "1Z5R89390357567127"


class Desk:
    """A supplier's desk: answers and ships the purchase orders of a room."""

    def __init__(self, *, room: OrderRoom, scope: SupplierScope = OWN, at: datetime = NOON) -> None:
        self.room = room
        self.scope = scope
        self.at = at

    def after(self, **period: float) -> Desk:
        """The same desk later."""
        return Desk(room=self.room, scope=self.scope, at=self.at + timedelta(**period))

    @property
    def context(self) -> Any:
        return supplier_context(supplier_id=self.scope.supplier_id, at=self.at)

    async def answer(self, purchase_order_id: str, decision: str = "accepted", **given: Any) -> PurchaseOrder:
        sku = given.pop("sku", None)
        if sku is not None:
            given["substitute"] = NewSubstitute(supplier_sku=sku, location=given.pop("location", None))
        line = LineAcknowledgment(
            line_number=given.pop("line_number", 1), decision=AcknowledgmentDecision(decision), **given
        )
        return await self.room.purchase_orders.acknowledge(
            purchase_order_id=purchase_order_id,
            acknowledgment=Acknowledgment(lines=[line]),
            context=self.context,
            scope=self.scope,
        )

    async def ship(
        self, purchase_order_id: str, *lines: tuple[int, int], number: str = UPS_NUMBER, **given: Any
    ) -> PurchaseOrder:
        shipment = NewShipment(
            carrier=given.pop("carrier", "UPS"), tracking_number=number, lines=_to_ship(lines), **given
        )
        return await self.room.purchase_orders.ship(
            purchase_order_id=purchase_order_id, shipment=shipment, context=self.context, scope=self.scope
        )

    async def take_back(self, purchase_order_id: str, *lines: tuple[int, int], key: str = "") -> PurchaseOrder:
        withdrawal = Withdrawal(
            lines=[LineToCancel(line_number=number, quantity=some) for number, some in lines], reason="broken"
        )
        return await self.room.purchase_orders.withdraw(
            purchase_order_id=purchase_order_id,
            withdrawal=withdrawal,
            key=key,
            context=self.context,
            scope=self.scope,
        )

    async def consent(
        self, purchase_order_id: str, *, granted: bool, storefront_id: str = "sto_web", line_number: int = 1
    ) -> PurchaseOrder:
        return await self.room.purchase_orders.consent(
            purchase_order_id=purchase_order_id,
            consent=Consent(lines=[LineConsent(line_number=line_number, granted=granted)]),
            context=storefront_context(at=self.at, subject_id=storefront_id),
        )


def _to_ship(lines: Sequence[tuple[int, int]]) -> list[LineToShip]:
    return [LineToShip(line_number=number, quantity=quantity) for number, quantity in lines]


def packed(quantity: int, **facts: Any) -> NewPackage:
    """A box with units of line 1."""
    return NewPackage(lines=_to_ship([(1, quantity)]), **facts)


def serials(*numbers: str) -> list[ShippedSerials]:
    """Serial numbers of units of line 1."""
    return [ShippedSerials(line_number=1, serial_numbers=list(numbers))]
