"""The road of suppliers with a system of their own: our contract, called over HTTP, answered at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from openaisle.orders.channels.calls import ENCODER, SignedCalls, no_answer
from openaisle.orders.channels.documents import (
    UNREADABLE,
    CancellationAnswer,
    CancellationDocument,
    PurchaseOrderAnswer,
    PurchaseOrderDocument,
    StockAnswer,
    each_readable,
)
from openaisle.orders.channels.judging import judged
from openaisle.orders.channels.transport import CancellationUntellable, Placed
from openaisle.suppliers.queries import SupplierConnection


class _Acknowledgments(msgspec.Struct, frozen=True):
    acknowledgments: list[PurchaseOrderAnswer]


class _RawAcknowledgments(msgspec.Struct, frozen=True):
    acknowledgments: list[msgspec.Raw]


class _StockLevels(msgspec.Struct, frozen=True):
    stock_levels: list[msgspec.Raw]


class _Cancellations(msgspec.Struct, frozen=True):
    cancellations: list[msgspec.Raw]


_ACKNOWLEDGMENTS = msgspec.json.Decoder(_Acknowledgments)
_RAW_ACKNOWLEDGMENTS = msgspec.json.Decoder(_RawAcknowledgments)
_ACKNOWLEDGMENT = msgspec.json.Decoder(PurchaseOrderAnswer)
_STOCK_LEVELS = msgspec.json.Decoder(_StockLevels)
_STOCK_LEVEL = msgspec.json.Decoder(StockAnswer)
_CANCELLATIONS = msgspec.json.Decoder(_Cancellations)
_CANCELLATION = msgspec.json.Decoder(CancellationAnswer)


class RestTransport:
    """Implements SupplierTransport over the Order Acceptance, Cancellation and Inventory APIs."""

    def __init__(self, *, calls: SignedCalls) -> None:
        """Take what makes signed calls."""
        self._calls = calls

    async def place(self, *, connection: SupplierConnection, documents: Sequence[PurchaseOrderDocument]) -> Placed:
        """Bring purchase orders to the Order Acceptance API.

        Raises BatchUnprocessable, SupplierAnsweredBadly, AddressRefused or CallFailed.
        """
        assert connection.order_acceptance_url is not None
        answer = await self._calls.post(
            connection=connection,
            url=connection.order_acceptance_url,
            body=ENCODER.encode({"purchase_orders": documents}),
            items=len(documents),
        )
        return judged(documents=documents, answers=_answers(answer.body))

    async def cancel(
        self, *, connection: SupplierConnection, documents: Sequence[CancellationDocument]
    ) -> Mapping[str, CancellationAnswer]:
        """Bring cancellations to the Cancellation API; raises as ``place``, and CancellationUntellable."""
        if connection.cancellation_url is None:
            raise CancellationUntellable(detail="The connection has no cancellation_url.")
        answer = await self._calls.post(
            connection=connection,
            url=connection.cancellation_url,
            body=ENCODER.encode({"cancellations": documents}),
            items=len(documents),
        )
        try:
            raw = _CANCELLATIONS.decode(answer.body).cancellations
        except UNREADABLE as error:
            raise no_answer(body=answer.body, wanted="cancellations", cause=error) from None
        asked = {document.purchase_order_id for document in documents}
        answers = each_readable(raw, _CANCELLATION.decode)
        return {one.purchase_order_id: one for one in answers if one.purchase_order_id in asked}

    async def stock_levels(
        self, *, connection: SupplierConnection, supplier_skus: Sequence[str]
    ) -> Sequence[StockAnswer]:
        """Ask the Inventory API; return the usable stock levels.

        Raises SupplierAnsweredBadly, AddressRefused or CallFailed.
        """
        assert connection.inventory_url is not None
        answer = await self._calls.post(
            connection=connection,
            url=connection.inventory_url,
            body=ENCODER.encode({"supplier_skus": supplier_skus}),
            items=len(supplier_skus),
        )
        try:
            raw = _STOCK_LEVELS.decode(answer.body).stock_levels
        except UNREADABLE as error:
            raise no_answer(body=answer.body, wanted="stock levels", cause=error) from None
        return each_readable(raw, _STOCK_LEVEL.decode)


def _answers(body: bytes) -> list[PurchaseOrderAnswer]:
    try:
        return _ACKNOWLEDGMENTS.decode(body).acknowledgments
    except msgspec.ValidationError:
        pass
    except UNREADABLE as error:
        raise no_answer(body=body, wanted="JSON", cause=error) from None
    try:
        raw = _RAW_ACKNOWLEDGMENTS.decode(body).acknowledgments
    except UNREADABLE as error:
        raise no_answer(body=body, wanted="acknowledgments", cause=error) from None
    return each_readable(raw, _ACKNOWLEDGMENT.decode)
