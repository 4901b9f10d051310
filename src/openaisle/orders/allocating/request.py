"""What is asked of the allocation engine: the lines, where the goods go, and when and how they are to arrive."""

from __future__ import annotations

from datetime import datetime

import msgspec


class WantedLine(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is to be filled: so many units of a product, by ``offer_id`` alone where the storefront fixed it.

    ``net_price_minor`` is what the shopper pays for a unit without tax and after discounts, None where it is not
    known; margins are counted from it.
    """

    line_number: int
    quantity: int
    offer_id: str | None = None
    net_price_minor: int | None = None


class Destination(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where the goods go, as coarse as a decision needs it: no name, no street.

    ``country`` is the ISO 3166 code, ``region`` the state or province as the storefront wrote it.
    """

    country: str
    postal_code: str = ""
    region: str | None = None


class AllocationRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One order, or what is left of it, to be allocated at the moment ``at``.

    ``not_before`` and ``not_after`` are the days (``2026-11-30``) within which the shopper wants the goods, each None
    where the shopper did not say. ``shipping_option`` is the storefront's name of it, such as ``express``; empty means
    the supplier's standard. ``shopper_age`` is the age in years that the storefront has made sure of, if it has.
    Without a ``destination`` nobody is ruled out for where the goods go.
    """

    at: datetime
    currency: str
    lines: tuple[WantedLine, ...]
    destination: Destination | None = None
    not_before: str | None = None
    not_after: str | None = None
    shipping_option: str = ""
    shopper_age: int | None = None
