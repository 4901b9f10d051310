"""How long the allocation engine thinks about a large order: every line with many candidates, all lines together."""

from __future__ import annotations

import random
import statistics
import time
from datetime import UTC, datetime

import msgspec

from openaisle.adapters.optimum import HighsOptimizer
from openaisle.inventory.model import OfferWithStock, StockLevel
from openaisle.offers.model import Offer
from openaisle.orders.allocating.engine import allocate
from openaisle.orders.allocating.request import AllocationRequest, WantedLine

LINES, CANDIDATES = 20, 50
_ORDERS = 200
_WARM_UP_ORDERS = 5
_NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


class Thinking(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds of whole runs of the engine, explanations and all, over orders of one shape."""

    kind: str
    orders: int
    p50_milliseconds: float
    p99_milliseconds: float
    maximum_milliseconds: float


def measure_optimum() -> list[Thinking]:
    """Measure orders with stock without end, and orders for which stock is short, so that lines compete or split."""
    return [_measured(kind="stock without end", on_hand=(1_000, 1_000)), _measured(kind="short stock", on_hand=(1, 4))]


def _measured(*, kind: str, on_hand: tuple[int, int]) -> Thinking:
    chance = random.Random(5)
    optimizer = HighsOptimizer()
    taken = []
    # The first solver of a process is loaded with its library; that is done before the clock runs.
    for number in range(-_WARM_UP_ORDERS, _ORDERS):
        request, candidates = _order(chance=chance, on_hand=on_hand)
        started = time.perf_counter()
        allocate(request=request, candidates=candidates, optimizer=optimizer)
        if number >= 0:
            taken.append((time.perf_counter() - started) * 1_000)
    taken.sort()
    return Thinking(
        kind=kind,
        orders=_ORDERS,
        p50_milliseconds=statistics.median(taken),
        p99_milliseconds=taken[int(len(taken) * 0.99)],
        maximum_milliseconds=taken[-1],
    )


def _order(
    *, chance: random.Random, on_hand: tuple[int, int]
) -> tuple[AllocationRequest, dict[int, list[OfferWithStock]]]:
    lines = tuple(WantedLine(line_number=number, quantity=chance.randint(1, 3)) for number in range(1, LINES + 1))
    suppliers = [f"sup_{number:026d}" for number in range(CANDIDATES)]
    candidates = {
        line.line_number: [
            _candidate(line=line.line_number, supplier_id=supplier_id, chance=chance, on_hand=on_hand)
            for supplier_id in suppliers
        ]
        for line in lines
    }
    return AllocationRequest(at=_NOON, currency="EUR", lines=lines), candidates


def _candidate(*, line: int, supplier_id: str, chance: random.Random, on_hand: tuple[int, int]) -> OfferWithStock:
    offer = Offer(
        offer_id=f"off_{line:02d}{supplier_id[-20:]}",
        product_id=f"prd_{line:026d}",
        supplier_id=supplier_id,
        supplier_sku=f"SKU-{line}",
        price_minor=chance.randint(900, 1_500),
        currency="EUR",
        lead_time_days=chance.randint(1, 6),
        created_at=_NOON,
        changed_at=_NOON,
    )
    units = chance.randint(*on_hand)
    level = StockLevel(
        offer_id=offer.offer_id,
        supplier_id=supplier_id,
        product_id=offer.product_id,
        location="default",
        on_hand=units,
        reserved=0,
        available=units,
        confirmed_at=_NOON,
    )
    return OfferWithStock(offer=offer, stock=(level,), reasons=())
