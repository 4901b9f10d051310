"""A form with a large file, read as it comes: its fields first, then the file in pieces, never held as a whole."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from starlette.requests import Request

from openaisle.entrypoints.console.forms import FORM_TOKEN_FIELD, FormForeign, FormUnreadable
from openaisle.entrypoints.console.sessions.model import form_token_fits

_BOUNDARY = re.compile(r'multipart/form-data;\s*boundary="?([A-Za-z0-9\'()+_,./:=?-]{1,70})"?', re.IGNORECASE)
_NAME = re.compile(rb'\bname="([a-z_]{1,40})"')
_FILE_NAME = re.compile(rb'\bfilename="([^"\r\n]{0,1000})"')
_HEAD_END = b"\r\n\r\n"
_FIELDS_BYTES_MAXIMUM = 65_536
_FIELDS_MAXIMUM = 20
_SILENCE_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class StreamedForm:
    """The fields that stand before the file, the file's name, and its bytes as they come."""

    fields: Mapping[str, str]
    file_name: str
    chunks: AsyncIterator[bytes]


async def streamed_form(*, request: Request, token: str) -> StreamedForm:
    """Read a form up to its file, which must be the last field; raises FormForeign, FormUnreadable.

    Nothing of the file is taken before the form has proved that it is ours.
    """
    boundary = _BOUNDARY.fullmatch(request.headers.get("content-type", "").strip())
    if boundary is None:
        raise FormUnreadable(detail="A form with a file is sent as multipart/form-data.")
    body = _Body(stream=request.stream(), delimiter=b"\r\n--" + boundary.group(1).encode())
    await body.skip_delimiter()
    fields: dict[str, str] = {}
    for _ in range(_FIELDS_MAXIMUM):
        head = await body.until(_HEAD_END)
        name, file_name = _NAME.search(head), _FILE_NAME.search(head)
        if name is None:
            raise FormUnreadable(detail="A part of the form has no name.")
        if file_name is not None:
            if not token or not form_token_fits(token=token, given=fields.get(FORM_TOKEN_FIELD, "")):
                raise FormForeign(detail="The form's token is missing or belongs to another session.")
            told = file_name.group(1).decode("utf-8", "replace").replace("\\", "/").rpartition("/")[2]
            return StreamedForm(fields=fields, file_name=told, chunks=body.rest_of_part())
        fields[name.group(1).decode()] = (await body.until(body.delimiter)).decode("utf-8", "replace")
    raise FormUnreadable(detail="The form has too many fields before its file.")


class _Body:
    def __init__(self, *, stream: AsyncIterator[bytes], delimiter: bytes) -> None:
        self.delimiter = delimiter
        self._stream = stream
        # The first delimiter has no line before it.
        self._buffer = bytearray(b"\r\n")
        self._taken = 0

    async def skip_delimiter(self) -> None:
        if await self.until(self.delimiter):
            raise FormUnreadable(detail="The form does not begin with its boundary.")

    async def until(self, end: bytes) -> bytes:
        """Return what stands before ``end``, and go on behind it."""
        while (at := self._buffer.find(end)) < 0:
            if len(self._buffer) + self._taken > _FIELDS_BYTES_MAXIMUM or not await self._more():
                raise FormUnreadable(detail="The fields of the form are too long, or it does not end.")
        found = bytes(self._buffer[:at])
        del self._buffer[: at + len(end)]
        self._taken += at
        return found

    async def rest_of_part(self) -> AsyncIterator[bytes]:
        """Yield the bytes up to the next delimiter; raises FormUnreadable where the body ends before."""
        kept = len(self.delimiter) - 1
        while (at := self._buffer.find(self.delimiter)) < 0:
            if len(self._buffer) > kept:
                yield bytes(self._buffer[:-kept])
                del self._buffer[:-kept]
            if not await self._more():
                raise FormUnreadable(detail="The file broke off in the middle.")
        if at:
            yield bytes(self._buffer[:at])

    async def _more(self) -> bool:
        try:
            chunk = await asyncio.wait_for(anext(self._stream, b""), _SILENCE_SECONDS)
        except TimeoutError:
            raise FormUnreadable(detail=f"Nothing came for {_SILENCE_SECONDS:g} seconds.") from None
        self._buffer += chunk
        # A stream may hold empty chunks, but ends with one.
        return bool(chunk)
