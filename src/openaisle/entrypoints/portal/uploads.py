"""A form with a file, as browsers send it (multipart/form-data), read within bounds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request

from openaisle.entrypoints.console.forms import FORM_TOKEN_FIELD, FormForeign, FormUnreadable
from openaisle.entrypoints.console.sessions.model import form_token_fits
from openaisle.kernel.blobs import BlobTooLarge
from openaisle.suppliers.documents import BYTES_MAXIMUM

_BOUNDARY = re.compile(r'multipart/form-data;\s*boundary="?([A-Za-z0-9\'()+_,./:=?-]{1,70})"?', re.IGNORECASE)
_NAME = re.compile(rb'\bname="([a-z_]{1,40})"')
_FILE_NAME = re.compile(rb'\bfilename="([^"\r\n]{0,400})"')
_MEDIA_TYPE = re.compile(rb"^content-type:\s*([a-z0-9.+/-]{1,100})", re.IGNORECASE | re.MULTILINE)
_OVERHEAD_BYTES = 100_000
_PARTS_MAXIMUM = 20


@dataclass(frozen=True, kw_only=True)
class UploadForm:
    """The fields of a form and its one file."""

    fields: Mapping[str, str]
    file_name: str
    media_type: str
    content: bytes


async def upload_of(*, request: Request, token: str) -> UploadForm:
    """Return the form with a file that one of our own pages sent; raises FormForeign, FormUnreadable, BlobTooLarge."""
    origin = request.headers.get("origin")
    if origin is None or urlsplit(origin).netloc != request.headers.get("host"):
        raise FormForeign(detail="The Origin header is missing or names another site.")
    boundary = _BOUNDARY.fullmatch(request.headers.get("content-type", "").strip())
    if boundary is None:
        raise FormUnreadable(detail="A form with a file is sent as multipart/form-data.")
    body = bytearray(b"\r\n")
    async for chunk in request.stream():
        body += chunk
        if len(body) > BYTES_MAXIMUM + _OVERHEAD_BYTES:
            raise BlobTooLarge(detail=f"A document has at most {BYTES_MAXIMUM:,} bytes.")
    form = _parted(body=bytes(body), boundary=boundary.group(1).encode())
    if not token or not form_token_fits(token=token, given=form.fields.get(FORM_TOKEN_FIELD, "")):
        raise FormForeign(detail="The form's token is missing or belongs to another session.")
    return form


def _parted(*, body: bytes, boundary: bytes) -> UploadForm:
    parts = body.split(b"\r\n--" + boundary, _PARTS_MAXIMUM + 1)
    if len(parts) > _PARTS_MAXIMUM + 1 or not parts[-1].startswith(b"--"):
        raise FormUnreadable(detail="The form has too many parts, or does not end.")
    fields: dict[str, str] = {}
    file_name, media_type, content = "", "", b""
    for part in parts[1:-1]:
        head, _, value = part.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if name is None:
            raise FormUnreadable(detail="A part of the form has no name.")
        found = _FILE_NAME.search(head)
        try:
            if found is None:
                fields[name.group(1).decode()] = value.decode("utf-8")
            else:
                file_name, content = found.group(1).decode("utf-8"), value
                told = _MEDIA_TYPE.search(head)
                media_type = told.group(1).decode().lower() if told is not None else ""
        except UnicodeDecodeError:
            raise FormUnreadable(detail="It is not UTF-8.") from None
    return UploadForm(fields=fields, file_name=file_name, media_type=media_type, content=content)
