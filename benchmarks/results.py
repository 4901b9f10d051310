"""What was measured, in a form that machines read (``--json``) and the tables are drawn from."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterable
from pathlib import Path

import apsw
import msgspec

from benchmarks.load_plan import LoadReport
from benchmarks.processes import Usage

_MILLISECONDS_PER_SECOND = 1000


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """What the figures depend on, and nothing that tells whose machine it is."""

    cores: int
    processor: str
    python: str
    sqlite: str
    file_system: str


class LoadRow(msgspec.Struct, kw_only=True):
    """One kind of request at one number of connections; each list has one value a round.

    ``cpu_milliseconds`` is the processor time of each process per successful request.
    """

    name: str
    connections: int
    per_second: list[float] = msgspec.field(default_factory=list)
    p50_milliseconds: list[float] = msgspec.field(default_factory=list)
    p99_milliseconds: list[float] = msgspec.field(default_factory=list)
    maximum_milliseconds: list[float] = msgspec.field(default_factory=list)
    cpu_milliseconds: dict[str, list[float]] = msgspec.field(default_factory=dict)

    def add(self, *, report: LoadReport, cpu_seconds: dict[str, float]) -> None:
        """Take in one round."""
        latency = report.latency_summary()
        self.per_second.append(report.per_second)
        self.p50_milliseconds.append(latency.p50_milliseconds)
        self.p99_milliseconds.append(latency.p99_milliseconds)
        self.maximum_milliseconds.append(latency.maximum_milliseconds)
        for name, seconds in {**cpu_seconds, "load generator": report.cpu_seconds}.items():
            per_request = seconds * _MILLISECONDS_PER_SECOND / max(report.succeeded, 1)
            self.cpu_milliseconds.setdefault(name, []).append(per_request)


class StoreLimit(msgspec.Struct, kw_only=True):
    """Durable transactions of an order's shape; one value a round."""

    orders_per_transaction: int
    rows_per_order: int
    bytes_per_order: int
    orders_per_second: list[float] = msgspec.field(default_factory=list)


class EndToEnd(msgspec.Struct, kw_only=True):
    """From placing to every purchase order received and acknowledged; one value a round.

    ``backlog_orders`` were placed and not yet wholly acknowledged when placing ended.
    """

    connections: int
    orders: list[int] = msgspec.field(default_factory=list)
    purchase_orders: list[int] = msgspec.field(default_factory=list)
    placed_per_second: list[float] = msgspec.field(default_factory=list)
    orders_per_second: list[float] = msgspec.field(default_factory=list)
    purchase_orders_per_second: list[float] = msgspec.field(default_factory=list)
    backlog_purchase_orders: list[int] = msgspec.field(default_factory=list)
    cpu_milliseconds: dict[str, list[float]] = msgspec.field(default_factory=dict)
    peak_mebibytes: dict[str, list[float]] = msgspec.field(default_factory=dict)


class Oversell(msgspec.Struct, frozen=True, kw_only=True):
    """Many orders at once for little stock: ``sold`` must be just what there was."""

    orders: int
    units: int
    sold: int
    refused: int
    reserved: int
    other_statuses: dict[int, int]

    @property
    def passed(self) -> bool:
        """Whether all was sold, nothing twice, and everybody else was told so."""
        return self.sold == self.units == self.reserved and self.refused == self.orders - self.units


class Footprint(msgspec.Struct, kw_only=True):
    """What one process takes to start and to wait; one value a round."""

    process: str
    start_seconds: list[float] = msgspec.field(default_factory=list)
    idle_mebibytes: list[float] = msgspec.field(default_factory=list)
    peak_mebibytes: list[float] = msgspec.field(default_factory=list)

    def add(self, *, start_seconds: float, usage: Usage) -> None:
        """Take in one round."""
        self.start_seconds.append(start_seconds)
        self.idle_mebibytes.append(usage.resident_mebibytes)
        self.peak_mebibytes.append(usage.peak_mebibytes)


class Results(msgspec.Struct, kw_only=True):
    """A whole run; what was not asked for stays empty."""

    machine: Machine
    seconds: float
    rounds: int
    store_limits: list[StoreLimit] = msgspec.field(default_factory=list)
    http_limits: list[LoadRow] = msgspec.field(default_factory=list)
    placing: list[LoadRow] = msgspec.field(default_factory=list)
    reading: list[LoadRow] = msgspec.field(default_factory=list)
    end_to_end: list[EndToEnd] = msgspec.field(default_factory=list)
    oversell: list[Oversell] = msgspec.field(default_factory=list)
    footprint: list[Footprint] = msgspec.field(default_factory=list)

    def limits_together(self, *, connections: int) -> list[float]:
        """Return, for each round, the orders a second that store and HTTP allow when each waits for the other."""
        store = next((limit for limit in self.store_limits if limit.orders_per_transaction == 1), None)
        http = row_of(rows=self.http_limits, name="starlette", connections=connections)
        if store is None or http is None:
            return []
        # What was measured in the same round belongs together: a slow minute of the machine slows both.
        pairs = zip(store.orders_per_second, http.per_second, strict=False)
        return [1 / (1 / transactions + 1 / requests) for transactions, requests in pairs]


def median(values: Iterable[float]) -> float:
    """Return the median, 0 of nothing."""
    taken = list(values)
    return statistics.median(taken) if taken else 0.0


def row_of(*, rows: list[LoadRow], name: str, connections: int) -> LoadRow | None:
    """Return the row of this name and number of connections."""
    return next((row for row in rows if row.name == name and row.connections == connections), None)


def row_for(*, rows: list[LoadRow], name: str, connections: int) -> LoadRow:
    """Return the row of this name and number of connections, made if need be."""
    found = row_of(rows=rows, name=name, connections=connections)
    if found is None:
        found = LoadRow(name=name, connections=connections)
        rows.append(found)
    return found


def this_machine(*, directory: Path) -> Machine:
    """Return the facts of this machine; ``directory`` is where the stores are written."""
    return Machine(
        cores=len(os.sched_getaffinity(0)),
        processor=_processor(),
        python=platform.python_version(),
        sqlite=apsw.sqlite_lib_version(),
        file_system=_file_system(directory=directory),
    )


def _processor() -> str:
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    names = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _file_system(*, directory: Path) -> str:
    """Return the kind of file system a directory is on: on one that lives in memory nothing is durable."""
    mounts = [line.split() for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines()]
    place = directory.resolve()
    fitting = [mount for mount in mounts if place.is_relative_to(mount[1])]
    return max(fitting, key=lambda mount: len(mount[1]))[2] if fitting else "unknown"
