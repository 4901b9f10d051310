"""What is kept of X12: counters of control numbers, interchanges with their verdicts, suppliers' invoices. Pure."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

import msgspec

from openaisle.kernel.errors import NotFound, OpenAisleError
from openaisle.kernel.records import Event
from openaisle.orders.edi.envelope import ControlNumbers
from openaisle.orders.edi.events import (
    InterchangeAcknowledged,
    InterchangeRejected,
    InterchangeUnacknowledged,
)
from openaisle.orders.edi.functional import is_accepted

LARGEST_CONTROL_NUMBER = 999_999_999
NOTES_PER_SET = 20
_SETS_KEPT = 500
TEXT_KEPT = timedelta(days=30)


class InterchangeUnknown(NotFound):
    """There is no interchange of that identifier, or it is another supplier's."""

    code = "interchange-unknown"
    title = "No such interchange"


class SupplierInvoiceUnknown(NotFound):
    """There is no invoice of that identifier, or it is another supplier's."""

    code = "supplier-invoice-unknown"
    title = "No such invoice"


class PartnerUnknown(OpenAisleError):
    """The supplier is not connected by X12, so nobody knows who the partners are."""

    code = "x12-partner-unknown"
    title = "The supplier is not connected by X12"
    status = 409
    mend = "Connect the supplier with the transport x12 and its identifiers first."


class Direction(StrEnum):
    """Which way an interchange went."""

    OUT = "out"
    IN = "in"


class InterchangeState(StrEnum):
    """Where an interchange stands.

    Ours: ``waiting`` to be left for the supplier, ``left``, ``acknowledged`` or ``rejected`` by its 997. Theirs:
    ``taken`` and being read, ``processed``, or ``refused`` as a whole.
    """

    WAITING = "waiting"
    LEFT = "left"
    ACKNOWLEDGED = "acknowledged"
    REJECTED = "rejected"
    TAKEN = "taken"
    PROCESSED = "processed"
    REFUSED = "refused"


class SetOutcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One transaction set: what it is about, its verdict (A, E, R; empty while ours is unanswered), and why.

    ``subjects`` are purchase orders or invoices.
    """

    code: str
    control_number: str
    verdict: str = ""
    subjects: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class EdiInterchange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An interchange of ours or theirs. Its text is kept encrypted under ``blob``: it may name shoppers.

    ``acknowledge_by`` is when our partner's 997 should have come, empty where none is due; ``text_until`` is how long
    the text is kept.
    """

    interchange_id: str
    supplier_id: str
    direction: Direction
    control_number: str
    group_number: str = ""
    created_at: str
    state: InterchangeState
    file_name: str
    blob: str = ""
    test: bool = False
    sets: tuple[SetOutcome, ...] = ()
    set_count: int = 0
    notes: tuple[str, ...] = ()
    acknowledge_by: str = ""
    overdue_since: str = ""
    digest: str = ""
    text_until: str = ""


class EdiCounters(msgspec.Struct, frozen=True, kw_only=True):
    """The last control numbers that went to a supplier: each is used once, and none is left out."""

    supplier_id: str
    interchange: int = 0
    group: int = 0


class EdiNumber(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The purchase order behind the short number that X12 has room for, and the interchanges that carried it."""

    supplier_id: str
    number: str
    purchase_order_id: str
    interchange_id: str
    cancellations: tuple[str, ...] = ()
    supplier_number: str = ""


def next_numbers(counters: EdiCounters, *, with_group: bool) -> tuple[EdiCounters, ControlNumbers]:
    """Return the counters after one more interchange, of one group or none, and the numbers that it carries."""
    interchange = counters.interchange % LARGEST_CONTROL_NUMBER + 1
    group = counters.group % LARGEST_CONTROL_NUMBER + 1 if with_group else counters.group
    after = msgspec.structs.replace(counters, interchange=interchange, group=group)
    return after, ControlNumbers(interchange=interchange, group=group)


def kept_sets(sets: list[SetOutcome]) -> tuple[SetOutcome, ...]:
    """Return as many outcomes as a record holds: those with something to tell first, in their order."""
    if len(sets) <= _SETS_KEPT:
        return tuple(sets)
    telling = [one for one in sets if one.notes or one.verdict != "A"][:_SETS_KEPT]
    room = _SETS_KEPT - len(telling)
    return (*telling, *[one for one in sets if not one.notes and one.verdict == "A"][:room])


def decide_answered(
    *, interchange: EdiInterchange, verdict: str, sets: dict[str, SetOutcome]
) -> tuple[EdiInterchange, tuple[Event, ...]]:
    """Record a partner's 997 about an interchange of ours; the same verdict again changes nothing.

    ``sets`` holds what it says of single sets, by control number; the ``verdict`` on the group holds for the others.
    """
    outcomes = tuple(
        msgspec.structs.replace(
            one,
            verdict=sets[one.control_number].verdict if one.control_number in sets else _for_all(verdict),
            notes=sets[one.control_number].notes if one.control_number in sets else (),
        )
        for one in interchange.sets
    )
    rejected = tuple(subject for one in outcomes if not is_accepted(one.verdict) for subject in one.subjects)
    state = InterchangeState.REJECTED if rejected else InterchangeState.ACKNOWLEDGED
    changed = msgspec.structs.replace(interchange, sets=outcomes, state=state, acknowledge_by="", overdue_since="")
    if changed == interchange:
        return interchange, ()
    names = {"supplier_id": interchange.supplier_id, "interchange_id": interchange.interchange_id}
    if rejected:
        return changed, (InterchangeRejected(**names, subjects=rejected[:100]),)
    return changed, (InterchangeAcknowledged(**names),)


def _for_all(verdict: str) -> str:
    # Partly accepted names the rejected sets; what it does not name was read.
    return "A" if verdict == "P" else verdict


def decide_overdue(*, interchange: EdiInterchange, at: str) -> tuple[EdiInterchange, tuple[Event, ...]]:
    """Record that the partner's 997 did not come in time; nothing if it came, or is not due yet."""
    if not interchange.acknowledge_by or interchange.acknowledge_by > at:
        return interchange, ()
    changed = msgspec.structs.replace(interchange, acknowledge_by="", overdue_since=at)
    event = InterchangeUnacknowledged(supplier_id=interchange.supplier_id, interchange_id=interchange.interchange_id)
    return changed, (event,)
