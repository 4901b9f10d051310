"""Show in clear what is kept masked: only by permission, and never without an entry in the audit trail."""

from __future__ import annotations

from enum import StrEnum

from openaisle.kernel.context import Context
from openaisle.kernel.errors import NotFound
from openaisle.kernel.permissions import Permission, PermissionMissing
from openaisle.kernel.table import Table
from openaisle.people.audit import AuditTrail
from openaisle.suppliers.facts import ClearFacts
from openaisle.suppliers.model import SupplierMissing
from openaisle.suppliers.repository import SUPPLIERS, supplier_key
from openaisle.suppliers.tax_ids import TaxIds

ACTION = "supplier.revealed"


class RevealedField(StrEnum):
    """What can be shown in clear."""

    TAX_ID = "tax_id"
    TAX_IDS = "tax_ids"
    BANK_ACCOUNT = "bank_account"


class FieldNotGiven(NotFound):
    """The supplier has not told this, so there is nothing to show."""

    code = "field-not-given"
    title = "The supplier has not told this"
    mend = "Ask the supplier to complete its application."


_PERMISSIONS = {
    RevealedField.TAX_ID: Permission.TAX_IDS_REVEAL,
    RevealedField.TAX_IDS: Permission.TAX_IDS_REVEAL,
    RevealedField.BANK_ACCOUNT: Permission.BANK_ACCOUNTS_REVEAL,
}


class Revealing:
    """The use case of showing what is masked."""

    def __init__(self, *, table: Table, tax_ids: TaxIds, audit: AuditTrail) -> None:
        """Take the table, what opens sealed facts, and the audit trail."""
        self._table = table
        self._tax_ids = tax_ids
        self._audit = audit

    async def reveal(self, *, supplier_id: str, field: RevealedField, context: Context) -> tuple[str, ...]:
        """Return a field in clear, once an entry says who saw it, when and from where.

        Raises PermissionMissing (which is written down as well), SupplierMissing, FieldNotGiven.
        """
        try:
            context.principal.require(_PERMISSIONS[field])
        except PermissionMissing as missing:
            await self._note(supplier_id=supplier_id, field=field, outcome=missing.code, context=context)
            raise
        item = await self._table.get(key=supplier_key(supplier_id=supplier_id))
        if item is None:
            raise SupplierMissing(detail=f"There is no supplier {supplier_id[:40]}.")
        values = _values(clear=self._tax_ids.opened(supplier=SUPPLIERS.decode(item).record), field=field)
        if not values:
            raise FieldNotGiven(detail=f"{supplier_id} has told no {field.value.replace('_', ' ')}.")
        await self._note(supplier_id=supplier_id, field=field, outcome="done", context=context)
        return values

    async def _note(self, *, supplier_id: str, field: RevealedField, outcome: str, context: Context) -> None:
        await self._audit.record(
            action=ACTION, subject=supplier_id, outcome=outcome, details={"field": field.value}, context=context
        )


def _values(*, clear: ClearFacts, field: RevealedField) -> tuple[str, ...]:
    if field is RevealedField.TAX_ID:
        return (clear.tax_id,) if clear.tax_id else ()
    if field is RevealedField.TAX_IDS:
        return tuple(f"{one.country} {one.number}" for one in clear.secrets.tax_ids)
    account = clear.secrets.bank_account
    if account is None:
        return ()
    parts = (account.iban, account.routing_number, account.sort_code, account.account_number)
    return tuple(part for part in parts if part)
