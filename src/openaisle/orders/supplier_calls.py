"""The language spoken with a supplier's own system: documents out, answers in, one bad answer losing no other."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Annotated, TypeVar

import msgspec

from openaisle.kernel.context import Clock
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.outbound import HttpAnswer, HttpCaller, Signer
from openaisle.orders.commands import ShipTo
from openaisle.orders.purchase_order import PurchaseOrder
from openaisle.suppliers.queries import SupplierConnection

ItemT = TypeVar("ItemT")

_ENCODER = msgspec.json.Encoder()
# Objects nested without end are no DecodeError to msgspec, but as unreadable.
_UNREADABLE = (msgspec.DecodeError, RecursionError)
_UNPROCESSABLE = frozenset({400, 409, 413, 422})
_ANSWER_BYTES_PER_ITEM = 20_000


class DocumentLine(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A line as the supplier sees it; amounts in minor units of the document's currency."""

    line_number: int
    supplier_sku: str
    quantity: int
    unit_price_minor: int
    shipping_minor: int


class PurchaseOrderDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A purchase order as it goes to the supplier; ``purchase_order_id`` is the idempotency key."""

    purchase_order_id: str
    order_reference: str
    created_at: str
    acknowledge_by: str
    currency: str
    ship_to: ShipTo
    lines: list[DocumentLine]


class Decision(StrEnum):
    """What a supplier answers to a purchase order at once."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    PARTIAL = "partial"
    LATER = "later"


class LineDecisionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a supplier answers for a line."""

    line_number: int
    decision: Decision
    reason: str | None = None


class PurchaseOrderAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a supplier answers to a purchase order; fields that it adds are passed over."""

    purchase_order_id: str
    decision: Decision
    lines: list[LineDecisionAnswer] | None = None
    reason: str | None = None


class StockAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a supplier has on hand of one SKU at one location."""

    supplier_sku: str
    on_hand: Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]
    location: str = "default"


class _Acknowledgments(msgspec.Struct, frozen=True):
    acknowledgments: list[PurchaseOrderAnswer]


class _RawAcknowledgments(msgspec.Struct, frozen=True):
    acknowledgments: list[msgspec.Raw]


class _StockLevels(msgspec.Struct, frozen=True):
    stock_levels: list[msgspec.Raw]


_ACKNOWLEDGMENTS = msgspec.json.Decoder(_Acknowledgments)
_RAW_ACKNOWLEDGMENTS = msgspec.json.Decoder(_RawAcknowledgments)
_ACKNOWLEDGMENT = msgspec.json.Decoder(PurchaseOrderAnswer)
_STOCK_LEVELS = msgspec.json.Decoder(_StockLevels)
_STOCK_LEVEL = msgspec.json.Decoder(StockAnswer)


class SupplierAnsweredBadly(OpenAisleError):
    """A supplier's system answered with an error, or with what is not an answer at all."""

    code = "supplier-answered-badly"
    title = "The supplier's system gave no usable answer"
    status = 502
    mend = "It is tried again by itself; show the supplier the reason if it stays."


class BatchUnprocessable(SupplierAnsweredBadly):
    """A supplier's system does not want what it was sent; a part of the batch may be the cause."""

    code = "batch-unprocessable"
    title = "The supplier's system refused the batch"


class SupplierCaller:
    """Calls suppliers' systems with signed requests."""

    def __init__(self, *, caller: HttpCaller, signer: Signer, clock: Clock) -> None:
        """Take the guarded caller, the signer and the clock that dates signatures."""
        self._caller = caller
        self._signer = signer
        self._clock = clock

    async def place(
        self, *, connection: SupplierConnection, documents: Sequence[PurchaseOrderDocument]
    ) -> dict[str, PurchaseOrderAnswer]:
        """Bring purchase orders to the Order Acceptance API; return the usable answers by purchase order.

        A purchase order whose answer is missing or unusable is absent. Raises BatchUnprocessable,
        SupplierAnsweredBadly, AddressRefused or CallFailed.
        """
        answer = await self._post(
            connection=connection,
            url=connection.order_acceptance_url,
            body=_ENCODER.encode({"purchase_orders": documents}),
            items=len(documents),
        )
        asked = {document.purchase_order_id for document in documents}
        return {one.purchase_order_id: one for one in _answers(answer.body) if one.purchase_order_id in asked}

    async def stock_levels(self, *, connection: SupplierConnection, supplier_skus: Sequence[str]) -> list[StockAnswer]:
        """Ask the Inventory API; return the usable stock levels.

        Raises SupplierAnsweredBadly, AddressRefused or CallFailed.
        """
        assert connection.inventory_url is not None
        answer = await self._post(
            connection=connection,
            url=connection.inventory_url,
            body=_ENCODER.encode({"supplier_skus": supplier_skus}),
            items=len(supplier_skus),
        )
        try:
            raw = _STOCK_LEVELS.decode(answer.body).stock_levels
        except _UNREADABLE as error:
            raise SupplierAnsweredBadly(detail=f"The Inventory API answered no stock levels: {error}") from None
        return _each(raw, _STOCK_LEVEL.decode)

    async def _post(self, *, connection: SupplierConnection, url: str, body: bytes, items: int) -> HttpAnswer:
        # The identifier follows from the content: the same attempt sent twice is the same message.
        message_id = f"msg_{hashlib.blake2b(body, digest_size=15).hexdigest()}"
        headers = self._signer.headers(
            secrets=connection.signing_secrets, message_id=message_id, at=self._clock.now(), body=body
        )
        headers["content-type"] = "application/json"
        answer = await self._caller.call(
            method="POST",
            url=url,
            headers=headers,
            body=body,
            timeout_seconds=connection.timeout_seconds,
            maximum_answer_bytes=100_000 + items * _ANSWER_BYTES_PER_ITEM,
        )
        if 200 <= answer.status < 300:
            return answer
        error = BatchUnprocessable if answer.status in _UNPROCESSABLE else SupplierAnsweredBadly
        retry_after_seconds = _seconds(answer.headers.get("retry-after", ""))
        detail = f"It answered {answer.status}: {_said(answer.body)}"
        raise error(detail=detail, retry_after_seconds=retry_after_seconds)


def _answers(body: bytes) -> list[PurchaseOrderAnswer]:
    try:
        return _ACKNOWLEDGMENTS.decode(body).acknowledgments
    except msgspec.ValidationError:
        pass
    except _UNREADABLE as error:
        raise SupplierAnsweredBadly(detail=f"It answered no JSON: {error}") from None
    try:
        raw = _RAW_ACKNOWLEDGMENTS.decode(body).acknowledgments
    except _UNREADABLE as error:
        raise SupplierAnsweredBadly(detail=f"It answered no acknowledgments: {error}") from None
    return _each(raw, _ACKNOWLEDGMENT.decode)


def _each(raw: Sequence[msgspec.Raw], decode: Callable[[msgspec.Raw], ItemT]) -> list[ItemT]:
    """Return what can be read; what cannot is passed over, so that it loses nothing but itself."""
    read = []
    for one in raw:
        try:
            read.append(decode(one))
        except _UNREADABLE:
            continue
    return read


def document_of(*, purchase_order: PurchaseOrder, ship_to: ShipTo) -> PurchaseOrderDocument:
    """Return the purchase order as the supplier gets it: the units that are still wanted of it."""
    return PurchaseOrderDocument(
        purchase_order_id=purchase_order.purchase_order_id,
        order_reference=purchase_order.order_reference,
        created_at=purchase_order.created_at,
        acknowledge_by=purchase_order.acknowledge_by,
        currency=purchase_order.currency,
        ship_to=ship_to,
        lines=[
            DocumentLine(
                line_number=line.line_number,
                supplier_sku=line.supplier_sku,
                quantity=line.open_quantity,
                unit_price_minor=line.unit_price_minor,
                shipping_minor=line.shipping_minor,
            )
            for line in purchase_order.lines
            if line.open_quantity
        ],
    )


def _seconds(text: str) -> int | None:
    return min(int(text), 3_600) if text.isascii() and text.isdigit() else None


def _said(body: bytes) -> str:
    text = body[:200].decode(errors="replace")
    return "".join(character if character.isprintable() else " " for character in text)
