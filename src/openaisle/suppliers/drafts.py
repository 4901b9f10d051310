"""Applications in steps, and answers to a reviewer's questions. Pure; no I/O, no clock."""

from __future__ import annotations

import msgspec

from openaisle.kernel.context import Context
from openaisle.suppliers.facts import SupplierFacts
from openaisle.suppliers.model import (
    Command,
    Supplier,
    SupplierState,
    SupplierTransitionRefused,
    decide_applied,
    next_state,
)


def decide_drafted(*, supplier_id: str, facts: SupplierFacts, context: Context) -> Supplier:
    """Return the record of an application that is filled in step by step."""
    applied = decide_applied(supplier_id=supplier_id, facts=facts, tax_id=None, context=context)
    return msgspec.structs.replace(applied, state=SupplierState.DRAFT)


def decide_submitted(*, supplier: Supplier, context: Context) -> Supplier:
    """Return a draft as an application, to be verified."""
    state = next_state(supplier=supplier, command=Command.SUBMIT)
    return msgspec.structs.replace(supplier, state=state, applied_at=context.at, changed_at=context.at)


def decide_answered(*, supplier: Supplier, answer: str, context: Context) -> Supplier:
    """Return the supplier with its answer to the questions it was asked, to be verified again."""
    if supplier.questions is None:
        raise SupplierTransitionRefused(detail=f"{supplier.supplier_id} was asked nothing.")
    return msgspec.structs.replace(
        supplier,
        state=next_state(supplier=supplier, command=Command.AMEND),
        revision=supplier.revision + 1,
        questions=None,
        answer=answer,
        answer_by=None,
        review_task_id=None,
        changed_at=context.at,
    )
