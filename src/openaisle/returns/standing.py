"""Where a return stands: what it waits for, and what every decision about one shares. Pure."""

from __future__ import annotations

from openaisle.orders.events import LineQuantity
from openaisle.returns.model import TRANSITIONS, Return, ReturnNote, ReturnRefused, ReturnState, Wish


def is_in_doubt(record: Return) -> bool:
    """Return whether a person has to decide what goes back for what came."""
    reasons = {line.line_number: line.reason for line in record.lines}
    return any(
        # Damaged goods that are returned as damaged are no surprise.
        line.deduction_minor or (line.condition.is_in_doubt and not reasons[line.line_number].is_fault)
        for receipt in record.receipts
        for line in receipt.lines
    )


def awaits_settlement(record: Return) -> bool:
    """Return whether the goods came (or need not), and neither money nor goods went back for them."""
    settleable = record.state is ReturnState.RECEIVED or (record.kept and record.state is ReturnState.AUTHORIZED)
    return settleable and record.refund_id is None and record.replacement_order_id is None


def is_being_replaced(record: Return) -> bool:
    """Return whether the goods are about to be ordered again, and that was not finished yet."""
    return record.replacement_order_id is not None and record.state is not ReturnState.REPLACED


def settles_by_itself(record: Return) -> bool:
    """Return whether the refund needs nobody's decision."""
    return awaits_settlement(record) and record.wish is Wish.REFUND and not is_in_doubt(record)


def require_transition(*, record: Return, state: ReturnState) -> None:
    """Raise ReturnRefused unless the table lets the return become ``state``."""
    if state not in TRANSITIONS[record.state]:
        raise ReturnRefused(detail=f"{record.return_id} is {record.state}, it cannot become {state}.")


def settled_units(record: Return) -> tuple[LineQuantity, ...]:
    """Return what came back or is kept, as events tell it."""
    return tuple(LineQuantity(line_number=number, quantity=units) for number, units in sorted(record.settled.items()))


def noted(*, record: Return, at: str, actor: str, action: str, note: str) -> tuple[ReturnNote, ...]:
    """Return the history with one entry more."""
    return (*record.history, ReturnNote(at=at, actor=actor, action=action, note=note))
