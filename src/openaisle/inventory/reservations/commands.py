"""What storefronts ask for, as it arrives: bounded, and refused where a field is unknown."""

from __future__ import annotations

from typing import Annotated

import msgspec

from openaisle.inventory.reservations.model import MAXIMUM_HOLDS, MAXIMUM_SECONDS
from openaisle.kernel.texts import END, IDENTIFIER_PATTERN

Identifier = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=IDENTIFIER_PATTERN)]


class NewReservationLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A line: of one offer (``offer_id``), or of a product (``product_id``), of which the cheapest offer is held."""

    offer_id: Identifier | None = None
    product_id: Identifier | None = None
    quantity: Annotated[int, msgspec.Meta(ge=1, le=10_000)]


class NewReservation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What is to be held and for how many seconds; with ``currency`` only offers in it are held."""

    lines: Annotated[list[NewReservationLine], msgspec.Meta(min_length=1, max_length=MAXIMUM_HOLDS)]
    seconds: Annotated[int, msgspec.Meta(ge=1, le=MAXIMUM_SECONDS)]
    currency: Annotated[str, msgspec.Meta(pattern=rf"^[A-Z]{{3}}{END}")] | None = None
