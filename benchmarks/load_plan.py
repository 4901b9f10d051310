"""What a load run is to do and what came of it; the words between the harness and the load process."""

from __future__ import annotations

import math
import subprocess
import sys
from array import array

import msgspec

REQUESTS_MAXIMUM = 2_000_000
CONNECTIONS_MAXIMUM = 2_000
SECONDS_MAXIMUM = 600.0
_SECONDS_TO_START_AND_DRAIN = 90.0
_NANOSECONDS_PER_MILLISECOND = 1_000_000


class FixedRequests(msgspec.Struct, frozen=True, kw_only=True, tag="fixed"):
    """The same requests round and round; each is a whole HTTP/1.1 message."""

    requests: list[bytes]


class OfferChoice(msgspec.Struct, frozen=True, kw_only=True):
    """One offer that orders may name, and whose it is."""

    offer_id: str
    supplier_id: str
    price_minor: int


class OrderRequests(msgspec.Struct, frozen=True, kw_only=True, tag="orders"):
    """Orders of ``lines`` lines, each line of ``quantity`` units, over at least ``suppliers_minimum`` suppliers.

    ``tag`` starts each order's reference and idempotency key; two runs against one home need two tags.
    """

    api_key: str
    tag: str
    offers: list[OfferChoice]
    currency: str
    lines: int = 3
    suppliers_minimum: int = 2
    quantity: int = 1
    seed: int = 1


class LoadPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One load run: over ``connections`` kept alive, one request in flight on each.

    It ends after ``seconds`` or ``requests_maximum`` requests, whichever comes first; what is in flight then is
    waited for and counted. With ``per_second`` requests come at that rate whatever the answers take; one that finds
    every connection busy waits for the next, and its latency counts from when it was to be sent.
    """

    port: int
    connections: int
    seconds: float
    source: FixedRequests | OrderRequests
    requests_maximum: int = REQUESTS_MAXIMUM
    per_second: float | None = None

    def __post_init__(self) -> None:
        """Refuse a run without bounds."""
        if not 1 <= self.connections <= CONNECTIONS_MAXIMUM:
            message = f"connections must be 1 to {CONNECTIONS_MAXIMUM}"
            raise ValueError(message)
        if not 0 < self.seconds <= SECONDS_MAXIMUM or not 1 <= self.requests_maximum <= REQUESTS_MAXIMUM:
            message = f"a run lasts at most {SECONDS_MAXIMUM} seconds and {REQUESTS_MAXIMUM} requests"
            raise ValueError(message)


class LoadReport(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a load run.

    ``seconds`` runs from the first request to the last answer, ``latencies`` holds every answer's nanoseconds as
    unsigned 64-bit numbers, ``problems`` the first answers of status 400 and above. ``lost`` counts connections that
    ended with a request in flight, whose answer nobody knows. ``started_at`` is of the monotonic clock, which all
    processes of a machine share.
    """

    started_at: float
    seconds: float
    statuses: dict[int, int]
    latencies: bytes
    problems: list[str]
    lost: int
    cpu_seconds: float

    @property
    def answered(self) -> int:
        """How many requests were answered, whatever the status."""
        return sum(self.statuses.values())

    @property
    def succeeded(self) -> int:
        """How many requests were answered with a status from 200 to 299."""
        return sum(count for status, count in self.statuses.items() if 200 <= status < 300)

    @property
    def per_second(self) -> float:
        """Successful answers per second."""
        return self.succeeded / self.seconds if self.seconds else 0.0

    def latency_summary(self) -> LatencySummary:
        """Return the exact percentiles of all answers."""
        taken = array("Q")
        taken.frombytes(self.latencies)
        return latency_summary(nanoseconds=taken)


class LatencySummary(msgspec.Struct, frozen=True, kw_only=True):
    """Percentiles in milliseconds, by nearest rank: each is the latency of one real request."""

    p50_milliseconds: float
    p99_milliseconds: float
    maximum_milliseconds: float


class LoadFailed(Exception):
    """The load process did not come back with a report."""


def latency_summary(*, nanoseconds: array[int]) -> LatencySummary:
    """Return the percentiles of latencies in nanoseconds; all zero when there are none."""
    ordered = sorted(nanoseconds)
    return LatencySummary(
        p50_milliseconds=_percentile(ordered=ordered, percent=50),
        p99_milliseconds=_percentile(ordered=ordered, percent=99),
        maximum_milliseconds=_percentile(ordered=ordered, percent=100),
    )


def _percentile(*, ordered: list[int], percent: int) -> float:
    if not ordered:
        return 0.0
    rank = math.ceil(len(ordered) * percent / 100)
    return ordered[max(rank, 1) - 1] / _NANOSECONDS_PER_MILLISECOND


def run_load(*, plan: LoadPlan) -> LoadReport:
    """Run the plan in a process of its own and return its report; raises LoadFailed."""
    finished = subprocess.run(
        [sys.executable, "-m", "benchmarks.load_process"],
        input=msgspec.msgpack.encode(plan),
        capture_output=True,
        timeout=plan.seconds + _SECONDS_TO_START_AND_DRAIN,
        check=False,
    )
    if finished.returncode != 0:
        raise LoadFailed(finished.stderr.decode(errors="replace")[-2000:])
    return msgspec.msgpack.decode(finished.stdout, type=LoadReport)
