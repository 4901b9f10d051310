"""What the operator asks of suppliers: by metric the window, the least count, the limits and the weight. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from openaisle.suppliers.policy import told

_P2B = "Regulation (EU) 2019/1150, Article 4: reasons are given, at the latest when a restriction takes effect"

WINDOWS = (7, 30, 90)


class Suspension(StrEnum):
    """What becomes of a supplier that is still beyond a limit when its notice has run out."""

    PROPOSE = "propose"
    AUTOMATIC = "automatic"
    NEVER = "never"


_Window = Annotated[Literal[7, 30, 90], told("Over how many days it is judged: 7, 30 or 90.", unit="days")]
_Least = Annotated[
    int, told("From how many cases on it is judged; fewer say nothing.", unit="cases", ge=1, le=1_000_000)
]
_Weight = Annotated[int, told("How much it counts in the score; 0: not at all.", ge=0, le=100)]
_Percent = Annotated[float, told("Beyond this a supplier is warned.", unit="percent", ge=0, le=100)]
_PercentOut = Annotated[
    float, told("Beyond this it is given notice of a suspension.", unit="percent", law=_P2B, ge=0, le=100)
]
_Hours = Annotated[float, told("Beyond this a supplier is warned.", unit="hours", ge=0, le=8_760)]
_HoursOut = Annotated[
    float, told("Beyond this it is given notice of a suspension.", unit="hours", law=_P2B, ge=0, le=8_760)
]
_Judged = Annotated[bool, told("Whether warnings and suspensions follow; without, it only counts in the score.")]


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one metric is judged; limits in percent, or in hours for a time."""

    warn_at: _Percent
    suspend_at: _PercentOut
    window_days: _Window = 30
    minimum_count: _Least = 20
    weight: _Weight = 10
    is_judged: _Judged = True


class AcceptanceRule(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lines that were accepted, of those that were answered or left to expire."""

    warn_at: _Percent = 96.0
    suspend_at: _PercentOut = 80.0
    weight: _Weight = 30


class AcceptanceTimeRule(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The mean time from the making of a purchase order to the acceptance of a line."""

    warn_at: _Hours = 24.0
    suspend_at: _HoursOut = 72.0


class ExpiryRule(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lines that were left to expire, of those that were answered or left to expire."""

    warn_at: _Percent = 4.0
    suspend_at: _PercentOut = 20.0


class LateShipmentRule(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lines that left late or are overdue, of those that left or are overdue."""

    warn_at: _Percent = 10.0
    suspend_at: _PercentOut = 30.0
    weight: _Weight = 20


class CancellationRule(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lines that the supplier took back after it had accepted them, of those that it accepted."""

    warn_at: _Percent = 3.0
    suspend_at: _PercentOut = 15.0
    weight: _Weight = 20


class ValidTrackingRule(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Shipments whose tracking number was verified, of those whose carrier's numbers can be verified."""

    warn_at: _Percent = 90.0
    suspend_at: _PercentOut = 60.0


class ReturnRule(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lines that came back or were asked to, of those that left."""

    warn_at: _Percent = 25.0
    suspend_at: _PercentOut = 60.0
    weight: _Weight = 5
    # What is sent back depends on what is sold: half of all shoes come back and nobody is to blame.
    is_judged: _Judged = False


class IncidentRule(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Incidents that others than the supplier opened, of the purchase orders that left."""

    warn_at: _Percent = 9.0
    suspend_at: _PercentOut = 25.0


class ScorecardPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How suppliers are judged, and what follows."""

    acceptance: AcceptanceRule = AcceptanceRule()
    acceptance_time: AcceptanceTimeRule = AcceptanceTimeRule()
    expiry: ExpiryRule = ExpiryRule()
    late_shipment: LateShipmentRule = LateShipmentRule()
    cancellation: CancellationRule = CancellationRule()
    valid_tracking: ValidTrackingRule = ValidTrackingRule()
    returns: ReturnRule = ReturnRule()
    incidents: IncidentRule = IncidentRule()
    suspension: Annotated[
        Suspension,
        told(
            "Whether a supplier that is still beyond a limit when its notice has run out is suspended, proposed to the"
            " operator for suspension, or never suspended for its scorecard.",
            law=_P2B,
        ),
    ] = Suspension.PROPOSE
    notice_days: Annotated[
        int, told("How long before a suspension it is announced.", unit="days", law=_P2B, ge=1, le=90)
    ] = 7
    recovered_after_days: Annotated[
        int,
        told("How long everything must be within its limits until a warning ends.", unit="days", ge=0, le=90),
    ] = 2
    reinstated_after_days: Annotated[
        int,
        told(
            "After how long one that was suspended for its scorecard sells again by itself; 0: a person decides.",
            unit="days",
            ge=0,
            le=365,
        ),
    ] = 0
    score_without_evidence: Annotated[
        int, told("The score of a supplier that nothing can be judged of yet.", unit="of 1000", ge=0, le=1000)
    ] = 800
