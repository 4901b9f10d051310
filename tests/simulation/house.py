"""The marketplace's own processes: APIs that answer calls, workers that do what happens by itself."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import msgspec

from openaisle.adapters.execution_log import TableExecutionLog
from openaisle.adapters.local.queue import LocalQueue
from openaisle.adapters.local.store import LocalTable
from openaisle.bootstrap import Engines
from openaisle.bootstrap.operations import operations_of
from openaisle.bootstrap.rooms import Rooms, rooms_over
from openaisle.kernel.context import Context, Principal
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.http import Operation, Request
from openaisle.kernel.identifiers import TimeOrderedIdentifiers
from tests.simulation.ground import START, Ground
from tests.simulation.loop import LifeProcess, SimulatedLoop, Violation
from tests.simulation.network import Network

_ENCODER = msgspec.json.Encoder()


class ConnectionLost(Exception):
    """The caller knows not whether its request was done."""


class Reply(NamedTuple):
    """What an API answered."""

    status: int
    body: bytes
    code: str = ""

    def value(self) -> Any:
        return msgspec.json.decode(self.body)


class ProcessClock:
    """A process's own clock: the time of the world, off by what somebody set it to."""

    def __init__(self, *, loop: SimulatedLoop) -> None:
        self._loop = loop
        self.off_by = timedelta()

    def now(self) -> datetime:
        return START + timedelta(seconds=self._loop.time()) + self.off_by


class MarketplaceProcess:
    """A process with its own connection to the store."""

    def __init__(
        self, *, name: str, loop: SimulatedLoop, ground: Ground, store_file: Path, network: Network, random: Random
    ) -> None:
        self.life = LifeProcess(name=name)
        self.loop = loop
        self.random = random
        self.clock = ProcessClock(loop=loop)
        self.table = LocalTable(path=store_file, clock=self.clock, durable=False)
        # A real process sleeps while another one writes; here the loop lets it ask again in virtual time.
        self.table.committer._patience = lambda _tries: False  # type: ignore[assignment]
        self.engines = self._engines(ground=ground, network=network)
        self.rooms: Rooms = rooms_over(engines=self.engines)
        self.life.at_death.append(self._disconnected)

    def _engines(self, *, ground: Ground, network: Network) -> Engines:
        table = self.table
        return dataclasses.replace(
            ground.engines,
            **_queues_anew(engines=ground.engines, table=table),
            holder=self.life.name,
            clock=self.clock,
            identifiers=TimeOrderedIdentifiers(clock=self.clock, entropy=self.random.randbytes),
            table=table,
            stream=table,
            checkpoints=table,
            caller=network,
            executions=TableExecutionLog(table=table),
        )

    def _disconnected(self) -> None:
        # The operating system closes a dead process's files; what it had not committed is rolled back.
        self.table._reader.close()
        self.table.committer._connection.close()


def _queues_anew(*, engines: Engines, table: LocalTable) -> dict[str, Any]:
    return {
        field.name: LocalQueue(committer=table.committer, name=queue._name)
        for field in dataclasses.fields(engines)
        if isinstance(queue := getattr(engines, field.name), LocalQueue)
    }


class Api:
    """A process that answers HTTP; it goes on as a new process after each crash."""

    def __init__(self, *, start: Callable[[], MarketplaceProcess], network: Network, random: Random) -> None:
        self._start = start
        self._network = network
        self._random = random
        self._waiting: set[asyncio.Future[Reply]] = set()
        self._operations: dict[str, Operation] = {}
        self.process = self._started()

    def _started(self) -> MarketplaceProcess:
        process = self._start()
        self._operations = {operation.name: operation for operation in operations_of(rooms=process.rooms)}
        process.life.at_death.append(self._hung_up)
        return process

    def restart(self) -> None:
        """Start anew after a crash."""
        if self.process.life.is_dead:
            self.process = self._started()

    @property
    def repeats(self) -> bool:
        """Whether the network may send a request twice."""
        return self._network.badness > 0

    def knows(self, operation: str) -> bool:
        """Whether there is such an operation."""
        return operation in self._operations

    def _hung_up(self) -> None:
        for reply in self._waiting:
            if not reply.done():
                reply.set_exception(ConnectionLost())
        self._waiting.clear()

    async def call(
        self,
        *,
        operation: str,
        principal: Principal,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Call over a network that may lose the request or the answer; raises ConnectionLost."""
        await asyncio.sleep(self._network.api_seconds())
        process = self.process
        if process.life.is_dead or self._network.loses():
            raise ConnectionLost
        called = self._operations[operation]
        process.loop.note(f"{principal.actor} calls {operation} {dict(path or {})} {body}")
        reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting.add(reply)
        raw = _ENCODER.encode(body) if body is not None else None

        async def answer() -> None:
            answered = await _answered(process, called, principal, path or {}, query or {}, raw, headers or {})
            self._network.answers[f"{operation} {answered.code or answered.status}"] += 1
            if not reply.done():
                reply.set_result(answered)

        process.loop.start(process.life, answer())
        if self._network.duplicates():
            # An impatient proxy sends the same request twice; nobody hears the other answer.
            twin = _answered(process, called, principal, path or {}, query or {}, raw, headers or {})
            process.loop.start(process.life, twin)
        try:
            found = await asyncio.wait_for(reply, timeout=20)
        except TimeoutError:
            raise ConnectionLost from None
        finally:
            self._waiting.discard(reply)
        await asyncio.sleep(self._network.api_seconds())
        if self._network.loses():
            raise ConnectionLost
        process.loop.note(f"{principal.actor} is answered {found.status} {found.code} to {operation}")
        return found


async def _answered(
    process: MarketplaceProcess,
    operation: Operation,
    principal: Principal,
    path: Mapping[str, str],
    query: Mapping[str, Any],
    raw: bytes | None,
    headers: Mapping[str, str],
) -> Reply:
    now = process.clock.now()
    context = Context(principal=principal, at=now, correlation_id=f"cor_{process.loop.steps}")
    try:
        body = None if operation.body is None else msgspec.json.decode(raw or b"{}", type=operation.body)
        asked = msgspec.convert(query, operation.query) if operation.query is not None else None
        request = Request(context=context, path=path, query=asked, body=body, headers=headers)
        answer = await operation.handle(request)
    except msgspec.ValidationError as error:
        return Reply(422, str(error).encode(), "body-invalid")
    except OpenAisleError as error:
        return Reply(error.status, error.detail.encode(), error.code)
    except Exception as error:
        # Over HTTP it would be a 500, which nobody may get.
        process.loop.fail(Violation(f"{operation.name} broke off with {type(error).__name__}: {error}"))
        raise
    content = answer.raw if answer.raw is not None else _ENCODER.encode(answer.value)
    return Reply(answer.status or operation.status, content)
