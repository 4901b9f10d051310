"""The audit trail of a supplier: who changed what, when, from what to what. Pure; no I/O, no clock."""

from __future__ import annotations

from datetime import datetime

import msgspec

from openaisle.kernel.context import Context
from openaisle.suppliers.facts import TAX_ID, fact_texts
from openaisle.suppliers.model import Supplier


class FieldChange(msgspec.Struct, frozen=True, kw_only=True):
    """What one field held before and after; a tax id stands here masked."""

    field: str
    before: str | None
    after: str | None


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One change of a supplier's records; ``action`` names it in the past tense."""

    supplier_id: str
    at: datetime
    actor: str
    action: str
    correlation_id: str
    changes: tuple[FieldChange, ...]
    reason: str | None = None


def audit_entry(
    *, before: Supplier | None, after: Supplier, action: str, context: Context, reason: str | None = None
) -> AuditEntry:
    """Return the entry for the change of a supplier's record; ``before`` is None for a new one."""
    return AuditEntry(
        supplier_id=after.supplier_id,
        at=context.at,
        actor=context.principal.actor,
        action=action,
        correlation_id=context.correlation_id,
        changes=changes_between(before=before, after=after),
        reason=reason,
    )


def changes_between(*, before: Supplier | None, after: Supplier) -> tuple[FieldChange, ...]:
    """Return each field that differs, the state first."""
    old = _texts(before)
    return tuple(
        FieldChange(field=field, before=old.get(field), after=text)
        for field, text in _texts(after).items()
        if old.get(field) != text
    )


def _texts(supplier: Supplier | None) -> dict[str, str | None]:
    if supplier is None:
        return {}
    masked = supplier.tax_id.masked if supplier.tax_id is not None else None
    return {"state": supplier.state.value, **fact_texts(facts=supplier.facts), TAX_ID: masked}
