"""What the operator decides about incidents."""

from __future__ import annotations

from typing import Annotated

import msgspec

from openaisle.suppliers.policy import told


class IncidentPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long everybody may take, and how long it is kept what was said."""

    answer_within_hours: Annotated[
        int, told("How long a supplier may take to answer before the operator decides.", unit="hours", ge=1, le=2_160)
    ] = 48
    shopper_within_hours: Annotated[
        int,
        told(
            "How long a shopper may take to answer before an incident counts as settled.", unit="hours", ge=1, le=8_760
        ),
    ] = 168
    decide_within_hours: Annotated[
        int, told("How long the operator may take before it is reminded.", unit="hours", ge=1, le=2_160)
    ] = 72
    reopen_within_days: Annotated[
        int, told("How long after it was settled a shopper may object.", unit="days", ge=0, le=365)
    ] = 14
    kept_days: Annotated[
        int,
        told(
            "How long after its end the messages and files of an incident are kept.",
            unit="days",
            law="Regulation (EU) 2016/679, Article 5(1)(e)",
            ge=1,
            le=3_653,
        ),
    ] = 365
    contacts_masked: Annotated[
        bool,
        told(
            "Whether e-mail addresses and telephone numbers in messages are hidden from the other side.",
            law="Regulation (EU) 2016/679, Article 5(1)(c)",
        ),
    ] = True
