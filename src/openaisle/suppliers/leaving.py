"""How suppliers leave: after a notice period, or at once on a ground of the law. Pure; no I/O, no clock."""

from __future__ import annotations

from datetime import datetime

import msgspec

from openaisle.kernel.context import Context
from openaisle.suppliers.model import (
    Command,
    ImmediateGround,
    Notice,
    Supplier,
    SupplierTransitionRefused,
    next_state,
)


def decide_notice_given(
    *,
    supplier: Supplier,
    reason: str,
    effective_at: datetime,
    immediate_ground: ImmediateGround | None,
    context: Context,
) -> Supplier:
    """Return the supplier as one that leaves at a moment; until then it sells on."""
    state = next_state(supplier=supplier, command=Command.GIVE_NOTICE)
    notice = Notice(
        reason=reason,
        given_at=context.at,
        effective_at=effective_at,
        given_by=context.principal.actor,
        immediate_ground=immediate_ground,
    )
    return msgspec.structs.replace(supplier, state=state, notice=notice, changed_at=context.at)


def decide_notice_withdrawn(*, supplier: Supplier, context: Context) -> Supplier:
    """Return the supplier as one that stays; raises SupplierTransitionRefused if it was not to leave, or has left."""
    state = next_state(supplier=supplier, command=Command.GIVE_NOTICE)
    if supplier.notice is None:
        raise SupplierTransitionRefused(detail=f"{supplier.supplier_id} was given no notice.")
    return msgspec.structs.replace(supplier, state=state, notice=None, changed_at=context.at)


def decide_offboarded(*, supplier: Supplier, reason: str, context: Context) -> Supplier:
    """Return the supplier as one that has left: it holds no number any more, and no revision of it goes on."""
    return msgspec.structs.replace(
        supplier,
        state=next_state(supplier=supplier, command=Command.OFFBOARD),
        reason=reason,
        questions=None,
        review_task_id=None,
        claims=(),
        open_revision=None,
        changed_at=context.at,
    )
