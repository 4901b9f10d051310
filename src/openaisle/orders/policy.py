"""What the operator decides about orders in its policy file: the section ``orders``. Pure."""

from __future__ import annotations

from typing import Annotated

import msgspec

from openaisle.suppliers.policy import told


class OrderCarePolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long orders may wait, and what customer service may grant."""

    hold_hours_maximum: Annotated[
        int,
        told(
            "How long an order may be on hold; one that nobody released by then is canceled, and its stock sold on.",
            unit="hours",
            ge=1,
            le=8_760,
        ),
    ] = 168
    goodwill_percent_maximum: Annotated[
        int,
        told("How much of an order's total may be granted as goodwill in all.", unit="percent", ge=0, le=100),
    ] = 100
