"""The goods of the demonstration: invented products, several of them offered by more than one supplier."""

from __future__ import annotations

from itertools import product
from typing import Any

import msgspec

from openaisle.kernel.gtin import gtin_check_digit

CURRENCY = "EUR"
# GS1 keeps the prefix 952 for demonstrations and examples, so these numbers name no product on earth.
_DEMONSTRATION_PREFIX = "952"
_UNITS_ON_HAND = 400


class DemoProduct(msgspec.Struct, frozen=True, kw_only=True):
    """An invented product: price in minor units of EUR, weight in grams."""

    gtin: str
    title: str
    brand: str
    category: str
    price_minor: int
    weight_grams: int


_RANGES: dict[str, tuple[str, str, tuple[str, ...], tuple[tuple[str, int, int], ...]]] = {
    "lighting": (
        "Harbor & Lane",
        "Home & Garden > Lighting > Lamps",
        ("Brass", "Oak", "Linen", "Smoked Glass"),
        (("Desk Lamp", 5490, 1400), ("Floor Lamp", 12900, 4200), ("Bedside Lamp", 3990, 900)),
    ),
    "kitchen": (
        "Alder Kitchen",
        "Home & Garden > Kitchen & Dining > Cookware",
        ("Cast Iron", "Copper", "Enamel", "Stoneware"),
        (("Casserole", 8900, 3600), ("Frying Pan", 4590, 1500), ("Saucepan", 3890, 1100)),
    ),
    "garden": (
        "Fern Works",
        "Home & Garden > Lawn & Garden > Gardening",
        ("Ash", "Steel", "Copper"),
        (("Hand Trowel", 1490, 300), ("Watering Can", 2990, 1200), ("Planter", 3490, 2600), ("Pruner", 2290, 350)),
    ),
    "writing": (
        "Quire",
        "Office Supplies > General Office Supplies > Paper Products",
        ("Dotted", "Ruled", "Plain"),
        (("Notebook A5", 1290, 280), ("Notebook A4", 1790, 520), ("Pocket Book", 790, 90)),
    ),
}


def range_of(*, goods: str) -> list[DemoProduct]:
    """Return the products of a range: every material in every form, always the same."""
    brand, category, materials, forms = _RANGES[goods]
    first = 1000 * (1 + list(_RANGES).index(goods))
    return [
        DemoProduct(
            gtin=_gtin(number=first + position),
            title=f"{material} {form}",
            brand=brand,
            category=category,
            price_minor=price_minor,
            weight_grams=weight_grams,
        )
        for position, (material, (form, price_minor, weight_grams)) in enumerate(product(materials, forms))
    ]


def submission(*, offered: DemoProduct, price_percent: int, lead_time_days: int) -> dict[str, Any]:
    """Return what a supplier submits for the product, at its own price and lead time."""
    return {
        "supplier_sku": f"{offered.brand[:2].upper()}-{offered.gtin[-6:]}",
        "gtin": offered.gtin,
        "title": offered.title,
        "description": f"{offered.title} by {offered.brand}.",
        "brand": offered.brand,
        "category": offered.category,
        "weight_grams": offered.weight_grams,
        "image_count": 3,
        "price_minor": offered.price_minor * price_percent // 100,
        "currency": CURRENCY,
        "on_hand": _UNITS_ON_HAND,
        "lead_time_days": lead_time_days,
    }


def _gtin(*, number: int) -> str:
    body = f"{_DEMONSTRATION_PREFIX}{number:09d}"
    return f"{body}{gtin_check_digit(body=body)}"
