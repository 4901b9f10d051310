"""Products as tests need them."""

from __future__ import annotations

from typing import Any

from openaisle.catalog.model import Product, product_identifier
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
