"""The Protocol of a road to suppliers, and what may be said of each purchase order that travels on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from openaisle.kernel.errors import OpenAisleError
from openaisle.orders.channels.documents import (
    CancellationAnswer,
    CancellationDecision,
    CancellationDocument,
    Decision,
    PurchaseOrderAnswer,
    PurchaseOrderDocument,
    StockAnswer,
)
from openaisle.suppliers.connection_settings import Transport
from openaisle.suppliers.queries import SupplierConnection


class AnswerFinding(NamedTuple):
    """Something wrong with an answer about one purchase order, by a name that suppliers can look up."""

    purchase_order_id: str
    code: str
    detail: str


class Placed(NamedTuple):
    """What came of bringing purchase orders: usable answers by purchase order, and what was wrong with others.

    A purchase order in neither has got no answer; it is brought again.
    """

    answers: Mapping[str, PurchaseOrderAnswer]
    findings: Sequence[AnswerFinding] = ()


class SupplierTransport(Protocol):
    """Brings documents to one supplier at a time.

    Each method may be called again with what it was already given: after a crash, a time-out, or an answer that was
    lost. What it is given twice must reach the supplier as the same thing (same identifiers), never as another.
    An ``OpenAisleError`` means that nothing is known of what was given: all of it is brought again later.
    """

    async def place(self, *, connection: SupplierConnection, documents: Sequence[PurchaseOrderDocument]) -> Placed:
        """Bring purchase orders; a road without answers gives ``taken(...)``.

        Raises BatchUnprocessable if a part of the batch may be the cause, else the named error of what failed.
        """
        ...

    async def cancel(
        self, *, connection: SupplierConnection, documents: Sequence[CancellationDocument]
    ) -> Mapping[str, CancellationAnswer]:
        """Tell what is canceled; return the answers by purchase order (``told(...)`` where none can come).

        Raises CancellationUntellable where the road cannot carry it, else as ``place``.
        """
        ...

    async def stock_levels(
        self, *, connection: SupplierConnection, supplier_skus: Sequence[str]
    ) -> Sequence[StockAnswer]:
        """Ask what is on hand; called only where the connection has an ``inventory_url``."""
        ...


class WithoutStockLevels:
    """A base of roads over which nothing is asked."""

    async def stock_levels(self, **_asked: object) -> Sequence[StockAnswer]:
        """Return nothing."""
        return ()


Transports = Mapping[Transport, SupplierTransport]


class CancellationUntellable(OpenAisleError):
    """The road to the supplier carries no cancellations; a person tells it."""

    code = "cancellation-untellable"
    title = "The supplier cannot be told of the cancellation by its system"
    status = 502
    mend = "Give the connection a cancellation_url, or tell the supplier in person; it sees it in its list as well."


def taken(*, documents: Sequence[PurchaseOrderDocument], note: str = "") -> Placed:
    """Return that the supplier has all of them and will answer each later; ``note`` says how they travelled."""
    return Placed(
        answers={
            one.purchase_order_id: PurchaseOrderAnswer(
                purchase_order_id=one.purchase_order_id, decision=Decision.LATER, reason=note or None
            )
            for one in documents
        }
    )


def told(*, documents: Sequence[CancellationDocument], decision: CancellationDecision) -> dict[str, CancellationAnswer]:
    """Return the same answer to all cancellations."""
    return {
        one.purchase_order_id: CancellationAnswer(purchase_order_id=one.purchase_order_id, decision=decision)
        for one in documents
    }
