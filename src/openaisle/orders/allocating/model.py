"""What the allocation engine decides: who fills which line from where, and a verdict on everybody it looked at."""

from __future__ import annotations

from enum import StrEnum

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


class Assessment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One candidate for one line: its numbers as they were then, and the verdict.

    ``score_minor`` is what the strategy compared: less is better; None where nothing was compared.
    ``quantity`` is how much of the line it fills.
    """

    offer_id: str
    supplier_id: str
    verdict: Verdict
    available: int
    price_minor: int
    lead_time_days: int
    score_minor: int | None = None
    quantity: int = 0


class LineDecision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Why a line is filled as it is: ``fixed`` if the storefront chose the offer, ``unfilled`` units found nobody.

    ``left_out`` counts assessments that are not kept, because there were too many.
    """

    line_number: int
    assessments: tuple[Assessment, ...]
    fixed: bool = False
    unfilled: int = 0
    left_out: int = 0


class Share(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A part of a line, filled by one offer from one location."""

    line_number: int
    quantity: int
    location: str
    candidate: OfferWithStock


class AllocationDecision(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The shares of all lines and the reasons; a line is filled wholly or, in ``unfilled``, not at all."""

    shares: tuple[Share, ...]
    lines: tuple[LineDecision, ...]

    @property
    def unfilled(self) -> tuple[LineDecision, ...]:
        """The lines for which there was not enough."""
        return tuple(line for line in self.lines if line.unfilled)
