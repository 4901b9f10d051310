"""The audit trail of a supplier: who changed what, when, from what to what. Pure; no I/O, no clock."""

from __future__ import annotations

from datetime import datetime

import msgspec

from openaisle.kernel.context import Context
from openaisle.suppliers.dossier import SealedSecrets
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
    old, new = _texts(before), _texts(after)
    return tuple(
        FieldChange(field=field, before=old.get(field), after=new.get(field))
        for field in {**new, **old}
        if old.get(field) != new.get(field)
    )


def _texts(supplier: Supplier | None) -> dict[str, str | None]:
    if supplier is None:
        return {}
    masked = supplier.tax_id.masked if supplier.tax_id is not None else None
    texts = {"state": supplier.state.value, **fact_texts(facts=supplier.facts), TAX_ID: masked}
    return texts if supplier.sealed is None else {**texts, **_sealed_texts(supplier.sealed)}


def _sealed_texts(sealed: SealedSecrets) -> dict[str, str | None]:
    """Return what may be shown of secrets, masked."""
    texts: dict[str, str | None] = {
        f"tax_ids.{position}.number": f"{one.country} {one.masked}" for position, one in enumerate(sealed.tax_ids)
    }
    if sealed.bank_account is not None:
        texts["bank_account"] = (
            f"{sealed.bank_account_holder}, {sealed.bank_account.country} {sealed.bank_account.masked}"
        )
    return texts
