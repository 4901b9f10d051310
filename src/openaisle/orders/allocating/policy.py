"""What the operator decides about the allocation of orders."""

from __future__ import annotations

from typing import Annotated

import msgspec

from openaisle.suppliers.policy import told

EXPRESS = "express"
_MOST = 10_000_000


def _minor(meaning: str) -> msgspec.Meta:
    return told(meaning, unit="minor units", ge=0, le=_MOST)


def _permille(meaning: str, *, most: int = 10_000) -> msgspec.Meta:
    return told(meaning, unit="permille", ge=0, le=most)


class AllocationWeights(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What counts how much where suppliers are compared; amounts are minor units of the order's currency.

    ``margin_permille`` of what the operator keeps of the shopper's price count as gain: ``commission_permille`` of
    the price, or all above the supplier's price where the stock is the operator's own.
    """

    price_permille: Annotated[int, _permille("How much of the supplier's price counts as cost.")] = 1_000
    margin_permille: Annotated[int, _permille("How much of what the operator keeps counts as gain.")] = 0
    commission_permille: Annotated[int, _permille("What the operator keeps of the net price.", most=1_000)] = 150
    day_minor: Annotated[int, _minor("What a day until the delivery costs.")] = 50
    zone_minor: Annotated[int, _minor("What each step of distance costs.")] = 10
    parcel_minor: Annotated[int, _minor("What each further parcel of an order costs.")] = 400
    scorecard_minor: Annotated[int, _minor("What a supplier with the worst score costs.")] = 300
    fairness_minor: Annotated[int, _minor("What a supplier costs that was lately chosen for all.")] = 0
    own_stock_minor: Annotated[int, _minor("What the operator's own stock is preferred by.")] = 200


class AllocationPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How orders are allocated: the weights, and what is taken for true of suppliers that told nothing."""

    weights: AllocationWeights = AllocationWeights()
    transit_days: Annotated[
        int, told("How long goods travel where the supplier stated no terms.", unit="days", ge=0, le=90)
    ] = 3
    express_days: Annotated[int, told("The same for the shipping option express.", unit="days", ge=0, le=90)] = 1
    scorecard_unknown: Annotated[int, told("The score of a supplier of which too little is known.", ge=0, le=1_000)] = (
        900
    )

    hand_over: Annotated[
        bool,
        told("Whether a person decides about lines that no supplier is left for, before they are canceled."),
    ] = False

    def transit_days_of(self, *, shipping_option: str) -> int:
        """Return how long goods are taken to travel where the supplier says nothing of it."""
        return self.express_days if shipping_option == EXPRESS else self.transit_days


STANDARD_POLICY = AllocationPolicy()
