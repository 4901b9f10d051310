"""The port of places where strangers leave files: a folder on this machine, or one of an object store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple, Protocol

from openaisle.kernel.errors import OpenAisleError


class FileChangedMeanwhile(OpenAisleError):
    """A file was replaced, written to or removed while it was read; nothing of it counts."""

    code = "file-changed-meanwhile"
    title = "The file changed while it was read"
    status = 409
    mend = "It is looked at again by itself once it stays as it is."


class LeftFile(NamedTuple):
    """A file that somebody left: in whose folder, at which place there, how long, and which version of it."""

    folder: str
    place: tuple[str, ...]
    byte_count: int
    token: str

    @property
    def name(self) -> str:
        """The name without the places before it."""
        return self.place[-1]


class Inbox(Protocol):
    """Where files are left, one folder for each who leaves them."""

    async def left(self) -> Sequence[LeftFile]:
        """Return the files that wait; those whose names say that they are still being written are left out."""
        ...

    def chunks(self, *, file: LeftFile) -> AsyncIterator[bytes]:
        """Yield the bytes of a file; raises FileChangedMeanwhile, at the latest in the end."""
        ...

    async def put_away(
        self, *, file: LeftFile, where: str, mark: str, note: str | None = None, note_ending: str = "reason.txt"
    ) -> None:
        """Move a file into the folder ``where`` beside it, ``mark`` in its name; a missing one is no error.

        A ``note`` is left beside it as a text file, whose name ends in ``note_ending``.
        """
        ...
