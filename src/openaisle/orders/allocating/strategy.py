"""Whom the allocation engine prefers: the protocol of a strategy and, beside it, the one that holds by default."""

from __future__ import annotations

from typing import Protocol

from openaisle.orders.allocating.model import Prospect, Score
from openaisle.orders.allocating.policy import AllocationWeights

DEFAULT_WEIGHTS = AllocationWeights()
# A supplier of which nobody knows where it is counts as one on the other side of the country.
_ZONE_UNKNOWN = 4
_WHOLE = 1_000


class AllocationStrategy(Protocol):
    """Says what a candidate costs; who is eligible, what stock is left and what is cheapest, the engine finds."""

    @property
    def weights(self) -> AllocationWeights:
        """The weights that are told beside a decision; ``parcel_minor`` is what each further parcel costs."""
        ...

    def score(self, *, prospect: Prospect, net_price_minor: int | None) -> Score:
        """Return what the candidate costs; ``net_price_minor`` is what the shopper pays for a unit, if known."""
        ...


class LandedCostStrategy:
    """The default: the price, and the worth of everything else that distinguishes suppliers, as one amount."""

    def __init__(self, *, weights: AllocationWeights = DEFAULT_WEIGHTS) -> None:
        """Take the ``weights`` of each thing against the price."""
        self._weights = weights

    @property
    def weights(self) -> AllocationWeights:
        """The weights."""
        return self._weights

    def score(self, *, prospect: Prospect, net_price_minor: int | None) -> Score:
        """Return what the candidate costs in minor units."""
        weights = self._weights
        margin_minor = 0
        if weights.margin_permille and net_price_minor is not None:
            kept_minor = (
                net_price_minor - prospect.price_minor
                if prospect.own_stock
                else net_price_minor * weights.commission_permille // _WHOLE
            )
            margin_minor = -(kept_minor * weights.margin_permille // _WHOLE)
        return Score(
            price_minor=prospect.price_minor * weights.price_permille // _WHOLE,
            margin_minor=margin_minor,
            waiting_minor=prospect.days * weights.day_minor,
            distance_minor=(prospect.zone or _ZONE_UNKNOWN) * weights.zone_minor,
            scorecard_minor=(_WHOLE - prospect.scorecard) * weights.scorecard_minor // _WHOLE,
            fairness_minor=prospect.share_permille * weights.fairness_minor // _WHOLE,
            own_stock_minor=-weights.own_stock_minor if prospect.own_stock else 0,
        )


DEFAULT_STRATEGY = LandedCostStrategy()
