"""What the allocation engine decides: who fills which line from where, and a verdict on everybody it looked at."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

import msgspec

from openaisle.inventory.model import OfferWithStock


class Verdict(StrEnum):
    """What the engine thought of one candidate for one line."""

    CHOSEN = "chosen"
    BETTER_FOUND = "better_found"
    UNKNOWN = "unknown"
    OFFER_PAUSED = "offer_paused"
    OFFER_WITHDRAWN = "offer_withdrawn"
    SUPPLIER_NOT_ACTIVE = "supplier_not_active"
    PRODUCT_NOT_ACTIVE = "product_not_active"
    CURRENCY_DIFFERS = "currency_differs"
    NO_STOCK = "no_stock"
    TOO_LITTLE_STOCK = "too_little_stock"
    REFUSED_BEFORE = "refused_before"
    SHIPS_NOT_THERE = "ships_not_there"
    SHIPPING_OPTION_MISSING = "shipping_option_missing"
    HAZARDOUS_GOODS_REFUSED = "hazardous_goods_refused"
    AGE_NOT_PROVEN = "age_not_proven"
    ARRIVES_TOO_LATE = "arrives_too_late"
    CAPACITY_REACHED = "capacity_reached"


class Prospect(NamedTuple):
    """What is to be expected of one candidate for one line; scores are made of it, today and in a what-if.

    ``days`` count from the order to the delivery, ``zone`` is the distance (1 near to 4 far, 8 abroad, 0 unknown),
    ``scorecard`` the supplier's (0 to 1,000), ``share_permille`` how often it was chosen lately.
    """

    price_minor: int
    days: int
    zone: int
    scorecard: int
    share_permille: int
    own_stock: bool


class Score(NamedTuple):
    """What a candidate costs by the strategy, in minor units: less is better.

    The first two are counted for each unit, the others once for a line; parcels are counted over the whole order.
    """

    price_minor: int
    margin_minor: int = 0
    waiting_minor: int = 0
    distance_minor: int = 0
    scorecard_minor: int = 0
    fairness_minor: int = 0
    own_stock_minor: int = 0

    @property
    def unit_minor(self) -> int:
        """Return what each unit costs."""
        return self.price_minor + self.margin_minor

    @property
    def once_minor(self) -> int:
        """Return what the line costs whatever its quantity."""
        return (
            self.waiting_minor + self.distance_minor + self.scorecard_minor + self.fairness_minor + self.own_stock_minor
        )

    def total_minor(self, *, quantity: int) -> int:
        """Return what so many units cost."""
        return self.unit_minor * quantity + self.once_minor


class Assessment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One candidate for one line: its numbers as they were then, and the verdict.

    ``score_minor`` is what the strategy compared: less is better; None where nothing was compared.
    ``quantity`` is how much of the line it fills. ``days`` to the delivery, ``delivered_on``, ``zone``, ``scorecard``
    and ``share_permille`` are what the score was made of, None where nobody asked.
    """

    offer_id: str
    supplier_id: str
    verdict: Verdict
    available: int
    price_minor: int
    lead_time_days: int
    score_minor: int | None = None
    quantity: int = 0
    days: int | None = None
    delivered_on: str | None = None
    zone: int = 0
    scorecard: int | None = None
    share_permille: int = 0
    own_stock: bool = False


class LineDecision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Why a line is filled as it is: ``fixed`` if the storefront chose the offer, ``unfilled`` units found nobody.

    ``left_out`` counts assessments that are not kept, because there were too many. ``net_price_minor`` is what the
    shopper pays for a unit without tax, where margins counted.
    """

    line_number: int
    assessments: tuple[Assessment, ...]
    fixed: bool = False
    unfilled: int = 0
    left_out: int = 0
    net_price_minor: int | None = None


class Share(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A part of a line, filled by one offer from one location; ``delivered_on`` is the day that is promised."""

    line_number: int
    quantity: int
    location: str
    candidate: OfferWithStock
    delivered_on: str | None = None


class AllocationDecision(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The shares of all lines and the reasons; a line is filled wholly or, in ``unfilled``, not at all.

    ``proven`` says that no other way to fill the order is cheaper. ``begins_on`` are the days on which suppliers with
    limited capacity begin, by supplier: whoever commits the shares takes from the capacity of these days.
    """

    shares: tuple[Share, ...]
    lines: tuple[LineDecision, ...]
    proven: bool = True
    begins_on: dict[str, str] = {}

    @property
    def unfilled(self) -> tuple[LineDecision, ...]:
        """The lines for which there was not enough."""
        return tuple(line for line in self.lines if line.unfilled)
