"""The port of calls to addresses that strangers gave, and the names of what can go wrong with them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

import msgspec

from openaisle.kernel.errors import OpenAisleError, RequestInvalid


class AddressRefused(RequestInvalid):
    """An address that OpenAisle will not call: not HTTP(S), or it leads into a private network (SSRF)."""

    code = "address-refused"
    title = "That address may not be called"
    mend = "Give a public https address; the operator may allow single private hosts in the settings."


class CallFailed(OpenAisleError):
    """A call got no usable answer: no connection, broken or too long an answer."""

    code = "call-failed"
    title = "The other side could not be reached"
    status = 502
    mend = "It is tried again by itself; check the address if it stays."


class CallTimedOut(CallFailed):
    """The other side did not answer within its time-out; it may have done what was asked."""

    code = "call-timed-out"
    title = "The other side did not answer in time"
    status = 504


class HttpAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What came back: the status, the headers in lower case, and the body, never longer than was allowed.

    ``certificate_until`` is when the other side's certificate ends, None for plain http.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    certificate_until: datetime | None = None


class HttpCaller(Protocol):
    """Makes guarded outbound calls: no redirects are followed, no private network is reached."""

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
        """Call and return the answer, whatever its status; raises AddressRefused, CallTimedOut, CallFailed."""
        ...

    async def require_callable(self, *, url: str) -> None:
        """Raise AddressRefused unless the address may be called as far as can be known today."""
        ...


class HttpDownload(Protocol):
    """An answer whose body is read as it comes."""

    @property
    def status(self) -> int:
        """The status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, their names in lower case."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the bytes as they were sent (packed where the server packed them).

        Raises CallFailed when they are more than allowed or end early, CallTimedOut when none come for long.
        """
        ...


class HttpDownloader(Protocol):
    """Fetches files that are too large to be held, guarded as the calls of HttpCaller are."""

    def download(
        self, *, url: str, headers: Mapping[str, str], timeout_seconds: float, maximum_bytes: int
    ) -> AbstractAsyncContextManager[HttpDownload]:
        """Ask for a file; ``timeout_seconds`` is how long it may stay silent. Raises as ``HttpCaller.call`` does."""
        ...

    async def require_callable(self, *, url: str) -> None:
        """Raise AddressRefused unless the address may be called as far as can be known today."""
        ...


class Signer(Protocol):
    """Signs and verifies messages as Standard Webhooks (https://www.standardwebhooks.com) prescribes."""

    def new_secret(self) -> str:
        """Return a new secret, ``whsec_`` and 32 random bytes in base 64."""
        ...

    def headers(self, *, secrets: tuple[str, ...], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
        """Return ``webhook-id``, ``webhook-timestamp`` and ``webhook-signature`` (one signature per secret)."""
        ...

    def verify(self, *, secret: str, headers: Mapping[str, str], body: bytes) -> None:
        """Raise SignatureInvalid unless the headers sign this body and are recent."""
        ...


class SignatureInvalid(OpenAisleError):
    """A message whose signature is missing, wrong or too old."""

    code = "signature-invalid"
    title = "The signature does not fit the message"
    status = 401
    mend = "Sign the exact bytes of the body with the current secret and a clock that is right."
