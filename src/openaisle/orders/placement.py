"""Placing an order: one decision, one commit, and the same answer however often it is asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

import msgspec

from openaisle.inventory.model import OfferWithStock
from openaisle.inventory.queries import InventoryQueries
from openaisle.inventory.reservations.using import UsableReservation, usable_reservation
from openaisle.kernel.context import Context
from openaisle.kernel.encryption import FieldCipher
from openaisle.kernel.errors import ChangedMeanwhile, Finding, OpenAisleError
from openaisle.kernel.money import minor_digits
from openaisle.kernel.table import MAXIMUM_WRITES_PER_COMMIT, CommitRefused, RefusalReason, Table, Write
from openaisle.orders.allocating.allocator import Allocator
from openaisle.orders.allocating.model import Share
from openaisle.orders.commands import NewOrder, NewOrderLine
from openaisle.orders.connections import SupplierConnections, acknowledgment_seconds
from openaisle.orders.events import LineQuantity, OrderPlaced
from openaisle.orders.model import (
    DuplicateReference,
    IdempotencyKeyReused,
    Order,
    OrderPolicy,
    OrderTooLarge,
    order_identifier,
)
from openaisle.orders.order_checks import line_numbers, refusal_of, require_possible_delivery
from openaisle.orders.places import ship_to_place  # noqa: F401 - read from here by those who send addresses
from openaisle.orders.purchase_order import PurchaseOrder
from openaisle.orders.recording import allocation_request, order_record, placed_answer
from openaisle.orders.repository import (
    IDEMPOTENT_ANSWERS,
    ORDER_KIND,
    ORDERS,
    PURCHASE_ORDER_KIND,
    PURCHASE_ORDERS,
    IdempotentAnswer,
    idempotency_key,
    order_key,
    order_partition,
)
from openaisle.orders.reserved import allocated_with, writes_with
from openaisle.orders.sharing import created, purchase_orders_of
from openaisle.orders.stock_writes import movement_writes, reservations_of
from openaisle.orders.totals import placed_total_minor

_ENCODER = msgspec.json.Encoder()
_MAXIMUM_TRIES = 20
_WHOLE_ORDER = 1_000


class PlacementAnswer(NamedTuple):
    """The bytes to answer with, and whether they were given before; ``known`` if that was under another key."""

    body: bytes
    replayed: bool
    known: bool = False


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
        allocator: Allocator,
    ) -> None:
        """Take the ports; ``allocator`` says who fills what, where the storefront left the choice."""
        self._table = table
        self._inventory = inventory
        self._suppliers = suppliers
        self._cipher = cipher
        self._policy = policy
        self._allocator = allocator

    async def place(self, *, order: NewOrder, key: str, context: Context) -> PlacementAnswer:
        """Reserve, allocate and record the order, and return the answer's bytes.

        The same ``key`` (Idempotency-Key) with the same order gives the same bytes, and so does the same order under
        its reference with another key. The key's form is the edge's to check.
        Raises IdempotencyKeyReused, DuplicateReference, OrderLinesInvalid, OrderTotalDiffers, RequestedDeliveryInvalid,
        OrderOfferUnknown, OrderOfferNotSellable, OrderNotDeliverable, CurrencyUnknown, CurrencyMismatch,
        InsufficientStock, ReservationUnknown, ReservationOver or OrderTooLarge; then nothing was changed.
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
                if earlier is None and _stands(refused=refused, order_id=order_id):
                    earlier = await self._known(order_id=order_id, fingerprint=fingerprint)
                if earlier is not None:
                    return earlier
            except OpenAisleError:
                earlier = await self._earlier(key=key, fingerprint=fingerprint, context=context)
                if earlier is None:
                    earlier = await self._known(order_id=order_id, fingerprint=fingerprint)
                if earlier is not None:
                    return earlier
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

    async def _known(self, *, order_id: str, fingerprint: str) -> PlacementAnswer | None:
        """Return the answer once given for the same order; raises DuplicateReference if another has the reference.

        By whatever road and under whatever key it comes again, the same order is the same order.
        """
        page = await self._table.query(partition=order_partition(order_id=order_id), limit=_WHOLE_ORDER)
        record = next((ORDERS.record(item.body) for item in page.items if item.kind == ORDER_KIND), None)
        if record is None:
            return None
        if record.fingerprint != fingerprint:
            raise _duplicate(order_id=order_id, reference=record.reference)
        purchase_orders = [PURCHASE_ORDERS.record(item.body) for item in page.items if item.kind == PURCHASE_ORDER_KIND]
        return PlacementAnswer(placed_answer(record=record, purchase_orders=purchase_orders), replayed=True, known=True)

    async def _prepare(
        self, *, order: NewOrder, order_id: str, key: str, fingerprint: str, context: Context
    ) -> _Prepared:
        minor_digits(currency=order.currency)
        numbers = line_numbers(lines=order.lines)
        total_minor = placed_total_minor(order=order)
        if order.requested_delivery is not None:
            require_possible_delivery(requested=order.requested_delivery, at=context.at)
        candidates = await self._candidates(order=order, numbers=numbers, context=context)
        request = allocation_request(order=order, numbers=numbers, at=context.at)
        reservation = None
        if order.reservation_id is None:
            decision = await self._allocator.allocate(request=request, candidates=candidates)
        else:
            reservation = await usable_reservation(
                table=self._table, reservation_id=order.reservation_id, context=context
            )
            decision = await allocated_with(
                reservation=reservation, allocator=self._allocator, request=request, candidates=candidates
            )
        if decision.unfilled:
            raise refusal_of(order=order, numbers=numbers, decision=decision)
        record = order_record(
            order=order,
            order_id=order_id,
            storefront_id=context.principal.subject_id,
            numbers=numbers,
            total_minor=total_minor,
            decision=decision,
            fingerprint=fingerprint,
            cipher=self._cipher,
            at=context.at,
            correlation_id=context.correlation_id,
        )
        purchase_orders = await self._purchase_orders(
            record=record, shares=decision.shares, lines=order.lines, numbers=numbers, context=context
        )
        return self._written(
            record=record,
            purchase_orders=purchase_orders,
            reservation=reservation,
            capacity=await self._allocator.capacity_writes(decision=decision, at=context.at),
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
            order=record,
            shares=shares,
            shipping=shipping,
            first_number=1,
            at=context.at,
            seconds=seconds,
            policy=self._policy.shipping,
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
        reservation: UsableReservation | None,
        capacity: Sequence[Write],
        key: str,
        fingerprint: str,
        context: Context,
    ) -> _Prepared:
        answer = placed_answer(record=record, purchase_orders=purchase_orders)
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
        moved: Sequence[Write]
        if reservation is None:
            moved = movement_writes(movements=movements)
        else:
            moved = writes_with(reservation=reservation, movements=movements, order_id=record.order_id, context=context)
        writes: list[Write] = [
            IDEMPOTENT_ANSWERS.create(remembered),
            ORDERS.create(record, events=(placed,)),
            *moved,
            *capacity,
        ]
        writes.extend(created(purchase_order=one) for one in purchase_orders)
        if len(writes) > MAXIMUM_WRITES_PER_COMMIT:
            detail = f"The order needs {len(writes)} writes at once; {MAXIMUM_WRITES_PER_COMMIT} are possible."
            raise OrderTooLarge(detail=detail)
        return _Prepared(writes, answer)


def _stands(*, refused: CommitRefused, order_id: str) -> bool:
    place = order_key(order_id=order_id)
    return any(one.key == place and one.reason is RefusalReason.EXISTS for one in refused.refusals)


def _duplicate(*, order_id: str, reference: str) -> DuplicateReference:
    finding = Finding(pointer="/reference", detail=f"Order {order_id} has it.", code="duplicate")
    return DuplicateReference(detail=f"The reference {reference} is that of order {order_id}.", findings=(finding,))
