"""What comes due in a supplier's life: reminders, deadlines, ends of notice periods. Pure; no I/O, no clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

import msgspec

from openaisle.suppliers.dossier import SupplierDocument
from openaisle.suppliers.policy import LifePolicy


class ClockKind(StrEnum):
    """What happens when a clock has run out."""

    REVERIFICATION = "reverification"
    DOCUMENT_EXPIRY = "document_expiry"
    ANSWER = "answer"
    OFFBOARDING = "offboarding"
    DELETION = "deletion"


class SupplierClock(msgspec.Struct, frozen=True, kw_only=True):
    """The record of something that comes due; ``reference`` tells clocks of one kind apart, such as by document.

    ``reason`` is why, where the kind alone does not say it.
    """

    supplier_id: str
    kind: ClockKind
    reference: str = ""
    reason: str = ""
    due_at: datetime

    @classmethod
    def of_document(cls, *, document: SupplierDocument, policy: LifePolicy) -> SupplierClock:
        """Return the clock that reminds of a document before it expires; at once if it is that late already."""
        expires = datetime.combine(document.expires_on or document.uploaded_at.date(), time(), tzinfo=UTC)
        due = max(expires - timedelta(days=policy.document_reminder_days), document.uploaded_at)
        return cls(
            supplier_id=document.supplier_id,
            kind=ClockKind.DOCUMENT_EXPIRY,
            reference=document.document_id,
            due_at=due,
        )


def clock_of(*, supplier_id: str, kind: ClockKind, at: datetime, days: int) -> SupplierClock:
    """Return the clock that runs out so many days after a moment."""
    return SupplierClock(supplier_id=supplier_id, kind=kind, due_at=at + timedelta(days=days))
