"""Closes connections on which the head of a request does not arrive in time.

The server's own time-outs begin once a head was read. Without this one, somebody who sends a header a minute, or
nothing at all, holds a connection for good; a few thousand of them leave none for others.
"""

from __future__ import annotations

import asyncio
from typing import ClassVar, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

_ANSWER = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class PunctualProtocol(HttpToolsProtocol):
    """HTTP/1.1 whose request heads are complete within ``head_seconds`` of their connection or first byte.

    A head that began and stays incomplete is answered with 408. A connection on which nothing came at all is closed
    without a word: its client asked nothing, and would take the words for the answer to what it asks next.
    """

    head_seconds: ClassVar[float] = 10.0
    _has_begun = False
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Give the first head its time."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Give each further head its time, from its first byte on; what belongs to a running request has others."""
        self._has_begun = True
        super().data_received(data)
        # The server leaves it empty until the first request.
        cycle = cast("RequestResponseCycle | None", self.cycle)
        is_idle = cycle is None or cycle.response_complete
        if is_idle and self._deadline is None and not self.transport.is_closing():
            self._await_head()

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._has_begun = False
        self._stop_waiting()
        super().on_headers_complete()

    def _await_head(self) -> None:
        self._deadline = asyncio.get_running_loop().call_later(self.head_seconds, self._too_late)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            if self._has_begun:
                self.transport.write(_ANSWER)
            self.transport.close()


def punctual_protocol(*, head_seconds: float) -> type[PunctualProtocol]:
    """Return the protocol with this much time for each head, in seconds."""
    return type("PunctualProtocol", (PunctualProtocol,), {"head_seconds": head_seconds})
