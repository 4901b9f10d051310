"""The load generator: a process that sends what its plan says and records every answer's latency.

Run as ``python -m benchmarks.load_process``, with a LoadPlan on standard input and a LoadReport on standard output.
It speaks raw asyncio protocols under uvloop, so that it costs a fraction of what the server under test does.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from array import array
from collections import Counter, deque
from collections.abc import Callable
from typing import cast

import httptools
import msgspec
import uvloop

from benchmarks.load_plan import LoadPlan, LoadReport
from benchmarks.requests import request_maker

_HOST = "127.0.0.1"
_PROBLEMS_KEPT = 5
_PROBLEM_CHARACTERS = 600
_FIRST_PROBLEM_STATUS = 400
_CONNECTING_AT_ONCE = 50
_DRAIN_SECONDS_MAXIMUM = 60.0


class _Run:
    """What all connections of a run share."""

    def __init__(self, *, plan: LoadPlan) -> None:
        self._make = request_maker(source=plan.source)
        self._left = plan.requests_maximum
        self._pace_nanoseconds = None if plan.per_second is None else 1_000_000_000 / plan.per_second
        self._began = 0
        self._scheduled = 0
        # In turns, so that no connection stays silent until the server gives it up.
        self._idle: deque[_Connection] = deque()
        self._busy = 0
        self._over = False
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.latencies = array("Q")
        self.statuses: Counter[int] = Counter()
        self.problems: list[str] = []
        self.lost = 0
        self.last_answer = 0

    def begin(self, *, connections: list[_Connection]) -> None:
        """Send the first request on every connection."""
        self._busy = len(connections)
        self._began = time.perf_counter_ns()
        if self._pace_nanoseconds is not None:
            self._idle = deque(connections)
            self._tick()
            return
        for connection in connections:
            connection.send()

    def stop(self) -> None:
        """Start no further request."""
        self._over = True
        for connection in self._idle:
            connection.send()
        self._idle.clear()

    def _tick(self) -> None:
        """Send what is due by now on whatever connection is free, and come again when the next is."""
        while self._idle and self._due() <= time.perf_counter_ns() and not self._over:
            self._idle.popleft().send()
        if not self._over:
            seconds = max(self._due() - time.perf_counter_ns(), 200_000) / 1_000_000_000
            asyncio.get_running_loop().call_later(seconds, self._tick)

    def _due(self) -> float:
        assert self._pace_nanoseconds is not None
        return self._began + self._scheduled * self._pace_nanoseconds

    def answered(self, connection: _Connection) -> None:
        """Let a connection that has its answer go on: at once, or when the next request is due."""
        if self._pace_nanoseconds is None or self._over or self._due() <= time.perf_counter_ns():
            connection.send()
        else:
            self._idle.append(connection)

    def moment(self) -> int:
        """Return the moment from which the request just taken counts: now, or when it was to be sent."""
        if self._pace_nanoseconds is None:
            return time.perf_counter_ns()
        moment = int(self._due())
        self._scheduled += 1
        return moment

    def next_request(self) -> bytes | None:
        """Return the next request, None when no more are to be sent."""
        if self._over or self._left == 0:
            return None
        self._left -= 1
        return self._make()

    def retire(self) -> None:
        """Count a connection that has nothing left to do."""
        self._busy -= 1
        if self._busy == 0 and not self.finished.done():
            self.finished.set_result(None)


class _Connection(asyncio.Protocol):
    """One kept-alive connection with at most one request in flight."""

    def __init__(self, *, run: _Run) -> None:
        self._run = run
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._write: Callable[[bytes], None] | None = None
        self._record = run.latencies.append
        self._body = b""
        self._in_flight = False
        self._sent = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have the methods of asyncio's without being of its class.
        self._transport = cast(asyncio.Transport, transport)
        self._write = self._transport.write

    def send(self) -> None:
        """Send the next request, or retire."""
        request = self._run.next_request()
        self._in_flight = request is not None
        if request is None:
            self._run.retire()
            return
        assert self._write is not None
        self._sent = self._run.moment()
        self._write(request)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._body = body

    def on_message_complete(self) -> None:
        present = time.perf_counter_ns()
        self._record(present - self._sent)
        run = self._run
        run.last_answer = present
        status = self._parser.get_status_code()
        run.statuses[status] += 1
        if status >= _FIRST_PROBLEM_STATUS and len(run.problems) < _PROBLEMS_KEPT:
            run.problems.append(f"{status} {self._body.decode(errors='replace')[:_PROBLEM_CHARACTERS]}")
        run.answered(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the name asyncio calls it by
        if self._in_flight:
            self._in_flight = False
            self._run.lost += 1
            self._run.retire()

    def close(self) -> None:
        """Close the connection."""
        self._in_flight = False
        if self._transport is not None:
            self._transport.close()


async def _connected(*, plan: LoadPlan, run: _Run) -> list[_Connection]:
    loop = asyncio.get_running_loop()
    connections: list[_Connection] = []
    while len(connections) < plan.connections:
        # A server's queue of connections to accept is short, so they are made some at a time, before the clock runs.
        wanted = min(_CONNECTING_AT_ONCE, plan.connections - len(connections))
        made = await asyncio.gather(
            *(loop.create_connection(lambda: _Connection(run=run), _HOST, plan.port) for _ in range(wanted))
        )
        connections.extend(protocol for _, protocol in made)
    return connections


async def _report(*, plan: LoadPlan) -> LoadReport:
    run = _Run(plan=plan)
    connections = await _connected(plan=plan, run=run)
    # Nothing made while the clock runs is garbage in a circle, and a collection would look like a slow answer.
    gc.collect()
    gc.disable()
    loop = asyncio.get_running_loop()
    loop.call_later(plan.seconds, run.stop)
    cpu_before = time.process_time()
    started_at = time.monotonic()
    started = time.perf_counter_ns()
    run.begin(connections=connections)
    async with asyncio.timeout(plan.seconds + _DRAIN_SECONDS_MAXIMUM):
        await run.finished
    cpu_seconds = time.process_time() - cpu_before
    for connection in connections:
        connection.close()
    return LoadReport(
        started_at=started_at,
        seconds=max(run.last_answer - started, 0) / 1_000_000_000,
        statuses=dict(run.statuses),
        latencies=run.latencies.tobytes(),
        problems=run.problems,
        lost=run.lost,
        cpu_seconds=cpu_seconds,
    )


def main() -> None:
    """Read the plan, carry it out, write the report."""
    plan = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=LoadPlan)
    report = uvloop.run(_report(plan=plan))
    sys.stdout.buffer.write(msgspec.msgpack.encode(report))


if __name__ == "__main__":
    main()
