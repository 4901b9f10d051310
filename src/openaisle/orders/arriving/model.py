"""What arrives by events and files, what becomes of it, and what can be wrong with it. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from openaisle.kernel.errors import Finding, NotFound, OpenAisleError, RequestInvalid

MAXIMUM_FILE_BYTES = 20_000_000
MAXIMUM_ORDERS_PER_FILE = 50_000
MAXIMUM_EVENTS_PER_REQUEST = 500
MAXIMUM_EVENT_BYTES = 8_000_000
ORDERS_PER_SLICE = 100
KEPT_FOR = timedelta(days=90)
_DETAIL_CHARACTERS = 500
_FINDINGS = 5


class ArrivalStatus(StrEnum):
    """What became of an order, or of a request about one.

    PLACED: by this very file or event. KNOWN: it had been placed before, by another. DONE: what was asked for is done.
    REFUSED: nothing was changed, for the reason given.
    """

    PLACED = "placed"
    KNOWN = "known"
    DONE = "done"
    REFUSED = "refused"


class ArrivalProblem(msgspec.Struct, frozen=True, kw_only=True):
    """Why an order was refused: the error's code, title and status, what happened, and which places are concerned."""

    code: str
    title: str
    status: int
    detail: str
    findings: tuple[Finding, ...] = ()


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one order of a file or one event; ``place`` is the row, line or event identifier it came by."""

    place: str
    status: ArrivalStatus
    reference: str = ""
    order_id: str = ""
    problem: ArrivalProblem | None = None


class OrderFileFormat(StrEnum):
    """How the orders of a file are written."""

    CSV = "csv"
    JSON_LINES = "json_lines"
    UBL = "ubl"


class OrderFileState(StrEnum):
    """Where a file stands: its orders are being placed, or each of them has its result."""

    PLACING = "placing"
    APPLIED = "applied"


class OrderFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of orders: ``done_slices`` of its ``slice_count`` have their results."""

    file_id: str
    storefront_id: str
    file_name: str
    format: OrderFileFormat
    byte_count: int
    order_count: int
    slice_count: int
    received_at: datetime
    changed_at: datetime
    state: OrderFileState = OrderFileState.PLACING
    done_slices: int = 0
    placed: int = 0
    known: int = 0
    refused: int = 0

    @property
    def expires_at(self) -> int:
        """When it is forgotten, in epoch seconds."""
        return int((self.received_at + KEPT_FOR).timestamp())


class ArrivalSlice(msgspec.Struct, frozen=True, kw_only=True):
    """The results of one slice of a file."""

    file_id: str
    number: int
    expires_at: int
    arrivals: tuple[Arrival, ...]


class OrderFileUnknown(NotFound):
    """There is no such file of orders, or it is another storefront's."""

    code = "order-file-unknown"
    title = "No such file of orders"


class OrderFileUnreadable(RequestInvalid):
    """The file is neither CSV nor JSON Lines nor UBL, holds no order, or its columns say nothing we know."""

    code = "order-file-unreadable"
    title = "The file of orders cannot be read"
    mend = "Send UTF-8: CSV with the documented columns, one JSON order a line, or UBL Order XML."


class OrderFileTooLarge(OpenAisleError):
    """The file holds more orders than are taken at once."""

    code = "order-file-too-large"
    title = "The file holds too many orders"
    status = 413
    mend = "Send it in parts."


class OrderEventsUnreadable(RequestInvalid):
    """The request is no CloudEvent in structured, batched or binary form, or holds too many."""

    code = "order-events-unreadable"
    title = "Those are no CloudEvents"
    mend = "Send CloudEvents 1.0 as application/cloudevents+json, as a batch, or in binary form with ce- headers."


class OrderEventTypeUnknown(RequestInvalid):
    """An event of a type that is no order and no request about one."""

    code = "order-event-type-unknown"
    title = "Events of that type are not taken"
    mend = "Send events whose type is, or ends in, order.requested or order.cancellation_requested."


class OrderUnreadable(RequestInvalid):
    """What came is no order: fields are missing, unknown, or not of their form."""

    code = "order-unreadable"
    title = "That is not an order"
    mend = "Mend the places that findings name, and send the order again."


def refused(*, place: str, error: OpenAisleError, reference: str = "") -> Arrival:
    """Return the result of an order that an error kept out."""
    problem = ArrivalProblem(
        code=error.code,
        title=error.title,
        status=error.status,
        detail=error.detail[:_DETAIL_CHARACTERS],
        findings=error.findings[:_FINDINGS],
    )
    return Arrival(place=place, status=ArrivalStatus.REFUSED, reference=reference, problem=problem)


def decide_slice_done(*, file: OrderFile, arrivals: tuple[Arrival, ...], at: datetime) -> OrderFile:
    """Return the file after one more slice has its results; with the last it is applied."""
    done = file.done_slices + 1
    counted = [arrival.status for arrival in arrivals]
    return msgspec.structs.replace(
        file,
        done_slices=done,
        state=OrderFileState.APPLIED if done >= file.slice_count else OrderFileState.PLACING,
        placed=file.placed + counted.count(ArrivalStatus.PLACED),
        known=file.known + counted.count(ArrivalStatus.KNOWN),
        refused=file.refused + counted.count(ArrivalStatus.REFUSED),
        changed_at=at,
    )
