"""Servers that do nothing, on the settings of the real one: what HTTP alone allows.

Run as ``python -m benchmarks.bare_servers starlette|raw PORT ANSWER_BYTES``.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


def starlette_application(*, answer_bytes: int) -> ASGIApp:
    """Return a Starlette application whose one handler reads the body and answers ``answer_bytes`` bytes."""
    content = b"x" * answer_bytes

    async def empty(request: Request) -> Response:
        await request.body()
        return Response(content, status_code=201, media_type="application/json")

    async def ready(_request: Request) -> Response:
        return Response(b"ready")

    return Starlette(routes=[Route("/v1/orders", empty, methods=["POST"]), Route("/health/ready", ready)])


def raw_application(*, answer_bytes: int) -> ASGIApp:
    """Return the least an ASGI application can be: it reads the body and answers ``answer_bytes`` bytes."""
    content = b"x" * answer_bytes
    headers = [(b"content-type", b"application/json"), (b"content-length", str(answer_bytes).encode())]

    async def application(_scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body", False):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    return application


def main() -> None:
    """Serve until told to stop."""
    kind, port, answer_bytes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    make = {"starlette": starlette_application, "raw": raw_application}[kind]
    # The settings of the API process: what is left is the cost of HTTP itself.
    uvicorn.run(
        make(answer_bytes=answer_bytes),
        host="127.0.0.1",
        port=port,
        backlog=2048,
        loop="uvloop",
        http="httptools",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=30,
    )


if __name__ == "__main__":
    main()
