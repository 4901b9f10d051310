"""How long placing takes at half of the rate that is possible, and what a sale of one single offer bears."""

from __future__ import annotations

import secrets
from pathlib import Path

import msgspec

from benchmarks.home import READY_PATH, Home, Prepared
from benchmarks.load_plan import LoadPlan, OrderRequests, run_load
from benchmarks.measurements import (
    OVERSELL_ORDERS,
    MeasurementInvalid,
    order_source,
    require_all_succeeded,
    require_stored,
)
from benchmarks.processes import free_port

_TOP_CONNECTIONS = 32
# Enough that a request hardly ever waits for a connection; what it waits counts.
_PACED_CONNECTIONS = 256
_LINES = 3
_SOLD, _REFUSED = 201, 409


class HalfRate(msgspec.Struct, frozen=True, kw_only=True):
    """The top rate, the rate then asked for, and the latencies at it from when each request was to be sent."""

    top_per_second: float
    asked_per_second: float
    answered_per_second: float
    p50_milliseconds: float
    p99_milliseconds: float
    maximum_milliseconds: float


class FlashSale(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody wants the same offer: with stock for all, and with stock for a tenth of them."""

    attempts_per_second: float
    sold: int
    scarce_attempts: int
    scarce_units: int
    scarce_sold: int
    scarce_attempts_per_second: float


def measure_half_rate(*, template: Home, directory: Path, seconds: float) -> HalfRate:
    """Find the top rate, then send at half of it, come what may."""
    home = template.copied(to=directory / "half-rate")
    prepared = home.prepared()
    before = home.stored_orders()
    port = free_port()
    with home.start_api(port=port) as api:
        api.wait_until_ready(port=port, path=READY_PATH)
        plan = LoadPlan(
            port=port, connections=_TOP_CONNECTIONS, seconds=seconds, source=order_source(prepared=prepared)
        )
        top = run_load(plan=plan)
        require_all_succeeded(report=top)
        asked = top.per_second / 2
        paced = LoadPlan(
            port=port,
            connections=_PACED_CONNECTIONS,
            seconds=seconds,
            source=order_source(prepared=prepared),
            per_second=asked,
        )
        half = run_load(plan=paced)
        require_all_succeeded(report=half)
    placed = top.succeeded + half.succeeded
    require_stored(home=home, orders=before.orders + placed, reserved=before.reserved_units + placed * _LINES)
    latency = half.latency_summary()
    return HalfRate(
        top_per_second=top.per_second,
        asked_per_second=asked,
        answered_per_second=half.per_second,
        p50_milliseconds=latency.p50_milliseconds,
        p99_milliseconds=latency.p99_milliseconds,
        maximum_milliseconds=latency.maximum_milliseconds,
    )


def measure_flash_sale(*, template: Home, directory: Path, seconds: float) -> FlashSale:
    """Let all orders want one offer, first one without end, then one of which there is little; raises
    MeasurementInvalid unless just what was answered as sold is reserved.
    """
    home = template.copied(to=directory / "flash-sale")
    prepared = home.prepared()
    before = home.stored_orders()
    port = free_port()
    with home.start_api(port=port) as api:
        api.wait_until_ready(port=port, path=READY_PATH)
        source = _of_one_offer(prepared=prepared, scarce=False)
        hot = run_load(plan=LoadPlan(port=port, connections=_TOP_CONNECTIONS, seconds=seconds, source=source))
        require_all_succeeded(report=hot)
        scarce = run_load(
            plan=LoadPlan(
                port=port,
                connections=OVERSELL_ORDERS,
                seconds=60,
                source=_of_one_offer(prepared=prepared, scarce=True),
                requests_maximum=OVERSELL_ORDERS,
            )
        )
    sold = scarce.statuses.get(_SOLD, 0)
    if sold != prepared.scarce_units or scarce.statuses.get(_REFUSED, 0) != OVERSELL_ORDERS - sold:
        message = f"of {prepared.scarce_units} units so many were sold and refused: {scarce.statuses}"
        raise MeasurementInvalid(message)
    placed = hot.succeeded + sold
    require_stored(home=home, orders=before.orders + placed, reserved=before.reserved_units + placed)
    return FlashSale(
        attempts_per_second=hot.per_second,
        sold=hot.succeeded,
        scarce_attempts=OVERSELL_ORDERS,
        scarce_units=prepared.scarce_units,
        scarce_sold=sold,
        scarce_attempts_per_second=scarce.answered / scarce.seconds,
    )


def _of_one_offer(*, prepared: Prepared, scarce: bool) -> OrderRequests:
    return OrderRequests(
        api_key=prepared.storefront_key,
        tag=secrets.token_hex(4),
        offers=[prepared.scarce if scarce else prepared.offers[0]],
        currency=prepared.currency,
        lines=1,
        suppliers_minimum=1,
    )
