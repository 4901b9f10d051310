"""HTTP operations as data: what a capability offers, before any web framework translates it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import msgspec

from openaisle.kernel.context import Context, Principal, Role
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.permissions import Permission, permission_of

ANYONE: frozenset[Role] = frozenset()
OPERATOR: frozenset[Role] = frozenset({Role.OPERATOR})


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request that has passed authentication and decoding.

    ``path`` holds the path parameters, ``query`` and ``body`` are instances of the types the operation states
    (None where it states none), ``chunks`` is the raw body of operations that take a file.
    """

    context: Context
    path: Mapping[str, str]
    query: Any
    body: Any
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes] | None = None

    @property
    def principal(self) -> Principal:
        """Who calls."""
        return self.context.principal


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the operation answers: a value to encode, or ``raw`` bytes of ``media_type`` as they are.

    ``chunks`` are sent as they come, for what is too large to be held or is not known yet (server-sent events); they
    end early where the caller hangs up.
    """

    value: Any = None
    raw: bytes | None = None
    chunks: AsyncIterator[bytes] | None = None
    media_type: str = "application/json"
    status: int | None = None
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One method of one path, with everything OpenAPI and the translation to HTTP need.

    ``roles`` may call it (ANYONE: no key is asked for). ``file_media_types`` is set for operations that take a
    file as the raw body. ``idempotency_key`` asks for the ``Idempotency-Key`` header. ``errors`` lists each named error
    that the operation itself can answer with; those of every operation (malformed JSON, no key…) are added.
    ``permission`` is what people of the operator and of suppliers need; where it is not stated, reading asks for
    ``read`` and changing for what the tag asks for.
    ``rate_limited`` bounds how often strangers may call it.
    """

    method: str
    path: str
    name: str
    summary: str
    tag: str
    roles: frozenset[Role]
    handle: Callable[[Request], Awaitable[Answer]]
    description: str = ""
    body: type | None = None
    query: type | None = None
    answer: Any = None
    status: int = 200
    errors: tuple[type[OpenAisleError], ...] = ()
    idempotency_key: bool = False
    file_media_types: tuple[str, ...] = ()
    maximum_body_bytes: int = 1_000_000
    permission: Permission | None = None
    rate_limited: bool = False

    @property
    def needed_permission(self) -> Permission:
        """The permission that a person needs, stated or following from method and tag."""
        return self.permission or permission_of(method=self.method, tag=self.tag)
