"""A form with a large file is read as it comes, and whatever is wrong with it takes nothing in."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from openaisle.entrypoints.console.forms import FormForeign, FormUnreadable
from openaisle.entrypoints.console.sessions.model import form_token
from openaisle.entrypoints.portal.streamed_form import StreamedForm, streamed_form

TOKEN = "a" * 43
BOUNDARY = "----WebKitFormBoundaryabc123"


def body_of(content: bytes, *, csrf: str | None = None, what: str = "stock-update", name: str = "mugs.csv") -> bytes:
    fields = {"csrf": form_token(token=TOKEN) if csrf is None else csrf, "what": what}
    text = "".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
        for field, value in fields.items()
    )
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
    return (text + head + "Content-Type: text/csv\r\n\r\n").encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


async def read(body: bytes, *, size: int = 1_000, boundary: str = BOUNDARY) -> tuple[StreamedForm, bytes]:
    chunks = [body[start : start + size] for start in range(0, len(body), size)]

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": chunks.pop(0) if chunks else b"", "more_body": bool(chunks)}

    headers = [(b"content-type", f"multipart/form-data; boundary={boundary}".encode())]
    request = Request({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive)
    form = await streamed_form(request=request, token=TOKEN)
    return form, await joined(form.chunks)


async def joined(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


@given(content=st.binary(max_size=300), size=st.integers(1, 400))
async def test_the_file_arrives_as_it_was_sent_however_it_is_cut(content: bytes, size: int) -> None:
    form, arrived = await read(body_of(content), size=size)
    assert arrived == content
    assert (form.fields["what"], form.file_name) == ("stock-update", "mugs.csv")


async def test_what_only_looks_like_the_boundary_belongs_to_the_file() -> None:
    content = b"\r\n--" + BOUNDARY[:-1].encode() + b"X\r\n--\r\n"
    assert (await read(body_of(content), size=7))[1] == content


async def test_a_name_with_a_path_is_only_its_last_part() -> None:
    assert (await read(body_of(b"x", name="C:\\files\\mugs.csv")))[0].file_name == "mugs.csv"


async def test_a_form_of_another_session_takes_nothing() -> None:
    with pytest.raises(FormForeign):
        await read(body_of(b"x", csrf="0" * 64))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nothing like a form",
        body_of(b"x" * 50)[:-60],
        b"--" + BOUNDARY.encode() + b"\r\nContent-Disposition: form-data\r\n\r\nx\r\n",
        b"--" + BOUNDARY.encode() + b'\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"x" * 200_000,
        (f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n' * 30).encode(),
    ],
)
async def test_a_form_that_is_none_or_broke_off_is_refused(body: bytes) -> None:
    with pytest.raises(FormUnreadable):
        await read(body)
    with pytest.raises(FormUnreadable):
        await read(body, boundary="")
