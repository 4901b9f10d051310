"""What the operator decides about the allocation of orders."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

Minor = Annotated[int, Meta(ge=0, le=10_000_000)]
Permille = Annotated[int, Meta(ge=0, le=10_000)]
Days = Annotated[int, Meta(ge=0, le=90)]


class AllocationWeights(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What counts how much where suppliers are compared; amounts are minor units of the order's currency.

    ``price_permille`` of the supplier's price count as cost, and ``margin_permille`` of what the operator keeps of
    the shopper's price as gain: ``commission_permille`` of it, or all above the price where the stock is its own.
    ``day_minor`` is what a day until the delivery costs, ``zone_minor`` each step of distance, ``parcel_minor`` each
    further parcel. ``scorecard_minor`` is what a supplier with the worst scorecard costs, ``fairness_minor`` one that
    lately got all orders, ``own_stock_minor`` what the operator's own stock is preferred by.
    """

    price_permille: Permille = 1_000
    margin_permille: Permille = 0
    commission_permille: Annotated[int, Meta(ge=0, le=1_000)] = 150
    day_minor: Minor = 50
    zone_minor: Minor = 10
    parcel_minor: Minor = 400
    scorecard_minor: Minor = 300
    fairness_minor: Minor = 0
    own_stock_minor: Minor = 200


class AllocationPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How orders are allocated.

    ``transit_days`` is how long a supplier without terms of fulfillment is taken to be on its way, and
    ``transit_days_of`` the same for a shipping option. ``scorecard_unknown`` (0 to 1,000) stands in for a supplier
    with too few orders to be scored. ``hand_over_hours`` is how long a line that no supplier will fill waits for a
    person's decision before it is canceled; with 0 it is canceled at once.
    """

    weights: AllocationWeights = AllocationWeights()
    transit_days: Days = 3
    transit_days_of: dict[str, Days] = msgspec.field(default_factory=lambda: {"express": 1})
    scorecard_unknown: Annotated[int, Meta(ge=0, le=1_000)] = 900
    hand_over_hours: Annotated[int, Meta(ge=0, le=720)] = 0


STANDARD_POLICY = AllocationPolicy()
