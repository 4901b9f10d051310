"""The bare limits, measured in the same run: durable transactions of an order's shape, and HTTP that does nothing."""

from __future__ import annotations

from pathlib import Path

from benchmarks.bare_store import OrderShape, bare_store_limit
from benchmarks.home import READY_PATH, Home
from benchmarks.load_plan import LoadPlan, OrderRequests, run_load
from benchmarks.processes import MeasuredProcess, free_port
from benchmarks.results import Results, StoreLimit, row_for

ORDERS_PER_TRANSACTION = (1, 32)
BARE_SERVERS = ("starlette", "raw")


def measure_store_limits(
    *, results: Results, template: Home, shape: OrderShape, directory: Path, seconds: float
) -> None:
    """Take one round of the store's limits, on a fresh copy of the prepared home."""
    for orders_per_transaction in ORDERS_PER_TRANSACTION:
        home = template.copied(to=directory / "bare-store")
        measured = bare_store_limit(
            store_file=home.store_file, shape=shape, seconds=seconds, orders_per_transaction=orders_per_transaction
        )
        limit = next(
            (one for one in results.store_limits if one.orders_per_transaction == orders_per_transaction), None
        )
        if limit is None:
            limit = StoreLimit(
                orders_per_transaction=orders_per_transaction,
                rows_per_order=shape.rows,
                bytes_per_order=shape.size_bytes,
            )
            results.store_limits.append(limit)
        limit.orders_per_second.append(measured.orders_per_second)


def measure_http_limits(
    *,
    results: Results,
    source: OrderRequests,
    answer_bytes: int,
    connections: tuple[int, ...],
    directory: Path,
    seconds: float,
) -> None:
    """Take one round of HTTP's limits: the requests and the size of the answers are those of placing orders."""
    for kind in BARE_SERVERS:
        port = free_port()
        command = ["-m", "benchmarks.bare_servers", kind, str(port), str(answer_bytes)]
        with MeasuredProcess(name=kind, command=command, log_directory=directory) as server:
            server.wait_until_ready(port=port, path=READY_PATH)
            for number in connections:
                plan = LoadPlan(port=port, connections=number, seconds=seconds, source=source)
                before = server.usage().cpu_seconds
                report = run_load(plan=plan)
                used = server.usage().cpu_seconds - before
                row = row_for(rows=results.http_limits, name=kind, connections=number)
                row.add(report=report, cpu_seconds={"server": used})
