"""What a tenth of suppliers that never answer costs the others: the rate at which these get their purchase orders."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.home import READY_PATH, Home, Prepared
from benchmarks.load_plan import LoadPlan, run_load
from benchmarks.measurements import MeasurementInvalid, order_source, require_all_succeeded
from benchmarks.processes import MeasuredProcess, free_port
from openaisle.adapters.api_client import ApiClient
from openaisle.adapters.local.connection import open_connection

_ONE_IN = 10
_CONNECTIONS = 32
_POLL_SECONDS = 0.05
_PATIENCE_SECONDS = 240.0
_REPORT_PATH = "/control/report"


class Bulkhead(msgspec.Struct, kw_only=True):
    """Purchase orders a second that the healthy suppliers answered, one value a round."""

    suppliers: int
    down: int
    all_up: list[float] = msgspec.field(default_factory=list)
    some_down: list[float] = msgspec.field(default_factory=list)


def measure_bulkhead(*, results: list[Bulkhead], template: Home, directory: Path, orders: int) -> None:
    """Take one round: the same backlog is worked off with every supplier up, and with a tenth of them hanging."""
    prepared = template.prepared()
    suppliers = sorted(prepared.supplier_keys)
    hanging = set(suppliers[::_ONE_IN])
    if not results:
        results.append(Bulkhead(suppliers=len(suppliers), down=len(hanging)))
    row = results[0]
    backlog = _with_backlog(template=template, directory=directory, orders=orders)
    row.all_up.append(_rate(backlog=backlog, directory=directory, hanging=set(), watched=set(suppliers) - hanging))
    row.some_down.append(_rate(backlog=backlog, directory=directory, hanging=hanging, watched=set(suppliers) - hanging))


def _with_backlog(*, template: Home, directory: Path, orders: int) -> Home:
    home = template.copied(to=directory / "backlog")
    port = free_port()
    with home.start_api(port=port) as api:
        api.wait_until_ready(port=port, path=READY_PATH)
        source = order_source(prepared=home.prepared())
        plan = LoadPlan(port=port, connections=_CONNECTIONS, seconds=120, source=source, requests_maximum=orders)
        require_all_succeeded(report=run_load(plan=plan))
    return home


def _rate(*, backlog: Home, directory: Path, hanging: set[str], watched: set[str]) -> float:
    home = backlog.copied(to=directory / "bulkhead")
    prepared = home.prepared()
    port, suppliers_port = free_port(), free_port()
    with ExitStack() as running:
        api = running.enter_context(home.start_api(port=port))
        api.wait_until_ready(port=port, path=READY_PATH)
        running.enter_context(
            _suppliers(home=home, prepared=prepared, port=port, suppliers_port=suppliers_port, hanging=hanging)
        )
        waiting = _unanswered(home=home, suppliers=watched)
        worker = running.enter_context(home.start_worker())
        while _unanswered(home=home, suppliers=watched) == waiting:
            # The clock runs from the first answer: how long a worker takes to start is measured elsewhere.
            time.sleep(_POLL_SECONDS / 10)
        left, started = _unanswered(home=home, suppliers=watched), time.monotonic()
        first = left
        while left:
            if time.monotonic() - started > _PATIENCE_SECONDS:
                message = f"{left} purchase orders of healthy suppliers stay unanswered:\n{worker.log_end()}"
                raise MeasurementInvalid(message)
            time.sleep(_POLL_SECONDS)
            left = _unanswered(home=home, suppliers=watched)
        return first / (time.monotonic() - started)


def _suppliers(*, home: Home, prepared: Prepared, port: int, suppliers_port: int, hanging: set[str]) -> MeasuredProcess:
    setups = asyncio.run(_connected(prepared=prepared, port=port, suppliers_port=suppliers_port, hanging=hanging))
    configuration = home.logs / "suppliers.json"
    marketplace = {"marketplace_url": f"http://127.0.0.1:{port}", "suppliers": setups}
    configuration.write_bytes(msgspec.json.encode(marketplace))
    command = ["-m", "openaisle_examples.suppliers", "--config", str(configuration), "--port", str(suppliers_port)]
    process = MeasuredProcess(name="suppliers", command=command, log_directory=home.logs)
    process.wait_until_ready(port=suppliers_port, path=_REPORT_PATH)
    return process


async def _connected(*, prepared: Prepared, port: int, suppliers_port: int, hanging: set[str]) -> list[dict[str, Any]]:
    operator = ApiClient(base_url=f"http://127.0.0.1:{port}", api_key=prepared.operator_key)
    setups = []
    try:
        for supplier_id in prepared.supplier_keys:
            address = f"http://127.0.0.1:{suppliers_port}/suppliers/{supplier_id}"
            receipt = await operator.send(
                method="PUT",
                path=f"/v1/suppliers/{supplier_id}/connection",
                body={"order_acceptance_url": f"{address}/purchase-orders", "timeout_seconds": 5},
            )
            setups.append(
                {
                    "handle": supplier_id,
                    "signing_secrets": [receipt["signing_secret"]],
                    "ships": False,
                    "character": "silent" if supplier_id in hanging else "prompt",
                }
            )
    finally:
        await operator.close()
    return setups


def _unanswered(*, home: Home, suppliers: set[str]) -> int:
    connection = open_connection(path=home.store_file, read_only=True)
    try:
        counts: Any = connection.execute(
            "SELECT index2, count(*) FROM items WHERE index2 >= 'SUPPLIER#' AND index2 < 'SUPPLIER$'"
            " AND index2 LIKE '%#TO-DELIVER%' GROUP BY substr(index2, 1, 46)"
        ).fetchall()
    finally:
        connection.close()
    return sum(count for place, count in counts if place.split("#")[1] in suppliers)
