"""Which color family a state is drawn in; the state's word always stands beside it, so color is never alone."""

from __future__ import annotations

from typing import Literal

Tone = Literal["good", "moving", "waiting", "bad", "quiet"]

_TONES: dict[str, Tone] = {
    # suppliers
    "applied": "moving",
    "verifying": "moving",
    "in_review": "waiting",
    "active": "good",
    "rejected": "bad",
    "suspended": "bad",
    "offboarded": "quiet",
    # their revisions and documents
    "in_force": "good",
    "discarded": "quiet",
    "valid": "good",
    # orders, their lines and purchase orders
    "placed": "moving",
    "allocated": "moving",
    "allocating": "moving",
    "created": "moving",
    "sent": "moving",
    "accepted": "moving",
    "partially_accepted": "waiting",
    "partially_shipped": "moving",
    "shipped": "moving",
    "partially_delivered": "moving",
    "delivered": "good",
    "closed": "good",
    "completed": "good",
    "expired": "bad",
    "unallocatable": "bad",
    "canceled": "quiet",
    "partially_canceled": "waiting",
    "returned": "quiet",
    "refunded": "quiet",
    "late": "bad",
    "lost": "bad",
    "delivery_late": "waiting",
    "back_ordered": "waiting",
    "substituted": "waiting",
    "postponed": "waiting",
    "verified": "good",
    "unverified": "quiet",
    "invalid": "bad",
    "missing": "waiting",
    "reminded": "waiting",
    "refused": "bad",
    "consented": "good",
    "substitute_refused": "bad",
    # review tasks and what they decide
    "open": "waiting",
    "claimed": "moving",
    "resolved": "good",
    "confirming": "waiting",
    "off": "quiet",
    "approved": "good",
    "corrected": "moving",
    "sent_back": "waiting",
    # checks and their severities
    "pass": "good",
    "fail": "bad",
    "inconclusive": "waiting",
    "warning": "waiting",
    "error": "bad",
    "info": "quiet",
    # offers, products, stock
    "paused": "waiting",
    "withdrawn": "quiet",
    "draft": "quiet",
    # feeds and webhooks
    "proposed": "waiting",
    "automatic": "moving",
    "confirmed": "good",
    "received": "moving",
    "reading": "moving",
    "validating": "moving",
    "held": "waiting",
    "rolling_back": "moving",
    "rolled_back": "quiet",
    "taken": "good",
    "applying": "moving",
    "submitted": "moving",
    "unchanged": "quiet",
    "failing": "bad",
    # mails and the clocks of duties
    "failed": "bad",
    "running": "moving",
    "overdue": "bad",
    "done": "good",
    # what comes back, and what went wrong
    "requested": "waiting",
    "authorized": "moving",
    "replaced": "quiet",
    "paid": "good",
    "waiting_for_supplier": "moving",
    "waiting_for_shopper": "moving",
    "waiting_for_operator": "waiting",
    # scorecards
    "good": "good",
    "warned": "waiting",
    "notice": "waiting",
    "due": "bad",
    "suspension": "bad",
    # terms and what suppliers answer
    "announced": "moving",
    "agreed": "good",
    "deemed": "quiet",
    "asked": "waiting",
    "terminated": "quiet",
    # how a supplier's system answers
    "half_open": "waiting",
    "resting": "bad",
    "available": "good",
    "connected": "good",
    "not_connected": "quiet",
}


def tone_of(*, state: str) -> Tone:
    """Return the tone of a state; a state not listed is drawn quietly."""
    return _TONES.get(state, "quiet")
