"""What happens to scorecards. ``supplier_id`` of the base names the supplier, so it may be told of it."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from openaisle.kernel.records import Event


class Beyond(msgspec.Struct, frozen=True, kw_only=True):
    """A metric that is beyond its limit, in words and numbers; a rate is in hundredths of a percent, a time in seconds.

    ``severity`` is ``warning`` or ``suspension``.
    """

    metric: str
    window_days: int
    count: int
    value: int
    limit: int
    severity: str
    explanation: str


class _ScorecardEvent(Event, frozen=True, kw_only=True):
    """What all events of a scorecard tell: the score, and what is beyond its limit."""

    score: int
    beyond: tuple[Beyond, ...] = ()


class ScorecardWarned(_ScorecardEvent, frozen=True, kw_only=True):
    """A supplier does not keep a limit and is warned."""

    TYPE: ClassVar[str] = "scorecard.warned"


class ScorecardNoticeGiven(_ScorecardEvent, frozen=True, kw_only=True):
    """A supplier is far beyond a limit: it is suspended, or proposed for it, if it still is when the notice ends."""

    TYPE: ClassVar[str] = "scorecard.notice_given"

    notice_ends_at: str


class ScorecardSuspensionDue(_ScorecardEvent, frozen=True, kw_only=True):
    """The notice has run out and the supplier is still far beyond a limit; the operator decides."""

    TYPE: ClassVar[str] = "scorecard.suspension_due"


class ScorecardSuspended(_ScorecardEvent, frozen=True, kw_only=True):
    """A supplier was suspended for its scorecard."""

    TYPE: ClassVar[str] = "scorecard.suspended"

    reason: str


class ScorecardEased(_ScorecardEvent, frozen=True, kw_only=True):
    """A notice has ended without a suspension: the supplier is no longer far beyond a limit."""

    TYPE: ClassVar[str] = "scorecard.eased"


class ScorecardRecovered(_ScorecardEvent, frozen=True, kw_only=True):
    """A supplier keeps every limit again."""

    TYPE: ClassVar[str] = "scorecard.recovered"


class ScorecardForgiven(_ScorecardEvent, frozen=True, kw_only=True):
    """What was before is no longer judged: a person decided so, or the supplier was reinstated."""

    TYPE: ClassVar[str] = "scorecard.forgiven"

    reason: str
