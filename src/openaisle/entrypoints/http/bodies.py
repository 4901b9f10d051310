"""Bodies: read within their limits of size and time, of the right media type, decoded with named findings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
from starlette.types import Receive

from openaisle.entrypoints.http.errors import ContentTypeUnsupported, MalformedJson, RequestTooSlow
from openaisle.kernel.blobs import BlobTooLarge
from openaisle.kernel.errors import RequestInvalid
from openaisle.kernel.findings import finding_of, unstorable_text

_JSON = "application/json"
_BYTES_PER_SECOND_MINIMUM = 5_000
_ANY_JSON = msgspec.json.Decoder()


class ClientGone(Exception):
    """The caller hung up before the body was whole; there is nobody to answer."""


def require_media_type(*, given: str | None, accepted: tuple[str, ...]) -> None:
    """Raise ContentTypeUnsupported unless the Content-Type header names one of the ``accepted`` media types."""
    if given == accepted[0]:
        return
    media_type, _, parameters = (given or "").partition(";")
    wanted = " or ".join(accepted)
    if media_type.strip().lower() not in accepted:
        told = f"{media_type.strip()[:60]!r} was sent" if given else "none was sent"
        raise ContentTypeUnsupported(detail=f"The Content-Type must be {wanted}; {told}.")
    name, _, charset = parameters.strip().lower().partition("=")
    if accepted == (_JSON,) and name == "charset" and charset.strip('"') not in {"utf-8", "utf8"}:
        raise ContentTypeUnsupported(detail=f"JSON is read as UTF-8 only, not {charset[:30]!r}.")


async def read_whole(
    *, receive: Receive, stated_length: str | None, maximum_bytes: int, maximum_seconds: float
) -> bytes:
    """Return the whole body; raises BlobTooLarge as soon as it is known to be too long, RequestTooSlow, ClientGone."""
    _require_stated_length(stated_length=stated_length, maximum_bytes=maximum_bytes)
    try:
        async with asyncio.timeout(maximum_seconds):
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            if not message.get("more_body", False):
                body: bytes = message.get("body", b"")
                _require_length(length=len(body), maximum_bytes=maximum_bytes)
                return body
            collected = bytearray(message.get("body", b""))
            while message.get("more_body", False):
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientGone
                collected += message.get("body", b"")
                _require_length(length=len(collected), maximum_bytes=maximum_bytes)
            return bytes(collected)
    except TimeoutError:
        raise RequestTooSlow(detail=f"The body was not whole after {maximum_seconds:g} seconds.") from None


async def read_chunks(
    *, receive: Receive, stated_length: str | None, maximum_bytes: int, maximum_seconds: float
) -> AsyncIterator[bytes]:
    """Yield the body as it arrives; raises BlobTooLarge, RequestTooSlow (it stands still, or trickles), ClientGone."""
    _require_stated_length(stated_length=stated_length, maximum_bytes=maximum_bytes)
    loop = asyncio.get_running_loop()
    began = loop.time()
    length = 0
    more = True
    while more:
        # Who sends a byte a minute holds a place that others wait for.
        if loop.time() - began > maximum_seconds + length / _BYTES_PER_SECOND_MINIMUM:
            raise RequestTooSlow(detail=f"Fewer than {_BYTES_PER_SECOND_MINIMUM:,} bytes a second arrived.")
        try:
            message = await asyncio.wait_for(receive(), maximum_seconds)
        except TimeoutError:
            raise RequestTooSlow(detail=f"Nothing arrived for {maximum_seconds:g} seconds.") from None
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk = message.get("body", b"")
        length += len(chunk)
        _require_length(length=length, maximum_bytes=maximum_bytes)
        if chunk:
            yield chunk
        more = message.get("more_body", False)


def _require_stated_length(*, stated_length: str | None, maximum_bytes: int) -> None:
    if stated_length is not None and stated_length.isdecimal() and len(stated_length) < 19:
        _require_length(length=int(stated_length), maximum_bytes=maximum_bytes)


def _require_length(*, length: int, maximum_bytes: int) -> None:
    if length > maximum_bytes:
        raise BlobTooLarge(detail=f"The body may have {maximum_bytes:,} bytes at most.")


def json_reader(*, model: type) -> Callable[[bytes], Any]:
    """Return the function that decodes bodies of ``model``; it raises MalformedJson or RequestInvalid with findings."""
    decode: Callable[[bytes], Any] = msgspec.json.Decoder(model).decode

    def read(body: bytes) -> Any:  # noqa: ANN401 - an instance of the model
        try:
            value = decode(body)
        except msgspec.ValidationError as error:
            finding = finding_of(message=str(error))
            where = f" at {finding.pointer}" if finding.pointer else ""
            raise RequestInvalid(detail=f"The body does not fit{where}: {finding.detail}", findings=[finding]) from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            told = "the body is empty" if not body else str(error).removeprefix("JSON is malformed: ")[:200]
            raise MalformedJson(detail=f"Reading stopped: {told}.") from None
        except RecursionError:
            raise MalformedJson(detail="Reading stopped: the objects are nested too deeply.") from None
        # The escape is searched in the bytes because that costs nothing when it is absent, which is nearly always.
        if b"\\u0000" in body:
            finding_of_text = unstorable_text(value=_ANY_JSON.decode(body))
            if finding_of_text is not None:
                raise RequestInvalid(
                    detail=f"The body does not fit at {finding_of_text.pointer}: {finding_of_text.detail}",
                    findings=[finding_of_text],
                )
        return value

    return read
