"""One named error per condition, each able to tell an HTTP caller what to mend (RFC 9457)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

import msgspec


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing wrong with one place of a request.

    ``pointer`` is a JSON Pointer (RFC 6901) into the request body, or the name of a header or parameter.
    """

    pointer: str
    detail: str
    code: str = "invalid"


class OpenAisleError(Exception):
    """The base of every condition the product names.

    A subclass states its ``code`` (stable, kebab-case, part of the API), its ``title``, the HTTP ``status``
    an API answers with, and ``mend``: one sentence that tells the caller what to do. An instance says in
    ``detail`` what happened this time, and in ``findings`` which places of the request are concerned.
    """

    code: ClassVar[str] = "internal"
    title: ClassVar[str] = "Something went wrong inside OpenAisle"
    status: ClassVar[int] = 500
    mend: ClassVar[str] = "Try again; if it stays, tell the operator the correlation id."

    def __init__(
        self, *, detail: str, findings: Sequence[Finding] = (), retry_after_seconds: int | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.findings = tuple(findings)
        self.retry_after_seconds = retry_after_seconds


class RequestInvalid(OpenAisleError):
    """A request that is well-formed JSON but breaks a rule of its type or of the domain."""

    code = "request-invalid"
    title = "The request breaks a rule"
    status = 422
    mend = "Correct the places named in findings and send the request again."


class NotFound(OpenAisleError):
    """There is no such record, or the caller may not know of it."""

    code = "not-found"
    title = "No such record"
    status = 404
    mend = "Check the identifier; records of others are not shown."


class TransitionRefused(OpenAisleError):
    """The record's state does not allow the command; nothing was changed."""

    code = "transition-refused"
    title = "The state of the record does not allow this"
    status = 409
    mend = "Read the record again and choose a command that its state allows."


class ChangedMeanwhile(OpenAisleError):
    """Another writer kept winning; the command was tried several times and changed nothing."""

    code = "changed-meanwhile"
    title = "The record changed while the command ran"
    status = 409
    mend = "Send the same request again."


def every_error() -> Iterator[type[OpenAisleError]]:
    """Yield each named error class that is loaded, for the reference documentation and OpenAPI."""
    waiting: list[type[OpenAisleError]] = [OpenAisleError]
    while waiting:
        found = waiting.pop()
        waiting.extend(found.__subclasses__())
        yield found
