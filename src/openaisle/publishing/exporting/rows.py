"""A product as one row: its facts, and the terms of the offer that a shopper would get. Pure."""

from __future__ import annotations

import msgspec

from openaisle.catalog.model import Product
from openaisle.inventory.model import OfferWithStock
from openaisle.kernel.money import Money, decimal_text
from openaisle.offers.model import OfferState
from openaisle.publishing.documents import PublishedProduct
from openaisle.publishing.exporting.model import ExportScope

IN_STOCK = "in_stock"
OUT_OF_STOCK = "out_of_stock"
PRODUCT_PLACE = "{product_id}"
# Attributes that have columns of their own; all others stand together in one.
KNOWN_ATTRIBUTES = (
    "color",
    "size",
    "material",
    "gender",
    "age_group",
    "manufacturer_name",
    "manufacturer_address",
    "manufacturer_email",
    "responsible_person_name",
    "responsible_person_address",
    "responsible_person_email",
    "safety_warnings",
)
_FACTS = (
    "product_id",
    "gtin",
    "product_reference",
    "brand",
    "part_number",
    "title",
    "description",
    "category",
    "variant_group",
    "weight_grams",
    "length_mm",
    "width_mm",
    "height_mm",
)
_NUMBERS = frozenset({"weight_grams", "length_mm", "width_mm", "height_mm"})

# The columns of rows with their types, in their order.
COLUMNS: dict[str, type] = {
    **{name: int if name in _NUMBERS else str for name in _FACTS},
    **dict.fromkeys(KNOWN_ATTRIBUTES, str),
    "attributes": str,
    "image_url": str,
    "additional_image_urls": str,
    "url": str,
    "state": str,
    "offer_id": str,
    "supplier_id": str,
    "price_minor": int,
    "currency": str,
    "price": str,
    "condition": str,
    "lead_time_days": int,
    "availability": str,
    "available": int,
    "offer_count": int,
    "changed_at": str,
}

Row = dict[str, str | int | None]


def is_exported(*, found: PublishedProduct, scope: ExportScope) -> bool:
    """Return whether a product belongs into an export of the scope."""
    if scope is ExportScope.ALL:
        return True
    return found.is_shown and (scope is ExportScope.ACTIVE or found.best is not None)


def row_of(*, found: PublishedProduct, page: str) -> Row:
    """Return the row of a product; ``page`` is the storefront's address of a product, empty for none."""
    product, joined = found.product, offer_shown(found=found)
    first, *others = product.image_urls or ("",)
    row: Row = {name: getattr(product, name) for name in _FACTS}
    row |= {name: product.attributes.get(name) for name in KNOWN_ATTRIBUTES}
    row |= {
        "attributes": _other_attributes(product=product),
        "image_url": first or None,
        "additional_image_urls": " ".join(others) or None,
        "url": page.replace(PRODUCT_PLACE, product.product_id) or None,
        "state": product.state.value,
        "availability": IN_STOCK if found.available > 0 else OUT_OF_STOCK,
        "available": found.available,
        "offer_count": len(found.offers),
        "changed_at": product.changed_at.isoformat(),
    }
    terms: Row = dict.fromkeys(
        ("offer_id", "supplier_id", "price_minor", "currency", "price", "condition", "lead_time_days")
    )
    if joined is not None:
        offer = joined.offer
        amount = decimal_text(money=Money(amount_minor=offer.price_minor, currency=offer.currency))
        terms = {
            "offer_id": offer.offer_id,
            "supplier_id": offer.supplier_id,
            "price_minor": offer.price_minor,
            "currency": offer.currency,
            "price": f"{amount} {offer.currency}",
            "condition": offer.condition.value,
            "lead_time_days": offer.lead_time_days,
        }
    row |= terms
    return {name: row[name] for name in COLUMNS}


def offer_shown(*, found: PublishedProduct) -> OfferWithStock | None:
    """Return the offer whose terms a row tells: the cheapest that can be sold, else the cheapest active one."""
    active = [one for one in found.offers if one.offer.state is OfferState.ACTIVE]
    return found.best or min(active, key=lambda one: (one.offer.price_minor, one.offer.offer_id), default=None)


def _other_attributes(*, product: Product) -> str | None:
    others = {name: value for name, value in sorted(product.attributes.items()) if name not in KNOWN_ATTRIBUTES}
    return msgspec.json.encode(others).decode() if others else None
