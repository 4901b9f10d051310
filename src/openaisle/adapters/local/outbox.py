"""A folder in which files wait to be fetched: below it one for each who fetches, as an SFTP server makes them."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path

from openaisle.kernel.outbox import FileNotLeft

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}")
_WITHIN = "out"


class FolderOutbox:
    """Implements the Outbox port: files appear in ``<folder>/<who>/out`` under their name once they are whole."""

    def __init__(self, *, folder: Path) -> None:
        """Take the ``folder``; it need not be there yet."""
        self._folder = folder

    async def leave(self, *, folder: str, name: str, content: bytes) -> None:
        """Leave a file; raises FileNotLeft."""
        if not _NAME.fullmatch(folder) or not _NAME.fullmatch(name):
            raise FileNotLeft(detail=f"{name[:60]!r} is no name for a file.")
        try:
            await asyncio.to_thread(self._leave, folder, name, content)
        except OSError as error:
            raise FileNotLeft(detail=f"{name} could not be left: {error.strerror}.") from error

    def _leave(self, folder: str, name: str, content: bytes) -> None:
        place = self._folder / folder / _WITHIN
        place.mkdir(parents=True, exist_ok=True)
        if place.is_symlink() or place.parent.is_symlink():
            # Whoever fetches may write here too, and could lead us to overwrite what is not theirs.
            raise FileNotLeft(detail=f"{place} is a link to elsewhere.")
        # Whoever looks at the folder takes only whole files: this one has an ending that says it is not.
        unfinished = place / f".{name}.part"
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(unfinished, flags, 0o640), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(place / name)
        directory = os.open(place, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
