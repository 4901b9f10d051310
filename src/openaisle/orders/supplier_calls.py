"""The language spoken with a supplier's own system: documents out, answers in, one bad answer losing no other."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from openaisle.kernel.context import Clock
from openaisle.kernel.outbound import HttpAnswer, HttpCaller, Signer
from openaisle.orders.channels.documents import (
    UNREADABLE,
    BatchUnprocessable,
    PurchaseOrderAnswer,
    PurchaseOrderDocument,
    StockAnswer,
    SupplierAnsweredBadly,
    each_readable,
)
from openaisle.suppliers.queries import SupplierConnection

_ENCODER = msgspec.json.Encoder()
_UNPROCESSABLE = frozenset({400, 409, 413, 422})
_ANSWER_BYTES_PER_ITEM = 20_000


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
        assert connection.order_acceptance_url is not None
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
        except UNREADABLE as error:
            raise SupplierAnsweredBadly(detail=f"The Inventory API answered no stock levels: {error}") from None
        return each_readable(raw, _STOCK_LEVEL.decode)

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
    except UNREADABLE as error:
        raise SupplierAnsweredBadly(detail=f"It answered no JSON: {error}") from None
    try:
        raw = _RAW_ACKNOWLEDGMENTS.decode(body).acknowledgments
    except UNREADABLE as error:
        raise SupplierAnsweredBadly(detail=f"It answered no acknowledgments: {error}") from None
    return each_readable(raw, _ACKNOWLEDGMENT.decode)


def _seconds(text: str) -> int | None:
    return min(int(text), 3_600) if text.isascii() and text.isdigit() else None


def _said(body: bytes) -> str:
    text = body[:200].decode(errors="replace")
    return "".join(character if character.isprintable() else " " for character in text)
