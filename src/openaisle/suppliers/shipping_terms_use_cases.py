"""State a supplier's shipping terms, and read them."""

from __future__ import annotations

import msgspec

from openaisle.kernel.context import Context, Role
from openaisle.kernel.records import decided_anew
from openaisle.kernel.table import Table, Write
from openaisle.suppliers.audit import AuditEntry, FieldChange
from openaisle.suppliers.events import SupplierShippingChanged
from openaisle.suppliers.model import SupplierMissing
from openaisle.suppliers.repository import AUDIT, SHIPPING_TERMS, SUPPLIERS, shipping_terms_key, supplier_key
from openaisle.suppliers.shipping_terms import (
    OwnStockRefused,
    ShippingTerms,
    ShippingTermsMissing,
    require_valid_terms,
)

_SHOWN_MAXIMUM = 1_000


class SupplierShippingTerms:
    """The use cases of shipping terms."""

    def __init__(self, *, table: Table) -> None:
        """Take the table."""
        self._table = table

    async def state(self, *, terms: ShippingTerms, own_stock: bool | None = None, context: Context) -> ShippingTerms:
        """Replace a supplier's terms, and return them as they are kept; the same terms again change nothing.

        ``own_stock`` None leaves that mark as it is; only the operator may change it.
        Raises SupplierMissing, ShippingTermsInvalid, OwnStockRefused.
        """
        require_valid_terms(terms=terms)

        async def attempt() -> ShippingTerms:
            item, terms_item = await self._table.get_many(
                keys=[supplier_key(supplier_id=terms.supplier_id), shipping_terms_key(supplier_id=terms.supplier_id)]
            )
            if item is None:
                raise SupplierMissing(detail=f"There is no supplier {terms.supplier_id[:40]}.")
            found = SHIPPING_TERMS.decode(terms_item) if terms_item is not None else None
            before = found.record if found is not None else None
            stated = _marked(terms=terms, own_stock=own_stock, before=before, context=context)
            if stated == before:
                return stated
            event = SupplierShippingChanged(supplier_id=terms.supplier_id)
            writes: list[Write] = [
                SHIPPING_TERMS.create(stated, events=[event])
                if found is None
                else SHIPPING_TERMS.replace(stated, version=found.version, events=[event])
            ]
            supplier = SUPPLIERS.decode(item)
            if not supplier.record.has_shipping_terms:
                # Noted in the supplier's own record, so that orders of suppliers without terms never look for them.
                noted = msgspec.structs.replace(supplier.record, has_shipping_terms=True, changed_at=context.at)
                writes.append(SUPPLIERS.replace(noted, version=supplier.version))
            writes.append(AUDIT.store(_entry(before=before, after=stated, context=context)))
            await self._table.commit(writes=writes, context=context)
            return stated

        return await decided_anew(attempt)

    async def terms(self, *, supplier_id: str) -> ShippingTerms:
        """Return a supplier's terms; raises SupplierMissing or ShippingTermsMissing."""
        supplier, terms = await self._table.get_many(
            keys=[supplier_key(supplier_id=supplier_id), shipping_terms_key(supplier_id=supplier_id)]
        )
        if supplier is None:
            raise SupplierMissing(detail=f"There is no supplier {supplier_id[:40]}.")
        if terms is None:
            raise ShippingTermsMissing(detail=f"Supplier {supplier_id[:40]} has stated no shipping terms.")
        return SHIPPING_TERMS.decode(terms).record


def _marked(
    *, terms: ShippingTerms, own_stock: bool | None, before: ShippingTerms | None, context: Context
) -> ShippingTerms:
    marked = before is not None and before.own_stock
    if own_stock is not None and own_stock != marked:
        if context.principal.role is not Role.OPERATOR:
            raise OwnStockRefused(detail=f"{context.principal.actor} cannot mark stock as the operator's own.")
        marked = own_stock
    return msgspec.structs.replace(terms, own_stock=marked)


def _entry(*, before: ShippingTerms | None, after: ShippingTerms, context: Context) -> AuditEntry:
    old = msgspec.to_builtins(before) if before is not None else {}
    new = msgspec.to_builtins(after)
    changes = tuple(
        FieldChange(field=f"shipping_terms.{field}", before=_shown(old.get(field)), after=_shown(new.get(field)))
        for field in sorted(old.keys() | new.keys())
        if old.get(field) != new.get(field) and field != "supplier_id"
    )
    return AuditEntry(
        supplier_id=after.supplier_id,
        at=context.at,
        actor=context.principal.actor,
        action="shipping_terms_stated",
        correlation_id=context.correlation_id,
        changes=changes,
    )


def _shown(value: object) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()[:_SHOWN_MAXIMUM]
