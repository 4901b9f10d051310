"""Load a supplier, decide, and commit once: the record, its events, the audit trail and what stands beside."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from openaisle.kernel.context import Context
from openaisle.kernel.records import Event, Versioned, decided_anew
from openaisle.kernel.table import Table, Write
from openaisle.suppliers.audit import audit_entry
from openaisle.suppliers.model import Supplier, SupplierMissing
from openaisle.suppliers.repository import AUDIT, SUPPLIERS, revision_writes, supplier_key
from openaisle.suppliers.revisions import candidate_of, folded, told


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision makes of a supplier: its new record, the event, and what the audit trail says of it."""

    supplier: Supplier
    event: Event
    action: str
    reason: str | None = None
    beside: tuple[Write, ...] = ()


Decide = Callable[[Supplier], Awaitable[Step | None]]


async def loaded(*, table: Table, supplier_id: str) -> Versioned[Supplier]:
    """Return a supplier with its version; raises SupplierMissing."""
    item = await table.get(key=supplier_key(supplier_id=supplier_id))
    if item is None:
        raise SupplierMissing(detail=f"There is no supplier {supplier_id[:40]}.")
    return SUPPLIERS.decode(item)


async def decided(*, table: Table, supplier_id: str, decide: Decide, context: Context) -> Supplier:
    """Put what ``decide`` makes of a supplier into force, None for nothing; decided anew while others win.

    Raises SupplierMissing, and whatever ``decide`` raises.
    """

    async def attempt() -> Supplier:
        found = await loaded(table=table, supplier_id=supplier_id)
        step = await decide(found.record)
        if step is None:
            return found.record
        await _put(table=table, found=found, subject=found.record, after=step.supplier, step=step, context=context)
        return step.supplier

    return await decided_anew(attempt)


async def decided_about_candidate(*, table: Table, supplier_id: str, decide: Decide, context: Context) -> Supplier:
    """Do as ``decided`` does, but about the supplier as its open revision would have it, if one is open."""

    async def attempt() -> Supplier:
        found = await loaded(table=table, supplier_id=supplier_id)
        subject = candidate_of(supplier=found.record)
        step = await decide(subject)
        if step is None:
            return found.record
        after = folded(supplier=found.record, candidate=step.supplier)
        await _put(table=table, found=found, subject=subject, after=after, step=step, context=context)
        return after

    return await decided_anew(attempt)


async def _put(
    *, table: Table, found: Versioned[Supplier], subject: Supplier, after: Supplier, step: Step, context: Context
) -> None:
    entry = audit_entry(before=subject, after=step.supplier, action=step.action, context=context, reason=step.reason)
    events = told(before=found.record, after=after, event=step.event)
    writes: list[Write] = [
        SUPPLIERS.replace(after, version=found.version, events=events),
        AUDIT.store(entry),
        *revision_writes(before=found.record, candidate=step.supplier, after=after),
        *step.beside,
    ]
    await table.commit(writes=writes, context=context)
