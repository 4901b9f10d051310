"""What lies between the processes and the rest of the world: it delays, loses and doubles."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from random import Random
from typing import Protocol

from openaisle.kernel.outbound import CallFailed, CallTimedOut, HttpAnswer
from tests.simulation.loop import PROCESS, LifeProcess, SimulatedLoop


class Server(Protocol):
    """A supplier's system as the network reaches it."""

    def is_down(self) -> bool: ...

    def seconds(self) -> float: ...

    def answer(self, *, path: str, body: bytes, caller: LifeProcess) -> HttpAnswer: ...


class Network:
    """Implements HttpCaller towards suppliers, and says what befalls calls to the API."""

    def __init__(self, *, loop: SimulatedLoop, random: Random, badness: float) -> None:
        """Take how bad it is: 0 loses nothing, 1 loses a quarter."""
        self._loop = loop
        self._random = random
        self.badness = badness
        self.servers: dict[str, Server] = {}
        self.calls = 0
        self.answers: Counter[str] = Counter()

    def api_seconds(self) -> float:
        return self._random.uniform(0.0005, 0.02) if self._random.random() > 0.05 else self._random.uniform(0.1, 3)

    def loses(self) -> bool:
        return self._random.random() < 0.15 * self.badness

    def duplicates(self) -> bool:
        return self._random.random() < 0.1 * self.badness

    async def call(
        self,
        *,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        timeout_seconds: float,
        maximum_answer_bytes: int = 1_000_000,
    ) -> HttpAnswer:
        """Call a supplier's system as the marketplace's guarded caller would."""
        host, _, path = url.removeprefix("https://").partition("/")
        server = self.servers[host.removesuffix(".example")]
        await asyncio.sleep(self.api_seconds())
        if server.is_down() or self.loses():
            raise CallFailed(detail="no connection")
        self.calls += 1
        caller = PROCESS.get(self._loop.environment)
        answer = server.answer(path=path, body=body, caller=caller)
        if self.duplicates():
            server.answer(path=path, body=body, caller=caller)
        seconds = server.seconds()
        await asyncio.sleep(min(seconds, timeout_seconds))
        if seconds >= timeout_seconds or self._random.random() < 0.1 * self.badness:
            raise CallTimedOut(detail=f"no answer within {timeout_seconds} seconds")
        if len(answer.body) > maximum_answer_bytes:
            raise CallFailed(detail="too long an answer")
        return answer

    async def require_callable(self, *, url: str) -> None:
        return None
