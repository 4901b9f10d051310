"""Whether an order costs the same in a full store: placing, and a supplier's list of open purchase orders."""

from __future__ import annotations

import itertools
import random
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.bare_store import OrderShape, imitated_rows
from benchmarks.home import READY_PATH, Home
from benchmarks.load_plan import FixedRequests, LoadPlan, LoadReport, OrderRequests, run_load
from benchmarks.measurements import order_source, require_all_succeeded
from benchmarks.processes import free_port
from benchmarks.requests import get_request
from openaisle.adapters.local.connection import open_connection

FEW, MANY = 1_000, 1_000_000
_OPEN_ORDERS = 600
_KEPT_KINDS = frozenset({"order", "purchase_order"})
_ROWS_AT_ONCE = 20_000
_WARM_UP_SECONDS = 1.0
_CLIENTS = 1
_INSERT = (
    "INSERT INTO items (item_key, kind, version, body, expires_at, index1, index2, due)"
    " VALUES (?, ?, 1, ?, NULL, ?, ?, NULL)"
)
_INDEXES = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'items' AND sql IS NOT NULL"


class InStore(msgspec.Struct, kw_only=True):
    """Medians in milliseconds with so many orders in the store, one value a round."""

    orders: int
    gigabytes: float
    placing_p50: list[float] = msgspec.field(default_factory=list)
    listing_p50: list[float] = msgspec.field(default_factory=list)


def filled_home(*, template: Home, shape: OrderShape, orders: int, directory: Path) -> Home:
    """Return a home whose store holds so many orders that are long done, each with its purchase orders.

    The rows are those of a real order under other names. Indexes are dropped and made again around it: they come out
    the same, and a million orders take minutes instead of an hour.
    """
    home = template.copied(to=directory / f"store-{orders}")
    connection = open_connection(path=home.store_file, durable=False)
    try:
        indexes: list[Any] = connection.execute(_INDEXES).fetchall()
        suppliers = [
            key
            for (key,) in connection.execute(
                "SELECT DISTINCT CAST(body AS TEXT) ->> 'supplier_id' FROM items WHERE kind = 'stock_level'"
            )
        ]
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        chance = random.Random(7)
        rows = _done_rows(shape=shape, suppliers=sorted(str(one) for one in suppliers), chance=chance, orders=orders)
        while some := list(itertools.islice(rows, _ROWS_AT_ONCE)):
            with connection:
                connection.executemany(_INSERT, some)
        for _, statement in indexes:
            connection.execute(str(statement))
        connection.pragma("wal_checkpoint", "TRUNCATE")
    finally:
        connection.close()
    return home


def _done_rows(*, shape: OrderShape, suppliers: list[str], chance: random.Random, orders: int) -> Any:  # noqa: ANN401
    for inserted in itertools.islice(imitated_rows(shape=shape, suppliers=suppliers, chance=chance), orders):
        for key, kind, body, _, index1, index2, _ in inserted:
            if kind in _KEPT_KINDS:
                # A purchase order that is done stands in no list of open ones and is never due.
                yield key, kind, body, index1, index2 if kind == "order" else None


class Compared:
    """A small and a full store, measured in turns, so that a slow minute of the machine hits both."""

    def __init__(self, *, template: Home, shape: OrderShape, many: int, directory: Path) -> None:
        self._homes = [
            filled_home(template=template, shape=shape, orders=orders, directory=directory) for orders in (FEW, many)
        ]
        self.rows = [
            InStore(orders=orders, gigabytes=home.store_file.stat().st_size / 1e9)
            for orders, home in zip((FEW, many), self._homes, strict=True)
        ]

    def measure(self, *, seconds: float) -> None:
        """Take one round of each."""
        for home, row in zip(self._homes, self.rows, strict=True):
            prepared = home.prepared()
            port = free_port()
            with home.start_api(port=port) as api:
                api.wait_until_ready(port=port, path=READY_PATH)
                source = order_source(prepared=prepared)
                # The same number in both, so that the supplier's open list is as long.
                self._loaded(port=port, source=source, seconds=60, requests=_OPEN_ORDERS)
                placing = self._loaded(port=port, source=order_source(prepared=prepared), seconds=seconds)
                key = next(iter(prepared.supplier_keys.values()))
                path = "/v1/purchase-orders?state_group=to_deliver&limit=50"
                listing = self._loaded(
                    port=port, source=FixedRequests(requests=[get_request(path=path, api_key=key)]), seconds=seconds / 2
                )
            row.placing_p50.append(placing.latency_summary().p50_milliseconds)
            row.listing_p50.append(listing.latency_summary().p50_milliseconds)

    @staticmethod
    def _loaded(
        *, port: int, source: OrderRequests | FixedRequests, seconds: float, requests: int = 2_000_000
    ) -> LoadReport:
        plan = LoadPlan(port=port, connections=_CLIENTS, seconds=seconds, source=source, requests_maximum=requests)
        report = run_load(plan=plan)
        require_all_succeeded(report=report)
        return report
