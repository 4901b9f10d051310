"""What happens to purchase orders on their way to suppliers, as others are told of it."""

from __future__ import annotations

from typing import ClassVar

from openaisle.orders.events import PurchaseOrderEvent


class PurchaseOrderSetAside(PurchaseOrderEvent, frozen=True, kw_only=True, gc=False):
    """The supplier's system could not take it however often it was tried; a person has to look at it."""

    TYPE: ClassVar[str] = "purchase_order.set_aside"

    code: str
    reason: str


class PurchaseOrderSentAgain(PurchaseOrderEvent, frozen=True, kw_only=True, gc=False):
    """A person had a purchase order that was set aside tried again."""

    TYPE: ClassVar[str] = "purchase_order.sent_again"


class PurchaseOrderReachedLate(PurchaseOrderEvent, frozen=True, kw_only=True, gc=False):
    """It reached the supplier after it was over; the supplier is told that it is."""

    TYPE: ClassVar[str] = "purchase_order.reached_late"


class PurchaseOrderCancellationTold(PurchaseOrderEvent, frozen=True, kw_only=True, gc=False):
    """The supplier was told what is canceled; ``decision`` is canceled, too_late, unknown, told or untellable."""

    TYPE: ClassVar[str] = "purchase_order.cancellation_told"

    decision: str
    reason: str = ""
