"""A return: its data, its states, and the errors that every decision about one may raise."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from openaisle.kernel.errors import NotFound, OpenAisleError, RequestInvalid, TransitionRefused
from openaisle.returns.policy import ReturnTerms

_ORDER_PREFIX = "ord_"
_RETURN_PREFIX = "ret_"


class ReturnState(StrEnum):
    """Where a return stands."""

    REQUESTED = "requested"
    AUTHORIZED = "authorized"
    RECEIVED = "received"
    REFUNDED = "refunded"
    REPLACED = "replaced"
    REFUSED = "refused"
    EXPIRED = "expired"


_S = ReturnState

TRANSITIONS: Mapping[ReturnState, frozenset[ReturnState]] = {
    _S.REQUESTED: frozenset({_S.AUTHORIZED, _S.REFUSED}),
    # Goods that need not come back are refunded or replaced without having been received.
    _S.AUTHORIZED: frozenset({_S.RECEIVED, _S.REFUNDED, _S.REPLACED, _S.REFUSED, _S.EXPIRED}),
    _S.RECEIVED: frozenset({_S.REFUNDED, _S.REPLACED, _S.REFUSED}),
    # A parcel that comes late has come all the same.
    _S.EXPIRED: frozenset({_S.RECEIVED}),
    _S.REFUNDED: frozenset(),
    _S.REPLACED: frozenset(),
    _S.REFUSED: frozenset(),
}
# Somebody or some deadline still has to do something about these.
OPEN = frozenset({_S.REQUESTED, _S.AUTHORIZED, _S.RECEIVED})


class ReturnReason(StrEnum):
    """Why the shopper sends goods back."""

    CHANGED_MIND = "changed_mind"
    DOES_NOT_FIT = "does_not_fit"
    ORDERED_BY_MISTAKE = "ordered_by_mistake"
    ARRIVED_LATE = "arrived_late"
    DELIVERY_REFUSED = "delivery_refused"
    DAMAGED = "damaged"
    DEFECTIVE = "defective"
    WRONG_PRODUCT = "wrong_product"
    NOT_AS_DESCRIBED = "not_as_described"
    PARTS_MISSING = "parts_missing"
    OTHER = "other"

    @property
    def is_fault(self) -> bool:
        """Return whether the supplier has to answer for it."""
        return self in _FAULTS


_FAULTS = frozenset(
    {
        ReturnReason.DAMAGED,
        ReturnReason.DEFECTIVE,
        ReturnReason.WRONG_PRODUCT,
        ReturnReason.NOT_AS_DESCRIBED,
        ReturnReason.PARTS_MISSING,
        ReturnReason.ARRIVED_LATE,
    }
)


class Wish(StrEnum):
    """What the shopper wants for the goods."""

    REFUND = "refund"
    REPLACEMENT = "replacement"


class Condition(StrEnum):
    """How goods came back."""

    AS_NEW = "as_new"
    OPENED = "opened"
    USED = "used"
    DAMAGED = "damaged"
    INCOMPLETE = "incomplete"
    OTHER_GOODS = "other_goods"

    @property
    def is_in_doubt(self) -> bool:
        """Return whether a person has to look before the shopper gets everything back."""
        return self in {Condition.USED, Condition.DAMAGED, Condition.INCOMPLETE, Condition.OTHER_GOODS}


class ReturnLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """So many units of an order line that are to come back, why, and on what terms."""

    line_number: int
    product_id: str
    offer_id: str
    supplier_sku: str
    location: str
    quantity: int
    reason: ReturnReason
    terms: ReturnTerms
    note: str = ""


class ReceivedLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """So many units of a line as they came back; ``deduction_minor`` is what the supplier wants kept for them."""

    line_number: int
    quantity: int
    condition: Condition
    restocked: bool = False
    deduction_minor: int = 0
    note: str = ""


class ReturnReceipt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A parcel that the supplier has opened; ``reference`` is the supplier's own and recognizes a repeated report."""

    reference: str
    at: str
    actor: str
    lines: tuple[ReceivedLine, ...]


class ReturnParcel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The parcel in which the shopper sends goods back."""

    carrier: str
    tracking_number: str
    at: str


class ReturnNote(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What was done to a return, when and by whom."""

    at: str
    actor: str
    action: str
    note: str = ""


class Return(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Goods of one purchase order that come back together: authorized, received, refunded or replaced.

    ``reference`` is the storefront's own number and recognizes a repeated request, whose content ``fingerprint``
    tells. ``due_at`` is when something happens by itself in an open state. ``kept``: the goods need not come back.
    """

    return_id: str
    order_id: str
    storefront_id: str
    order_reference: str
    purchase_order_id: str
    supplier_id: str
    currency: str
    reference: str
    fingerprint: str
    wish: Wish
    state: ReturnState
    lines: tuple[ReturnLine, ...]
    requested_at: str
    changed_at: str
    due_at: str | None = None
    kept: bool = False
    overdue: bool = False
    parcel: ReturnParcel | None = None
    receipts: tuple[ReturnReceipt, ...] = ()
    refund_id: str | None = None
    replacement_order_id: str | None = None
    refusal: str = ""
    history: tuple[ReturnNote, ...] = ()

    @property
    def received(self) -> dict[int, int]:
        """The units that came back, by line number."""
        units: dict[int, int] = {}
        for receipt in self.receipts:
            for line in receipt.lines:
                units[line.line_number] = units.get(line.line_number, 0) + line.quantity
        return units

    @property
    def claimed(self) -> dict[int, int]:
        """The units that no other return may claim, by line number: those to come, then those that came."""
        if self.receipts and self.state is not _S.AUTHORIZED:
            return self.received
        if self.state in {_S.REFUSED, _S.EXPIRED}:
            return {}
        return {line.line_number: line.quantity for line in self.lines}

    @property
    def settled(self) -> dict[int, int]:
        """The units that are to be refunded or replaced, by line number."""
        return {line.line_number: line.quantity for line in self.lines} if self.kept else self.received


class ReturnUnknown(NotFound):
    """There is no return of that identifier, or it is somebody else's."""

    code = "return-unknown"
    title = "No such return"


class ReturnLinesInvalid(RequestInvalid):
    """Lines of a return or a receipt that the order or the return has not, or that are named twice."""

    code = "return-lines-invalid"
    title = "The lines do not make a return"
    mend = "Name lines of the order, each once, as GET /v1/orders/{order_id}/returns lists them."


class NotReturnable(OpenAisleError):
    """So much of a line was not shipped, is on its way back already, or may not come back by the policy."""

    code = "not-returnable"
    title = "That cannot come back"
    status = 409
    mend = "Ask for at most what findings say may come back; the operator may make an exception."


class ReturnReferenceReused(RequestInvalid):
    """The storefront used the reference before for another return of this order."""

    code = "return-reference-reused"
    title = "That reference belongs to another return"
    mend = "Use a new reference for a new return; repeat a request with exactly its body."


class ReturnsTooMany(OpenAisleError):
    """An order has as many returns and refunds as are kept."""

    code = "returns-too-many"
    title = "The order has too many returns"
    status = 409
    mend = "Ask for the rest in one return."


class ReturnRefused(TransitionRefused):
    """The state of the return does not allow this."""

    code = "return-refused"
    title = "The state of the return does not allow this"


class ReceiptDiffers(TransitionRefused):
    """A receipt of that reference is known with other lines, or more came than is to come back."""

    code = "return-receipt-differs"
    title = "The receipt does not fit the return"
    mend = "Report at most what is to come back of each line, each parcel under a reference of its own."


class ReplacementImpossible(OpenAisleError):
    """The goods cannot be sent again: nothing is left in stock, or the offer is not sold any more."""

    code = "replacement-impossible"
    title = "There is nothing to send instead"
    status = 409
    mend = "Refund the return instead."


def return_identifier(*, order_id: str, number: int) -> str:
    """Return the identifier of an order's return of that ``number``, counted from 1."""
    return f"{_RETURN_PREFIX}{order_id.removeprefix(_ORDER_PREFIX)}_{number:02d}"


def unknown_return(*, return_id: str) -> ReturnUnknown:
    """Return the error for a return that is not there or not the caller's; both look the same."""
    return ReturnUnknown(detail=f"There is no return {return_id[:64]}.")
