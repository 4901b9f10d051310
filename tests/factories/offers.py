"""Offers as tests need them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from openaisle.catalog.model import product_identifier
from openaisle.offers.model import Offer, offer_identifier

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def offer(*, supplier_id: str = "sup_bergmann", supplier_sku: str = "MUG-1", **given: Any) -> Offer:
    facts = {
        "offer_id": offer_identifier(supplier_id=supplier_id, supplier_sku=supplier_sku),
        "product_id": product_identifier(
            gtin=None, product_reference=None, supplier_id=supplier_id, supplier_sku=supplier_sku
        ),
        "price_minor": 1299,
        "currency": "EUR",
        "lead_time_days": 2,
        "created_at": AT,
        "changed_at": AT,
    }
    return Offer(supplier_id=supplier_id, supplier_sku=supplier_sku, **(facts | given))
