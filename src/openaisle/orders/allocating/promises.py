"""What can be delivered where and when, told before there is an order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from openaisle.inventory.model import OfferWithStock
from openaisle.inventory.queries import InventoryQueries
from openaisle.orders.allocating.allocator import Allocator
from openaisle.orders.allocating.eligibility import Eligibility, Expectation
from openaisle.orders.allocating.model import Verdict
from openaisle.orders.allocating.policy import AllocationPolicy
from openaisle.orders.allocating.request import AllocationRequest, Destination, WantedLine


class PromiseWanted(msgspec.Struct, frozen=True, kw_only=True):
    """So many units of a product, or of one offer."""

    quantity: int
    product_id: str | None = None
    offer_id: str | None = None


class DeliveryPromise(msgspec.Struct, frozen=True, kw_only=True):
    """What of the wish can be promised now.

    ``available`` are the units that can be delivered there at all, ``is_available`` whether they are enough.
    ``delivered_on`` is the earliest day by which all units asked for arrive, and ``delivered_on_latest`` that of the
    slowest supplier who can fill the wish alone; both null where they are not. ``reasons`` tell why offers drop out.
    """

    product_id: str | None
    offer_id: str | None
    quantity: int
    available: int
    is_available: bool
    delivered_on: str | None
    delivered_on_latest: str | None
    suppliers: int
    reasons: list[Verdict]


class DeliveryPromises:
    """The queries of delivery promises."""

    def __init__(self, *, inventory: InventoryQueries, allocator: Allocator, policy: AllocationPolicy) -> None:
        """Take what tells offers and stock, what tells of suppliers, and the policy."""
        self._inventory = inventory
        self._allocator = allocator
        self._policy = policy

    async def promise(
        self,
        *,
        wanted: Sequence[PromiseWanted],
        destination: Destination,
        currency: str,
        shipping_option: str,
        not_after: str | None,
        shopper_age: int | None,
        at: datetime,
    ) -> list[DeliveryPromise]:
        """Return a promise for each wish, in order. Nothing is reserved: each wish is looked at for itself."""
        lines = tuple(
            WantedLine(line_number=number, quantity=one.quantity, offer_id=one.offer_id)
            for number, one in enumerate(wanted)
        )
        request = AllocationRequest(
            at=at,
            currency=currency,
            lines=lines,
            destination=destination,
            not_after=not_after,
            shipping_option=shipping_option,
            shopper_age=shopper_age,
        )
        candidates = {number: await self._candidates(one, at=at) for number, one in enumerate(wanted)}
        facts = await self._allocator.facts(request=request, candidates=candidates)
        eligibility = Eligibility(request=request, facts=facts, excluded={}, policy=self._policy)
        return [
            _promise(wanted=one, candidates=candidates[number], eligibility=eligibility, number=number)
            for number, one in enumerate(wanted)
        ]

    async def _candidates(self, wanted: PromiseWanted, *, at: datetime) -> Sequence[OfferWithStock]:
        if wanted.offer_id is not None:
            found = await self._inventory.offers_with_stock(offer_ids=[wanted.offer_id], at=at)
            return list(found.values())
        if wanted.product_id is None:
            return ()
        return await self._inventory.offers_of_product(product_id=wanted.product_id, at=at)


def _promise(
    *, wanted: PromiseWanted, candidates: Sequence[OfferWithStock], eligibility: Eligibility, number: int
) -> DeliveryPromise:
    able: list[tuple[str, int, str]] = []
    reasons: list[Verdict] = [] if candidates else [Verdict.UNKNOWN]
    for candidate in candidates:
        expected = eligibility.judged(line_number=number, candidate=candidate)
        if isinstance(expected, Expectation):
            able.append((expected.delivered_on, candidate.available, candidate.offer.supplier_id))
        elif expected not in reasons:
            reasons.append(expected)
    able.sort()
    available = sum(units for _, units, _ in able)
    # A line is split only if no single supplier can fill it; then the slowest part that is needed counts.
    alone = [day for day, units, _ in able if units >= wanted.quantity]
    delivered_on = alone[0] if alone else _together(able=able, quantity=wanted.quantity)
    return DeliveryPromise(
        product_id=wanted.product_id,
        offer_id=wanted.offer_id,
        quantity=wanted.quantity,
        available=available,
        is_available=available >= wanted.quantity,
        delivered_on=delivered_on,
        delivered_on_latest=alone[-1] if alone else delivered_on,
        suppliers=len({supplier_id for _, _, supplier_id in able}),
        reasons=reasons,
    )


def _together(*, able: Sequence[tuple[str, int, str]], quantity: int) -> str | None:
    for day, units, _ in able:
        quantity -= units
        if quantity <= 0:
            return day
    return None
