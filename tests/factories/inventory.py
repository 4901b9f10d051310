"""Stock levels as tests need them."""

from __future__ import annotations

from datetime import datetime

from openaisle.inventory.model import StockLevel
from openaisle.kernel.context import Context, Principal, Role, SupplierScope
from openaisle.offers.model import Offer
from tests.factories.offers import AT, offer

SCOPE = SupplierScope(supplier_id="sup_bergmann")


def context(*, role: Role = Role.SUPPLIER, subject_id: str = "sup_bergmann", at: datetime = AT) -> Context:
    return Context(principal=Principal(role=role, subject_id=subject_id), at=at, correlation_id="test")


def stock_level(
    *, of: Offer | None = None, location: str = "default", on_hand: int = 10, reserved: int = 0, at: datetime = AT
) -> StockLevel:
    of = of or offer()
    return StockLevel(
        offer_id=of.offer_id,
        supplier_id=of.supplier_id,
        product_id=of.product_id,
        location=location,
        on_hand=on_hand,
        reserved=reserved,
        available=on_hand - reserved,
        confirmed_at=at,
    )
