"""From placing to every purchase order received and acknowledged, with worker and suppliers beside the API."""

from __future__ import annotations

import asyncio
import http.client
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.home import READY_PATH, Home, Prepared
from benchmarks.load_plan import LoadPlan, LoadReport, run_load
from benchmarks.measurements import MeasurementInvalid, order_source, require_all_succeeded
from benchmarks.processes import MeasuredProcess, free_port
from benchmarks.results import EndToEnd, Results
from openaisle.adapters.api_client import ApiClient
from openaisle.adapters.local.connection import open_connection

CONNECTIONS = 32
_REPORT_PATH = "/control/report"
_SECONDS_WITHOUT_PROGRESS_MAXIMUM = 30.0
_POLL_SECONDS = 0.02
_MILLISECONDS_PER_SECOND = 1000
# Each purchase order that is not yet answered stands in the index of due items, so counting them costs little.
_UNANSWERED = (
    "SELECT count(*) FROM items WHERE due >= 'DUE#purchase-order-acknowledgment'"
    " AND due < 'DUE#purchase-order-acknowledgment~'"
)


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """One run: ``elapsed_seconds`` from the first request until nothing was unanswered, usage of each process."""

    report: LoadReport
    purchase_orders: int
    backlog: int
    elapsed_seconds: float
    cpu_seconds: dict[str, float]
    peak_mebibytes: dict[str, float]


def measure_end_to_end(*, results: Results, template: Home, directory: Path, seconds: float) -> None:
    """Take one round: place for ``seconds``, then wait until nothing is left to bring or to answer."""
    home = template.copied(to=directory / "end-to-end")
    flow = run_flow(home=home, seconds=seconds, start_worker=home.start_worker)
    orders = flow.report.succeeded
    if not results.end_to_end:
        results.end_to_end.append(EndToEnd(connections=CONNECTIONS))
    row = results.end_to_end[0]
    row.orders.append(orders)
    row.purchase_orders.append(flow.purchase_orders)
    row.placed_per_second.append(flow.report.per_second)
    row.orders_per_second.append(orders / flow.elapsed_seconds)
    row.purchase_orders_per_second.append(flow.purchase_orders / flow.elapsed_seconds)
    row.backlog_purchase_orders.append(flow.backlog)
    for name, used in flow.cpu_seconds.items():
        row.cpu_milliseconds.setdefault(name, []).append(used * _MILLISECONDS_PER_SECOND / orders)
        row.peak_mebibytes.setdefault(name, []).append(flow.peak_mebibytes[name])


def run_flow(*, home: Home, seconds: float, start_worker: Callable[[], MeasuredProcess]) -> Flow:
    """Place for ``seconds``, wait until all is answered, and compare; raises MeasurementInvalid."""
    prepared = home.prepared()
    port, suppliers_port = free_port(), free_port()
    before = home.stored_orders()
    with ExitStack() as running:
        api = running.enter_context(home.start_api(port=port))
        api.wait_until_ready(port=port, path=READY_PATH)
        suppliers = running.enter_context(
            _start_suppliers(home=home, prepared=prepared, port=port, suppliers_port=suppliers_port)
        )
        worker = running.enter_context(start_worker())
        processes = (api, worker, suppliers)
        used_before = {one.name: one.usage().cpu_seconds for one in processes}
        report = run_load(
            plan=LoadPlan(port=port, connections=CONNECTIONS, seconds=seconds, source=order_source(prepared=prepared))
        )
        backlog = _unanswered(home=home)
        require_all_succeeded(report=report)
        finished_at = _drained(home=home, worker=worker)
        usage = {one.name: one.usage() for one in processes}
        received = _received(port=suppliers_port)
    after = home.stored_orders()
    orders, purchase_orders = after.orders - before.orders, after.purchase_orders - before.purchase_orders
    if received != purchase_orders or orders != report.succeeded:
        message = (
            f"answered: {report.succeeded} orders; stored: {orders} orders and {purchase_orders} purchase orders; "
            f"the suppliers received {received}"
        )
        raise MeasurementInvalid(message)
    return Flow(
        report=report,
        purchase_orders=purchase_orders,
        backlog=backlog,
        elapsed_seconds=finished_at - report.started_at,
        cpu_seconds={name: used.cpu_seconds - used_before[name] for name, used in usage.items()},
        peak_mebibytes={name: used.peak_mebibytes for name, used in usage.items()},
    )


def _start_suppliers(*, home: Home, prepared: Prepared, port: int, suppliers_port: int) -> MeasuredProcess:
    """Connect every supplier to a simulated one that accepts at once and looks at each signature, and start them."""
    setups = asyncio.run(_connected(prepared=prepared, port=port, suppliers_port=suppliers_port))
    configuration = home.logs / "suppliers.json"
    marketplace = {"marketplace_url": f"http://127.0.0.1:{port}", "suppliers": setups}
    configuration.write_bytes(msgspec.json.encode(marketplace))
    command = ["-m", "openaisle_examples.suppliers", "--config", str(configuration), "--port", str(suppliers_port)]
    process = MeasuredProcess(name="suppliers", command=command, log_directory=home.logs)
    process.wait_until_ready(port=suppliers_port, path=_REPORT_PATH)
    return process


async def _connected(*, prepared: Prepared, port: int, suppliers_port: int) -> list[dict[str, Any]]:
    operator = ApiClient(base_url=f"http://127.0.0.1:{port}", api_key=prepared.operator_key)
    setups = []
    try:
        for supplier_id in prepared.supplier_keys:
            address = f"http://127.0.0.1:{suppliers_port}/suppliers/{supplier_id}"
            receipt = await operator.send(
                method="PUT",
                path=f"/v1/suppliers/{supplier_id}/connection",
                body={
                    "order_acceptance_url": f"{address}/purchase-orders",
                    "inventory_url": f"{address}/inventory",
                },
            )
            setups.append({"handle": supplier_id, "signing_secrets": [receipt["signing_secret"]], "ships": False})
    finally:
        await operator.close()
    return setups


def _unanswered(*, home: Home) -> int:
    connection = open_connection(path=home.store_file, read_only=True)
    try:
        found = connection.execute(_UNANSWERED).fetchone()
    finally:
        connection.close()
    return int(str(found[0])) if found else 0


def _drained(*, home: Home, worker: MeasuredProcess) -> float:
    """Return the moment, of the monotonic clock, at which no purchase order is unanswered any more."""
    fewest, moved_at = _unanswered(home=home), time.monotonic()
    while True:
        left, present = _unanswered(home=home), time.monotonic()
        if left == 0:
            return present
        if left < fewest:
            fewest, moved_at = left, present
        if present - moved_at > _SECONDS_WITHOUT_PROGRESS_MAXIMUM:
            message = f"{left} purchase orders stay unanswered:\n{worker.log_end()}"
            raise MeasurementInvalid(message)
        time.sleep(_POLL_SECONDS)


def _received(*, port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", _REPORT_PATH)
    report = msgspec.json.decode(connection.getresponse().read())
    connection.close()
    return sum(int(supplier["purchase_orders"]) for supplier in report["suppliers"].values())
