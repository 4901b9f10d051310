"""Requests against an ASGI application, and operations to answer them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec

from openaisle.access.model import KeyMissing, KeyUnknown
from openaisle.entrypoints.http.api import Api
from openaisle.entrypoints.http.rate_limit import RateLimit
from openaisle.kernel.context import Principal, Role
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.http import Answer, Operation, Request


class Called(msgspec.Struct, frozen=True, kw_only=True):
    """What came back from a call."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return msgspec.json.decode(self.body)


async def call(
    application: Any,
    *,
    method: str = "GET",
    path: str,
    query: str = "",
    body: bytes | Iterable[bytes] = b"",
    headers: Mapping[str, str] | None = None,
    key: str | None = "storefront",
) -> Called:
    """Send one request to an ASGI application; ``body`` may be several pieces."""
    given = dict(headers or {})
    if key is not None:
        given.setdefault("authorization", f"Bearer {key}")
    pieces = [body] if isinstance(body, bytes) else list(body)
    messages = [
        {"type": "http.request", "body": piece, "more_body": place < len(pieces) - 1}
        for place, piece in enumerate(pieces)
    ]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in given.items()],
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8080),
        "state": {},
        "extensions": {},
    }
    await application(scope, receive, send)
    if not sent:
        return Called(status=0, headers={}, body=b"")
    return Called(
        status=sent[0]["status"],
        headers={name.decode().lower(): value.decode("latin-1") for name, value in sent[0]["headers"]},
        body=b"".join(message.get("body", b"") for message in sent[1:]),
    )


class FakeClock:
    """A clock that stands still."""

    def now(self) -> datetime:
        return datetime(2026, 11, 23, 18, 0, tzinfo=UTC)


async def authenticate_by_role(*, text: str | None) -> Principal:
    """Take the name of a role for the key of one of that role."""
    if text is None:
        raise KeyMissing(detail="The request carries no API key.")
    if text not in {role.value for role in Role}:
        raise KeyUnknown(detail="No valid key has this text.")
    return Principal(role=Role(text), subject_id=f"{text}-1")


class PlacedLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of the order that tests place."""

    offer_id: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
    quantity: Annotated[int, msgspec.Meta(ge=1, le=10_000)]


class PlacedOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The order that tests place."""

    reference: str
    lines: Annotated[tuple[PlacedLine, ...], msgspec.Meta(min_length=1, max_length=3)]
    note: Annotated[str, msgspec.Meta(max_length=10)] = ""
    attributes: dict[str, Annotated[str, msgspec.Meta(max_length=5)]] = {}


class Listing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be asked of a list."""

    state: Annotated[str, msgspec.Meta(max_length=10)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 100
    urgent: bool = False


class OutOfPaper(OpenAisleError):
    """The printer, which only tests have, is out of paper."""

    code = "out-of-paper"
    title = "No paper"
    status = 503
    mend = "Put paper in."


async def echo(request: Request) -> Answer:
    """Answer what was asked, as it arrived."""
    return Answer(
        value={
            "path": dict(request.path),
            "query": request.query,
            "body": request.body,
            "actor": request.principal.actor,
            "correlation_id": request.context.correlation_id,
        }
    )


async def count_bytes(request: Request) -> Answer:
    """Answer how many bytes came."""
    assert request.chunks is not None
    length = 0
    async for chunk in request.chunks:
        length += len(chunk)
    return Answer(value={"bytes": length})


async def break_down(request: Request) -> Answer:
    """Fail in a way that nobody foresaw."""
    message = f"the secret is hunter2, at {request.context.at}"
    raise RuntimeError(message)


async def refuse(request: Request) -> Answer:
    """Fail in a way that has a name."""
    raise OutOfPaper(detail=f"Tray of {request.principal.subject_id} is empty.", retry_after_seconds=7)


def operation(**changes: Any) -> Operation:
    """Return an operation that echoes, with changes."""
    given: dict[str, Any] = {
        "method": "GET",
        "path": "/v1/things",
        "name": "list_things",
        "summary": "List things",
        "tag": "Things",
        "roles": frozenset({Role.STOREFRONT}),
        "handle": echo,
    }
    return Operation(**{**given, **changes})


def api(
    *operations: Operation,
    maximum_seconds: float = 5,
    maximum_requests_at_once: int = 100,
    limit: RateLimit | None = None,
) -> Api:
    """Return the API of these operations, with keys that are names of roles."""
    return Api(
        operations=operations,
        authenticate=authenticate_by_role,
        clock=FakeClock(),
        maximum_seconds=maximum_seconds,
        maximum_requests_at_once=maximum_requests_at_once,
        limit=limit,
    )
