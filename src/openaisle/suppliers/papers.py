"""Whether an uploaded file is what it says: a PDF that has a beginning and an end, told by its bytes. Pure."""

from __future__ import annotations

_HEAD_BYTES = 1_024
_TAIL_BYTES = 2_048
_PDF_HEAD = b"%PDF-"
_PDF_TAIL = b"%%EOF"
# What runs by itself when a reader opens the file. Names may be written with escapes, but hiding them is a reason too.
_ACTIVE = (b"/JavaScript", b"/JS ", b"/JS(", b"/Launch", b"/EmbeddedFile", b"/RichMedia")


def is_pdf(*, content: bytes) -> bool:
    """Return whether the bytes say that they are a PDF."""
    return _PDF_HEAD in content[:_HEAD_BYTES]


def reason_against_pdf(*, content: bytes) -> str | None:
    """Return, as the end of a sentence, why a PDF is not readable; None if its head, its end and its table are there.

    What stands in it is not read: a person does that.
    """
    if not is_pdf(content=content):
        return "it does not begin as a PDF does"
    tail = content[-_TAIL_BYTES:]
    if _PDF_TAIL not in tail:
        return "its end is missing, as if the upload broke off"
    if b"startxref" not in tail:
        return "it has no table of its parts"
    if b"/Encrypt" in tail:
        return "it is protected by a password"
    return None


def active_parts(*, content: bytes) -> tuple[str, ...]:
    """Return what a PDF carries that runs by itself or holds other files."""
    return tuple(part.decode().strip("/ (") for part in _ACTIVE if part in content)
