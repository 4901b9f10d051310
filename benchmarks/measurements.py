"""Placing orders, reading products, the oversell check and the footprint, one round at a time."""

from __future__ import annotations

import secrets
import time
from pathlib import Path

from benchmarks.home import READY_PATH, Home, Prepared
from benchmarks.load_plan import FixedRequests, LoadPlan, LoadReport, OrderRequests, run_load
from benchmarks.processes import MeasuredProcess, free_port
from benchmarks.requests import get_request
from benchmarks.results import Footprint, Oversell, Results, row_for

OVERSELL_ORDERS = 1_000
LINES = 3
_IDLE_SECONDS = 2.0
_WARM_UP_SECONDS = 0.5
_CREATED, _CONFLICT = 201, 409


class MeasurementInvalid(Exception):
    """What was measured did not do what it was to do, so its speed means nothing."""


def order_source(*, prepared: Prepared) -> OrderRequests:
    """Return orders of three lines over two or three suppliers, with references that no other run has."""
    return OrderRequests(
        api_key=prepared.storefront_key,
        tag=secrets.token_hex(4),
        offers=prepared.offers,
        currency=prepared.currency,
        lines=LINES,
    )


def require_all_succeeded(*, report: LoadReport) -> None:
    """Raise MeasurementInvalid unless every request was answered with success."""
    if report.lost or report.succeeded != report.answered or not report.answered:
        message = f"{report.statuses} answered, {report.lost} connections lost:\n" + "\n".join(report.problems)
        raise MeasurementInvalid(message)


def measure_placing(
    *, results: Results, template: Home, connections: tuple[int, ...], directory: Path, seconds: float
) -> None:
    """Take one round of placing orders on a fresh home, and check against the store that each answer was true."""
    home = template.copied(to=directory / "placing")
    prepared = home.prepared()
    before = home.stored_orders()
    port = free_port()
    placed = 0
    with home.start_api(port=port) as api:
        api.wait_until_ready(port=port, path=READY_PATH)
        for number in connections:
            warm_up = LoadPlan(
                port=port, connections=number, seconds=_WARM_UP_SECONDS, source=order_source(prepared=prepared)
            )
            plan = LoadPlan(port=port, connections=number, seconds=seconds, source=order_source(prepared=prepared))
            warmed = run_load(plan=warm_up)
            used_before = api.usage().cpu_seconds
            report = run_load(plan=plan)
            used = api.usage().cpu_seconds - used_before
            require_all_succeeded(report=warmed)
            require_all_succeeded(report=report)
            placed += warmed.succeeded + report.succeeded
            row_for(rows=results.placing, name="placing", connections=number).add(
                report=report, cpu_seconds={"api": used}
            )
    require_stored(home=home, orders=before.orders + placed, reserved=before.reserved_units + placed * LINES)


def require_stored(*, home: Home, orders: int, reserved: int) -> None:
    """Raise MeasurementInvalid unless the store holds just so many orders and reserved units."""
    stored = home.stored_orders()
    if stored.orders != orders or stored.reserved_units != reserved:
        message = f"answered: {orders} orders, {reserved} units; stored: {stored}"
        raise MeasurementInvalid(message)


def measure_reading(
    *, results: Results, template: Home, connections: tuple[int, ...], directory: Path, seconds: float
) -> None:
    """Take one round of get product with its offers and stock."""
    home = template.copied(to=directory / "reading")
    prepared = home.prepared()
    requests = [
        get_request(path=f"/v1/products/{product_id}", api_key=prepared.storefront_key)
        for product_id in prepared.product_ids
    ]
    source = FixedRequests(requests=requests)
    port = free_port()
    with home.start_api(port=port) as api:
        api.wait_until_ready(port=port, path=READY_PATH)
        for number in connections:
            run_load(plan=LoadPlan(port=port, connections=number, seconds=_WARM_UP_SECONDS, source=source))
            used_before = api.usage().cpu_seconds
            report = run_load(plan=LoadPlan(port=port, connections=number, seconds=seconds, source=source))
            used = api.usage().cpu_seconds - used_before
            require_all_succeeded(report=report)
            row_for(rows=results.reading, name="reading", connections=number).add(
                report=report, cpu_seconds={"api": used}
            )


def measure_oversell(*, results: Results, template: Home, directory: Path) -> None:
    """Let a thousand orders come at once for a hundred units; the verdict is in the results, not an error."""
    home = template.copied(to=directory / "oversell")
    prepared = home.prepared()
    source = OrderRequests(
        api_key=prepared.storefront_key,
        tag=secrets.token_hex(4),
        offers=[prepared.scarce],
        currency=prepared.currency,
        lines=1,
        suppliers_minimum=1,
    )
    plan = LoadPlan(
        port=free_port(), connections=OVERSELL_ORDERS, seconds=60, source=source, requests_maximum=OVERSELL_ORDERS
    )
    before = home.stored_orders()
    with home.start_api(port=plan.port) as api:
        api.wait_until_ready(port=plan.port, path=READY_PATH)
        report = run_load(plan=plan)
    after = home.stored_orders()
    others = {status: count for status, count in report.statuses.items() if status not in {_CREATED, _CONFLICT}}
    results.oversell.append(
        Oversell(
            orders=OVERSELL_ORDERS,
            units=prepared.scarce_units,
            sold=report.statuses.get(_CREATED, 0),
            refused=report.statuses.get(_CONFLICT, 0),
            reserved=after.reserved_units - before.reserved_units,
            other_statuses=others,
        )
    )


def measure_footprint(*, results: Results, template: Home, directory: Path) -> None:
    """Take one round of how long the processes take to start and what they hold while nothing is asked of them."""
    home = template.copied(to=directory / "footprint")
    port = free_port()
    with home.start_api(port=port) as api:
        started = api.wait_until_ready(port=port, path=READY_PATH)
        _note(results=results, process=api, start_seconds=started)
        with home.start_worker() as worker:
            time.sleep(_IDLE_SECONDS)
            _note(results=results, process=worker, start_seconds=0.0)


def _note(*, results: Results, process: MeasuredProcess, start_seconds: float) -> None:
    footprint = next((one for one in results.footprint if one.process == process.name), None)
    if footprint is None:
        footprint = Footprint(process=process.name)
        results.footprint.append(footprint)
    footprint.add(start_seconds=start_seconds, usage=process.usage())
