"""The socket that API processes answer on."""

from __future__ import annotations

import socket

_BACKLOG = 2048


def listening_socket(*, host: str, port: int) -> socket.socket:
    """Return a socket that listens on the address; raises OSError, for example when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    listening.set_inheritable(True)
    # Accepted connections inherit it. Without it an answer of two small packets waits 40 ms for the caller's
    # acknowledgment of the first, wherever the event loop does not see to it itself.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening
