"""One operation behind HTTP: who may call it, what it reads, what it answers."""

from __future__ import annotations

import re
from collections.abc import Coroutine, Mapping
from typing import Any, Protocol

from starlette.types import Receive, Scope

from openaisle.entrypoints.http.bodies import json_reader, read_chunks, read_whole, require_media_type
from openaisle.entrypoints.http.errors import (
    AuthorizationMalformed,
    Forbidden,
    IdempotencyKeyMalformed,
    IdempotencyKeyMissing,
)
from openaisle.entrypoints.http.parameters import query_reader
from openaisle.entrypoints.http.rate_limit import RateLimit
from openaisle.entrypoints.http.replies import Reply, encoded, reply_of, streamed_reply
from openaisle.kernel.context import Clock, Context, Principal, Role
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.http import Answer, Operation, Request


class Authenticate(Protocol):
    """Tells who presents a key."""

    async def __call__(self, *, text: str | None) -> Principal:
        """Return who presents the key of this text; raises the named error of a missing or unknown key."""
        ...


class NoteAction(Protocol):
    """Writes into the audit trail."""

    async def __call__(self, *, action: str, subject: str, context: Context, outcome: str) -> None:
        """Add an entry: who did what to which record, and whether it was done."""
        ...


# Parties that act through people with roles; storefronts are machines, and may do all that their party may.
_PEOPLED = frozenset({Role.OPERATOR, Role.SUPPLIER})
_ANYBODY = Principal(role=Role.ANYONE, subject_id="anyone")
_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_JSON_MEDIA_TYPES = ("application/json",)
_DONE = "done"
# The room of people writes its own entries, in the commits of what they tell of.
_AUDITED_BY_ITSELF = "People"


class Endpoint:
    """Translates requests for one operation; all that can be prepared is prepared once."""

    def __init__(
        self,
        *,
        operation: Operation,
        authenticate: Authenticate,
        clock: Clock,
        maximum_seconds: float,
        note: NoteAction | None = None,
        limit: RateLimit | None = None,
    ) -> None:
        """Take the ``operation``, how keys are checked, the clock, how long a body may take, audit trail and limit."""
        self._limit = limit if operation.rate_limited else None
        self.operation = operation
        self._authenticate = authenticate
        self._clock = clock
        self._maximum_seconds = maximum_seconds
        self._roles = operation.roles
        self._note = note if operation.method != "GET" and operation.tag != _AUDITED_BY_ITSELF else None
        self._permission = operation.needed_permission
        self._read_query = query_reader(model=operation.query)
        self._read_body = json_reader(model=operation.body) if operation.body is not None else None

    async def reply(
        self,
        *,
        scope: Scope,
        receive: Receive,
        headers: Mapping[str, str],
        path: Mapping[str, str],
        correlation_id: str,
    ) -> Reply:
        """Run the operation for one request; raises the named error that the caller is to be told."""
        at = self._clock.now()
        principal = await self._principal(headers=headers) if self._roles else _ANYBODY
        client = scope.get("client")
        if self._limit is not None:
            self._limit.require(host=client[0] if client else "")
        context = Context(
            principal=principal, at=at, correlation_id=correlation_id, address=client[0] if client else ""
        )
        if self._note is None or not _is_person(principal):
            answer = await self._answer(scope=scope, receive=receive, headers=headers, path=path, context=context)
        else:
            answer = await self._noted(
                self._answer(scope=scope, receive=receive, headers=headers, path=path, context=context),
                subject=" ".join(path.values()),
                context=context,
                note=self._note,
            )
        return self._translated(answer=answer, correlation_id=correlation_id)

    async def _noted(
        self, answering: Coroutine[Any, Any, Answer], *, subject: str, context: Context, note: NoteAction
    ) -> Answer:
        outcome = "failed"
        try:
            answer = await answering
            outcome = _DONE
        except OpenAisleError as error:
            outcome = error.code
            raise
        finally:
            await note(action=self.operation.name, subject=subject, context=context, outcome=outcome)
        return answer

    async def _answer(
        self,
        *,
        scope: Scope,
        receive: Receive,
        headers: Mapping[str, str],
        path: Mapping[str, str],
        context: Context,
    ) -> Answer:
        operation = self.operation
        if context.principal.role in _PEOPLED:
            context.principal.require(self._permission)
        if operation.idempotency_key:
            _require_idempotency_key(headers.get("idempotency-key"))
        query = self._read_query(scope["query_string"])
        body = None
        chunks = None
        if self._read_body is not None:
            require_media_type(given=headers.get("content-type"), accepted=_JSON_MEDIA_TYPES)
            body = self._read_body(
                await read_whole(
                    receive=receive,
                    stated_length=headers.get("content-length"),
                    maximum_bytes=operation.maximum_body_bytes,
                    maximum_seconds=self._maximum_seconds,
                )
            )
        elif operation.file_media_types:
            require_media_type(given=headers.get("content-type"), accepted=operation.file_media_types)
            chunks = read_chunks(
                receive=receive,
                stated_length=headers.get("content-length"),
                maximum_bytes=operation.maximum_body_bytes,
                maximum_seconds=self._maximum_seconds,
            )
        return await operation.handle(
            Request(context=context, path=path, query=query, body=body, headers=headers, chunks=chunks)
        )

    async def _principal(self, *, headers: Mapping[str, str]) -> Principal:
        principal = await self._authenticate(text=_bearer(headers.get("authorization")))
        if principal.role not in self._roles:
            allowed = " or ".join(sorted(role.value for role in self._roles))
            raise Forbidden(
                detail=f"This asks for a key of the {allowed}; yours is a key of the {principal.role.value}."
            )
        return principal

    def _translated(self, *, answer: Answer, correlation_id: str) -> Reply:
        status, media_type = answer.status or self.operation.status, answer.media_type.encode("latin-1")
        told_id = correlation_id.encode("latin-1")
        if answer.chunks is not None:
            reply = streamed_reply(status=status, media_type=media_type, chunks=answer.chunks, correlation_id=told_id)
        else:
            body = answer.raw
            if body is None:
                body = b"" if answer.value is None else encoded(answer.value)
            reply = reply_of(status=status, media_type=media_type, body=body, correlation_id=told_id)
        for name, value in answer.headers.items():
            reply.headers.append((name.lower().encode("latin-1"), value.encode("latin-1")))
        return reply


def _is_person(principal: Principal) -> bool:
    # What suppliers' systems do by key stands in the records themselves, and would bury what people do.
    return principal.role is Role.OPERATOR or principal.user_id is not None


def _bearer(header: str | None) -> str | None:
    """Return the key of an Authorization header, None where there is none; raises AuthorizationMalformed."""
    if header is None:
        return None
    scheme, _, key = header.partition(" ")
    if scheme.lower() != "bearer":
        raise AuthorizationMalformed(detail="The header does not begin with Bearer.")
    return key.strip()


def _require_idempotency_key(given: str | None) -> None:
    if given is None:
        raise IdempotencyKeyMissing(detail="This request has no Idempotency-Key.")
    if _IDEMPOTENCY_KEY.fullmatch(given) is None:
        raise IdempotencyKeyMalformed(detail=f"{given[:40]!r}, of {len(given)} characters, is not taken.")
