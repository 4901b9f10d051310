"""Placing an order: one decision, one commit, and the same answer however often it is asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

import msgspec

from openaisle.inventory.model import InsufficientStock, OfferWithStock
from openaisle.inventory.queries import InventoryQueries
from openaisle.kernel.context import Context
from openaisle.kernel.encryption import FieldCipher
from openaisle.kernel.errors import ChangedMeanwhile, Finding, OpenAisleError
from openaisle.kernel.money import CurrencyMismatch, minor_digits
from openaisle.kernel.table import MAXIMUM_WRITES_PER_COMMIT, CommitRefused, RefusalReason, Table, Write
from openaisle.kernel.times import sortable_time
from openaisle.orders.allocating.engine import allocate
from openaisle.orders.allocating.model import AllocationDecision, Share, Verdict
from openaisle.orders.allocating.request import WantedLine
from openaisle.orders.allocating.strategy import DEFAULT_STRATEGY, AllocationStrategy
from openaisle.orders.commands import NewOrder, NewOrderLine
from openaisle.orders.connections import SupplierConnections, acknowledgment_seconds
from openaisle.orders.events import LineQuantity, OrderPlaced
from openaisle.orders.model import (
    AllocationRecord,
    DuplicateReference,
    IdempotencyKeyReused,
    Order,
    OrderLine,
    OrderLinesInvalid,
    OrderOfferNotSellable,
    OrderOfferUnknown,
    OrderPolicy,
    OrderTooLarge,
    order_identifier,
)
from openaisle.orders.purchase_order import PurchaseOrder
from openaisle.orders.reasons import kept_reasons
from openaisle.orders.repository import IDEMPOTENT_ANSWERS, ORDERS, IdempotentAnswer, idempotency_key, order_key
from openaisle.orders.sharing import created, purchase_orders_of
from openaisle.orders.stock_writes import movement_writes, reservations_of
from openaisle.orders.views import PlacedLine, PlacedOrder, PlacedPurchaseOrder

_ENCODER = msgspec.json.Encoder()
_MAXIMUM_TRIES = 20


class PlacementAnswer(NamedTuple):
    """The bytes to answer with, and whether they were given before."""

    body: bytes
    replayed: bool


class _Prepared(NamedTuple):
    writes: list[Write]
    answer: bytes


class PlaceOrder:
    """The use case of placing an order."""

    def __init__(
        self,
        *,
        table: Table,
        inventory: InventoryQueries,
        suppliers: SupplierConnections,
        cipher: FieldCipher,
        policy: OrderPolicy,
        strategy: AllocationStrategy = DEFAULT_STRATEGY,
    ) -> None:
        """Take the ports; ``strategy`` says whom to prefer where the storefront left the choice."""
        self._table = table
        self._inventory = inventory
        self._suppliers = suppliers
        self._cipher = cipher
        self._policy = policy
        self._strategy = strategy

    async def place(self, *, order: NewOrder, key: str, context: Context) -> PlacementAnswer:
        """Reserve, allocate and record the order, and return the answer's bytes.

        The same ``key`` (Idempotency-Key) with the same order gives the same bytes. Its form is the edge's to check.
        Raises IdempotencyKeyReused, DuplicateReference, OrderLinesInvalid, OrderOfferUnknown, OrderOfferNotSellable,
        CurrencyUnknown, CurrencyMismatch, InsufficientStock or OrderTooLarge; then nothing was changed.
        """
        fingerprint = hashlib.blake2b(_ENCODER.encode(order), digest_size=24).hexdigest()
        order_id = order_identifier(storefront_id=context.principal.subject_id, reference=order.reference)
        for _ in range(_MAXIMUM_TRIES):
            # The first try is nearly always the first request with its key, so the earlier answer is looked for
            # only when something stands in the way: a read less for every order.
            try:
                prepared = await self._prepare(
                    order=order, order_id=order_id, key=key, fingerprint=fingerprint, context=context
                )
                await self._table.commit(writes=prepared.writes, context=context)
            except CommitRefused as refused:
                earlier = await self._earlier(key=key, fingerprint=fingerprint, context=context)
                if earlier is not None:
                    return earlier
                _require_new_reference(refused=refused, order_id=order_id, reference=order.reference)
            except OpenAisleError:
                earlier = await self._earlier(key=key, fingerprint=fingerprint, context=context)
                if earlier is not None:
                    return earlier
                await self._require_free(order_id=order_id, reference=order.reference)
                raise
            else:
                return PlacementAnswer(prepared.answer, replayed=False)
        raise ChangedMeanwhile(detail=f"Other orders took the stock {_MAXIMUM_TRIES} times while this one was placed.")

    async def _earlier(self, *, key: str, fingerprint: str, context: Context) -> PlacementAnswer | None:
        place = idempotency_key(storefront_id=context.principal.subject_id, key=key)
        item = await self._table.get(key=place)
        if item is None:
            return None
        known = IDEMPOTENT_ANSWERS.record(item.body)
        if known.fingerprint != fingerprint:
            raise IdempotencyKeyReused(detail="The key was used before with another body.")
        return PlacementAnswer(bytes(known.answer), replayed=True)

    async def _require_free(self, *, order_id: str, reference: str) -> None:
        if await self._table.get(key=order_key(order_id=order_id)) is not None:
            raise _duplicate(order_id=order_id, reference=reference)

    async def _prepare(
        self, *, order: NewOrder, order_id: str, key: str, fingerprint: str, context: Context
    ) -> _Prepared:
        minor_digits(currency=order.currency)
        numbers = line_numbers(lines=order.lines)
        candidates = await self._candidates(order=order, numbers=numbers, context=context)
        wanted = [
            WantedLine(line_number=number, quantity=line.quantity, offer_id=line.offer_id)
            for number, line in zip(numbers, order.lines, strict=True)
        ]
        decision = allocate(lines=wanted, candidates=candidates, currency=order.currency, strategy=self._strategy)
        if decision.unfilled:
            raise refusal_of(order=order, numbers=numbers, decision=decision)
        at = sortable_time(context.at)
        lines = _order_lines(order=order, numbers=numbers, shares=decision.shares)
        record = Order(
            order_id=order_id,
            storefront_id=context.principal.subject_id,
            reference=order.reference,
            currency=order.currency,
            total_minor=sum(line.unit_price_minor * line.quantity + line.shipping_minor for line in lines),
            placed_at=at,
            ship_to=self._cipher.encrypt(plaintext=_ENCODER.encode(order.ship_to), place=ship_to_place(order_id)),
            lines=lines,
            allocations=(AllocationRecord(at=at, cause="placed", lines=kept_reasons(lines=decision.lines)),),
            correlation_id=context.correlation_id,
        )
        purchase_orders = await self._purchase_orders(
            record=record, shares=decision.shares, lines=order.lines, numbers=numbers, context=context
        )
        return self._written(
            record=record,
            purchase_orders=purchase_orders,
            key=key,
            fingerprint=fingerprint,
            context=context,
        )

    async def _purchase_orders(
        self,
        *,
        record: Order,
        shares: Sequence[Share],
        lines: Sequence[NewOrderLine],
        numbers: Sequence[int],
        context: Context,
    ) -> list[PurchaseOrder]:
        seconds = await acknowledgment_seconds(
            suppliers=self._suppliers,
            supplier_ids={share.candidate.offer.supplier_id for share in shares},
            default_seconds=self._policy.acknowledge_within_seconds,
            at=context.at,
        )
        shipping = {number: line.shipping_minor for number, line in zip(numbers, lines, strict=True)}
        return purchase_orders_of(
            order=record, shares=shares, shipping=shipping, first_number=1, at=context.at, seconds=seconds
        )

    async def _candidates(
        self, *, order: NewOrder, numbers: Sequence[int], context: Context
    ) -> dict[int, Sequence[OfferWithStock]]:
        fixed = {line.offer_id for line in order.lines if line.offer_id is not None}
        offers = await self._inventory.offers_with_stock(offer_ids=fixed, at=context.at) if fixed else {}
        of_product: dict[str, Sequence[OfferWithStock]] = {}
        candidates: dict[int, Sequence[OfferWithStock]] = {}
        for number, line in zip(numbers, order.lines, strict=True):
            if line.offer_id is not None:
                found = offers.get(line.offer_id)
                candidates[number] = () if found is None else (found,)
            elif line.product_id is not None:
                # Ninety lines of one product with many offers read them once.
                if line.product_id not in of_product:
                    of_product[line.product_id] = await self._inventory.offers_of_product(
                        product_id=line.product_id, at=context.at
                    )
                candidates[number] = of_product[line.product_id]
        return candidates

    def _written(
        self,
        *,
        record: Order,
        purchase_orders: Sequence[PurchaseOrder],
        key: str,
        fingerprint: str,
        context: Context,
    ) -> _Prepared:
        answer = _ENCODER.encode(_answer(record=record, purchase_orders=purchase_orders))
        expires_at = int((context.at + timedelta(hours=self._policy.idempotency_hours)).timestamp())
        remembered = IdempotentAnswer(
            storefront_id=record.storefront_id,
            idempotency_key=key,
            fingerprint=fingerprint,
            expires_at=expires_at,
            answer=msgspec.Raw(answer),
        )
        placed = OrderPlaced(
            storefront_id=record.storefront_id,
            order_id=record.order_id,
            reference=record.reference,
            currency=record.currency,
            total_minor=record.total_minor,
            lines=tuple(LineQuantity(line_number=line.line_number, quantity=line.quantity) for line in record.lines),
        )
        movements = reservations_of(purchase_orders=purchase_orders)
        writes: list[Write] = [
            IDEMPOTENT_ANSWERS.create(remembered),
            ORDERS.create(record, events=(placed,)),
            *movement_writes(movements=movements),
        ]
        writes.extend(created(purchase_order=one) for one in purchase_orders)
        if len(writes) > MAXIMUM_WRITES_PER_COMMIT:
            detail = f"The order needs {len(writes)} writes at once; {MAXIMUM_WRITES_PER_COMMIT} are possible."
            raise OrderTooLarge(detail=detail)
        return _Prepared(writes, answer)


def ship_to_place(order_id: str) -> str:
    """Return the place to which the encryption of an order's address is bound."""
    return f"order/{order_id}/ship_to"


def line_numbers(*, lines: Sequence[NewOrderLine]) -> list[int]:
    """Return the number of each line, counted from 1 where none is given; raises OrderLinesInvalid."""
    findings = []
    numbers: list[int] = []
    given = [line.line_number for line in lines]
    numbered = any(number is not None for number in given)
    for position, line in enumerate(lines):
        if (line.offer_id is None) == (line.product_id is None):
            detail = "Give either offer_id or product_id."
            findings.append(Finding(pointer=f"/lines/{position}", detail=detail, code="offer_or_product"))
        number = line.line_number if numbered else position + 1
        if number is None:
            detail = "Number all lines or none."
            findings.append(Finding(pointer=f"/lines/{position}/line_number", detail=detail, code="missing"))
        elif number in numbers:
            detail = f"Another line has the number {number}."
            findings.append(Finding(pointer=f"/lines/{position}/line_number", detail=detail, code="repeated"))
        else:
            numbers.append(number)
    if findings:
        raise OrderLinesInvalid(detail=" ".join(one.detail for one in findings), findings=findings)
    return numbers


_ERRORS: dict[Verdict, tuple[type[OpenAisleError], str]] = {
    Verdict.UNKNOWN: (OrderOfferUnknown, "is not offered"),
    Verdict.CURRENCY_DIFFERS: (CurrencyMismatch, "is sold in another currency than the order's"),
    Verdict.OFFER_PAUSED: (OrderOfferNotSellable, "is paused"),
    Verdict.OFFER_WITHDRAWN: (OrderOfferNotSellable, "is withdrawn"),
    Verdict.SUPPLIER_NOT_ACTIVE: (OrderOfferNotSellable, "belongs to a supplier that is not active"),
    Verdict.PRODUCT_NOT_ACTIVE: (OrderOfferNotSellable, "belongs to a product that is not active"),
    Verdict.NO_STOCK: (InsufficientStock, "has nothing available"),
    Verdict.TOO_LITTLE_STOCK: (InsufficientStock, "has less available than the line wants"),
}
# Of several conditions the answer carries the one that the storefront must mend first.
_FIRST = (OrderOfferUnknown, CurrencyMismatch, OrderOfferNotSellable, InsufficientStock)


def refusal_of(*, order: NewOrder, numbers: Sequence[int], decision: AllocationDecision) -> OpenAisleError:
    """Return the error that says for every unfilled line why nobody can fill it."""
    position_of = {number: position for position, number in enumerate(numbers)}
    findings = []
    errors = set()
    for line in decision.unfilled:
        position = position_of[line.line_number]
        wanted = order.lines[position]
        field = "offer_id" if line.fixed else "product_id"
        verdicts = {one.verdict for one in line.assessments} or {Verdict.UNKNOWN}
        # Of a product with several offers the one that came nearest to filling the line is told.
        verdict = next((one for one in reversed(_ERRORS) if one in verdicts), Verdict.UNKNOWN)
        error, told = _ERRORS[verdict]
        errors.add(error)
        available = sum(one.available for one in line.assessments)
        name = wanted.offer_id or wanted.product_id or ""
        detail = f"{name[:64]} {told} ({wanted.quantity} wanted, {available} available)."
        findings.append(Finding(pointer=f"/lines/{position}/{field}", detail=detail, code=verdict.value))
    chosen = next(error for error in _FIRST if error in errors)
    return chosen(detail=f"{len(findings)} of {len(numbers)} lines cannot be filled.", findings=findings)


def _order_lines(*, order: NewOrder, numbers: Sequence[int], shares: Sequence[Share]) -> tuple[OrderLine, ...]:
    products = {share.line_number: share.candidate.offer.product_id for share in shares}
    return tuple(
        OrderLine(
            line_number=number,
            product_id=products[number],
            quantity=line.quantity,
            unit_price_minor=line.unit_price_minor,
            shipping_minor=line.shipping_minor,
            offer_id=line.offer_id,
        )
        for number, line in zip(numbers, order.lines, strict=True)
    )


def _answer(*, record: Order, purchase_orders: Sequence[PurchaseOrder]) -> PlacedOrder:
    lines = [
        PlacedLine(
            line_number=line.line_number,
            product_id=line.product_id,
            offer_id=line.offer_id,
            supplier_id=purchase_order.supplier_id,
            purchase_order_id=purchase_order.purchase_order_id,
            quantity=line.quantity,
            unit_price_minor=line.unit_price_minor,
            shipping_minor=line.shipping_minor,
        )
        for purchase_order in purchase_orders
        for line in purchase_order.lines
    ]
    lines.sort(key=lambda line: line.line_number)
    return PlacedOrder(
        order_id=record.order_id,
        reference=record.reference,
        currency=record.currency,
        placed_at=record.placed_at,
        total_minor=record.total_minor,
        lines=lines,
        purchase_orders=[
            PlacedPurchaseOrder(purchase_order_id=one.purchase_order_id, supplier_id=one.supplier_id, state=one.state)
            for one in purchase_orders
        ],
    )


def _require_new_reference(*, refused: CommitRefused, order_id: str, reference: str) -> None:
    place = order_key(order_id=order_id)
    if any(one.key == place and one.reason is RefusalReason.EXISTS for one in refused.refusals):
        raise _duplicate(order_id=order_id, reference=reference)


def _duplicate(*, order_id: str, reference: str) -> DuplicateReference:
    finding = Finding(pointer="/reference", detail=f"Order {order_id} has it.", code="duplicate")
    return DuplicateReference(detail=f"The reference {reference} is that of order {order_id}.", findings=(finding,))
