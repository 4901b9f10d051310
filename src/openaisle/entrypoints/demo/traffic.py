"""The shoppers of the demonstration: baskets drawn from a seed, so that two runs tell the same story."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import msgspec

from openaisle.entrypoints.demo.goods import CURRENCY

_SHIPPING_MINOR = 490
_PLACES = (
    ("Amsterdam", "1012 LG", "NL"),
    ("Antwerpen", "2000", "BE"),
    ("Berlin", "10115", "DE"),
    ("Bordeaux", "33000", "FR"),
    ("Dublin", "D02 AF30", "IE"),
    ("Graz", "8010", "AT"),
    ("Lyon", "69001", "FR"),
    ("Porto", "4000-322", "PT"),
    ("Torino", "10121", "IT"),
    ("Utrecht", "3511 AB", "NL"),
)


class OnSale(msgspec.Struct, frozen=True, kw_only=True):
    """What a shopper can put into a basket: a product and the price the storefront shows, in minor units."""

    product_id: str
    price_minor: int


class Shoppers:
    """Draws orders; ``seed`` decides all of them, ``run`` keeps the references of two demonstrations apart."""

    def __init__(self, *, seed: int, run: str) -> None:
        """Begin the row of orders that belongs to the seed."""
        # Chance here draws baskets and guards nothing.
        self._chance = Random(seed)  # noqa: S311
        self._run = run
        self._number = 0

    def order(self, *, on_sale: Sequence[OnSale]) -> dict[str, Any]:
        """Return the next order: one to four products, mostly single units, shipped to one of ten cities."""
        self._number += 1
        chosen = self._chance.sample(on_sale, k=min(len(on_sale), self._chance.choice((1, 1, 2, 2, 3, 4))))
        city, postal_code, country = self._chance.choice(_PLACES)
        return {
            "reference": f"DEMO-{self._run}-{self._number:06d}",
            "currency": CURRENCY,
            "lines": [
                {
                    "product_id": one.product_id,
                    "quantity": self._chance.choice((1, 1, 1, 1, 2, 3)),
                    "unit_price_minor": one.price_minor,
                    "shipping_minor": _SHIPPING_MINOR if position == 0 else 0,
                }
                for position, one in enumerate(chosen)
            ],
            "ship_to": {
                "name": f"Demonstration shopper {self._number}",
                "street_lines": [f"Example street {self._chance.randint(1, 99)}"],
                "city": city,
                "postal_code": postal_code,
                "country": country,
            },
        }

    def pause_seconds(self, *, orders_per_second: float) -> float:
        """Return how long until the next shopper orders (independent arrivals, so exponentially distributed)."""
        return self._chance.expovariate(orders_per_second)
