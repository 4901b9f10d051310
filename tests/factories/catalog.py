"""Products as tests need them."""

from __future__ import annotations

from typing import Any

from openaisle.catalog.model import Product, SubmissionFacts, product_identifier
from tests.factories.offers import AT


def product(*, supplier_id: str = "sup_bergmann", supplier_sku: str = "MUG-1", **given: Any) -> Product:
    facts = {
        "product_id": product_identifier(
            gtin=None, product_reference=None, supplier_id=supplier_id, supplier_sku=supplier_sku
        ),
        "title": "Stoneware mug, blue",
        "supplier_id": supplier_id,
        "created_at": AT,
        "changed_at": AT,
    }
    return Product(**(facts | given))


def submission_facts(**given: Any) -> SubmissionFacts:
    facts = {
        "supplier_sku": "MUG-1",
        "title": "Stoneware mug, blue",
        "gtin": "4006381333931",
        "category": "kitchen",
        "weight_grams": 350,
        "length_mm": 120,
        "width_mm": 90,
        "height_mm": 100,
        "price_minor": 1299,
        "currency": "EUR",
        "on_hand": 10,
    }
    return SubmissionFacts(**(facts | given))
