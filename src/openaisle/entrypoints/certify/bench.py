"""What scenarios work with: orders that nobody placed, calls signed well or badly, and what an answer must be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec

from openaisle.kernel.context import Clock
from openaisle.kernel.identifiers import derived_identifier
from openaisle.kernel.outbound import HttpAnswer, HttpCaller, Signer
from openaisle.kernel.times import sortable_time
from openaisle.orders.channels.documents import (
    CanceledLine,
    CancellationAnswer,
    CancellationDocument,
    DocumentLine,
    PurchaseOrderAnswer,
    PurchaseOrderDocument,
    StockAnswer,
)
from openaisle.orders.commands import ShipTo
from openaisle.orders.disclosure import ShippingDestination

SHIP_TO = ShipTo(
    name="Test Person",
    street_lines=["Lindenweg 4"],
    city="Bremen",
    postal_code="28195",
    country="DE",
    phone="+49 421 1",
)
_ANSWER_BYTES_MAXIMUM = 2_000_000
_SAID_CHARACTERS = 200

Purchase = PurchaseOrderDocument
ModelT = TypeVar("ModelT")


class CheckFailed(Exception):
    """What the supplier's system did is not what the contract asks for."""


class Addresses(msgspec.Struct, frozen=True, kw_only=True):
    """Where the supplier's system is called, with which secret, and a SKU that it knows."""

    order_acceptance_url: str
    secret: str
    sku: str
    inventory_url: str | None = None
    cancellation_url: str | None = None
    timeout_seconds: float = 5.0


class _Acknowledgments(msgspec.Struct, frozen=True):
    acknowledgments: list[PurchaseOrderAnswer]


class _Cancellations(msgspec.Struct, frozen=True):
    cancellations: list[CancellationAnswer]


class _StockLevels(msgspec.Struct, frozen=True):
    stock_levels: list[StockAnswer]


class Bench:
    """Makes orders and calls."""

    def __init__(
        self, *, addresses: Addresses, caller: HttpCaller, signer: Signer, clock: Clock, entropy: Callable[[int], bytes]
    ) -> None:
        """Take where to call, the guarded caller, the signer, the clock, and what makes identifiers new."""
        self.addresses = addresses
        self.signer = signer
        self.clock = clock
        self._caller = caller
        self._run = entropy(12).hex()
        self._count = 0

    def order(
        self, *, lines: int = 1, sku: str | None = None, ship_to: ShipTo | None = SHIP_TO, quantity: int = 1
    ) -> PurchaseOrderDocument:
        """Return a purchase order that was never sent before."""
        self._count += 1
        now = self.clock.now()
        order_id = derived_identifier(prefix="po", parts=("certify", self._run, str(self._count)))
        return PurchaseOrderDocument(
            purchase_order_id=f"{order_id}_01",
            order_reference=f"CERTIFY-{self._run[:8]}-{self._count}",
            created_at=sortable_time(now),
            acknowledge_by=sortable_time(now + timedelta(days=1)),
            currency="EUR",
            ship_to=ship_to,
            destination=ShippingDestination(country="DE", postal_code="28195"),
            lines=[
                DocumentLine(
                    line_number=number,
                    supplier_sku=sku or self.addresses.sku,
                    quantity=quantity,
                    unit_price_minor=1299,
                    shipping_minor=490 if number == 1 else 0,
                )
                for number in range(1, lines + 1)
            ],
        )

    async def place(
        self, *documents: Purchase, extra: Mapping[str, Any] | None = None
    ) -> dict[str, PurchaseOrderAnswer]:
        """Send purchase orders as the marketplace does; return the answers. Raises CheckFailed."""
        answer = await self.sent(body=self.body(*documents, extra=extra))
        return self.answers(answer=answer, documents=documents)

    def body(self, *documents: Purchase, extra: Mapping[str, Any] | None = None) -> bytes:
        """Return the body of a call; ``extra`` fields are added to the body and to each purchase order."""
        told: list[dict[str, Any]] = [msgspec.to_builtins(one) for one in documents]
        for one in told:
            one.update(extra or {})
        return msgspec.json.encode({"purchase_orders": told, **(extra or {})})

    async def sent(
        self,
        *,
        body: bytes,
        url: str | None = None,
        secrets: tuple[str, ...] | None = None,
        at: datetime | None = None,
        signed_body: bytes | None = None,
        unsigned: bool = False,
    ) -> HttpAnswer:
        """Send a body, signed well unless the arguments say otherwise; raises CallFailed."""
        now = self.clock.now()
        headers = {"content-type": "application/json"}
        if not unsigned:
            self._count += 1
            headers |= self.signer.headers(
                secrets=secrets or (self.addresses.secret,),
                message_id=f"msg_{self._run}{self._count}",
                at=at or now,
                body=body if signed_body is None else signed_body,
            )
        return await self._caller.call(
            method="POST",
            url=url or self.addresses.order_acceptance_url,
            headers=headers,
            body=body,
            timeout_seconds=self.addresses.timeout_seconds,
            maximum_answer_bytes=_ANSWER_BYTES_MAXIMUM,
        )

    def answers(self, *, answer: HttpAnswer, documents: Sequence[Purchase]) -> dict[str, PurchaseOrderAnswer]:
        """Return what was answered to each of ``documents``; raises CheckFailed unless each has one answer."""
        told = decoded(answer=answer, model=_Acknowledgments).acknowledgments
        by_identifier: dict[str, PurchaseOrderAnswer] = {}
        for one in told:
            if one.purchase_order_id in by_identifier and by_identifier[one.purchase_order_id] != one:
                raise CheckFailed(f"{one.purchase_order_id} is answered twice, and differently.")
            by_identifier[one.purchase_order_id] = one
        missing = [one.purchase_order_id for one in documents if one.purchase_order_id not in by_identifier]
        if missing:
            raise CheckFailed(f"{len(missing)} of {len(documents)} purchase orders are not answered: {missing[0]}, …")
        asked = {one.purchase_order_id for one in documents}
        strange = [identifier for identifier in by_identifier if identifier not in asked]
        if strange:
            raise CheckFailed(f"The answer names {strange[0]}, which was not asked about.")
        return by_identifier

    async def cancel(self, *documents: Purchase) -> dict[str, CancellationAnswer]:
        """Cancel all of purchase orders; return the answers. Raises CheckFailed."""
        told = [
            CancellationDocument(
                cancellation_id=f"{one.purchase_order_id}.canceled.certify",
                purchase_order_id=one.purchase_order_id,
                order_reference=one.order_reference,
                reason="Certification",
                complete=True,
                lines=[
                    CanceledLine(
                        line_number=line.line_number,
                        supplier_sku=line.supplier_sku,
                        canceled_quantity=line.quantity,
                        remaining_quantity=0,
                    )
                    for line in one.lines
                ],
            )
            for one in documents
        ]
        body = msgspec.json.encode({"cancellations": told})
        answer = await self.sent(body=body, url=self.addresses.cancellation_url)
        found = decoded(answer=answer, model=_Cancellations).cancellations
        answers = {one.purchase_order_id: one for one in found}
        for one in documents:
            if one.purchase_order_id not in answers:
                raise CheckFailed(f"The cancellation of {one.purchase_order_id} is not answered.")
        return answers

    async def stock(self, *supplier_skus: str) -> list[StockAnswer]:
        """Ask for stock; raises CheckFailed."""
        body = msgspec.json.encode({"supplier_skus": supplier_skus})
        answer = await self.sent(body=body, url=self.addresses.inventory_url)
        return decoded(answer=answer, model=_StockLevels).stock_levels


def decoded(*, answer: HttpAnswer, model: type[ModelT]) -> ModelT:
    """Return the body of an answer of the 200s; raises CheckFailed, with what the answer said."""
    if not 200 <= answer.status < 300:
        raise CheckFailed(f"It answered {answer.status}: {said(answer)}")
    try:
        return msgspec.json.decode(answer.body, type=model)
    except (msgspec.DecodeError, RecursionError) as error:
        raise CheckFailed(
            f"It answered {answer.status}, but the body is not what was asked for ({error}): {said(answer)}"
        ) from None


def require_refused(*, answer: HttpAnswer, statuses: range = range(400, 500)) -> None:
    """Raise CheckFailed unless the answer refuses, with a status of the 400s."""
    if answer.status not in statuses:
        raise CheckFailed(f"It answered {answer.status} where it must refuse: {said(answer)}")


def said(answer: HttpAnswer) -> str:
    """Return the beginning of an answer's body as it may be printed."""
    text = answer.body[:_SAID_CHARACTERS].decode(errors="replace")
    return "".join(one if one.isprintable() else " " for one in text) or "nothing"
