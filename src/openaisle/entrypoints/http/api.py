"""The ASGI application of the operations: the path that every order takes, so nothing here is done twice."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Iterable
from time import perf_counter

from starlette.types import Receive, Scope, Send

from openaisle.entrypoints.http.bodies import ClientGone
from openaisle.entrypoints.http.dispatch import Dispatcher
from openaisle.entrypoints.http.endpoint import Authenticate, Endpoint, NoteAction
from openaisle.entrypoints.http.errors import Overloaded
from openaisle.entrypoints.http.rate_limit import RateLimit
from openaisle.entrypoints.http.replies import Reply, problem_reply, send_reply, send_streamed
from openaisle.kernel.context import Clock
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.http import Operation

_logger = logging.getLogger("openaisle.http")
_CORRELATION_ID = re.compile(r"[A-Za-z0-9._:-]{1,100}")
_SLOW_SECONDS = 2.0


class Api:
    """Answers each request of the API by its operation, or by a problem."""

    def __init__(
        self,
        *,
        operations: Iterable[Operation],
        authenticate: Authenticate,
        clock: Clock,
        maximum_seconds: float,
        maximum_requests_at_once: int,
        note: NoteAction | None = None,
        limit: RateLimit | None = None,
    ) -> None:
        """Prepare an endpoint for each operation.

        ``note`` writes into the audit trail what people do; ``limit`` bounds how often strangers may call.
        """
        self._dispatcher: Dispatcher[Endpoint] = Dispatcher()
        for operation in operations:
            endpoint = Endpoint(
                operation=operation,
                authenticate=authenticate,
                clock=clock,
                maximum_seconds=maximum_seconds,
                note=note,
                limit=limit,
            )
            self._dispatcher.add(method=operation.method, path=operation.path, target=endpoint)
        self._maximum_requests_at_once = maximum_requests_at_once
        self._requests_now = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        # Header names arrive in lower case; Latin-1 maps each byte to one character and cannot fail.
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        correlation_id = correlation_id_of(given=headers.get("x-correlation-id"))
        began = perf_counter()
        self._requests_now += 1
        try:
            self._require_room()
            target, parameters = self._dispatcher.find(method=scope["method"], path=scope["path"])
            reply = await target.reply(
                scope=scope, receive=receive, headers=headers, path=parameters, correlation_id=correlation_id
            )
        except OpenAisleError as error:
            reply = refused(error=error, scope=scope, correlation_id=correlation_id)
        except ClientGone:
            return
        except Exception as error:  # noqa: BLE001 - whatever was not foreseen is told to the logs, not to the caller
            reply = failed(error=error, scope=scope, correlation_id=correlation_id)
        finally:
            self._requests_now -= 1
        if reply.chunks is not None:
            await send_streamed(reply=reply, receive=receive, send=send)
            return
        await send_reply(reply=reply, send=send)
        seconds = perf_counter() - began
        if seconds > _SLOW_SECONDS:
            _logger.warning(
                "slow request",
                extra={"correlation_id": correlation_id, "path": scope["path"], "seconds": round(seconds, 3)},
            )

    def _require_room(self) -> None:
        if self._requests_now > self._maximum_requests_at_once:
            raise Overloaded(detail="The process is full.", retry_after_seconds=1)


def correlation_id_of(*, given: str | None) -> str:
    """Return the caller's correlation id if it has a bounded, harmless form, else a new one."""
    if given is not None and _CORRELATION_ID.fullmatch(given) is not None:
        return given
    return secrets.token_hex(16)


def refused(*, error: OpenAisleError, scope: Scope, correlation_id: str) -> Reply:
    """Return the problem of a named error; one of the inside is logged first."""
    if error.status >= 500:
        _logger.error(
            "request failed: %s",
            error.detail,
            extra={"correlation_id": correlation_id, "path": scope["path"], "code": error.code},
            exc_info=error if error.status == 500 else None,
        )
    return problem_reply(error=error, instance=scope["path"], correlation_id=correlation_id)


def failed(*, error: Exception, scope: Scope, correlation_id: str) -> Reply:
    """Log an error that nobody foresaw and return the problem that tells only its correlation id."""
    _logger.error(
        "request failed unforeseen",
        exc_info=error,
        extra={"correlation_id": correlation_id, "method": scope["method"], "path": scope["path"]},
    )
    unforeseen = OpenAisleError(detail="unforeseen")
    return problem_reply(error=unforeseen, instance=scope["path"], correlation_id=correlation_id)
