"""A folder that is watched: below it one folder for each who may leave files, as an SFTP server makes them."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import stat
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

from openaisle.kernel.inbox import FileChangedMeanwhile, LeftFile

_CHUNK_BYTES = 1 << 20
_UNFINISHED = (".part", ".partial", ".tmp", ".filepart", ".crdownload", ".swp", "~")
_OWN_FOLDERS = frozenset({"taken", "refused"})
_DEPTH_MAXIMUM = 2
_FILES_MAXIMUM = 1_000
_NAME_MAXIMUM = 255


class FolderInbox:
    """Implements the Inbox port; nothing that is linked from elsewhere is followed."""

    def __init__(self, *, folder: Path, within: str | None = None) -> None:
        """Take the ``folder``; it need not be there yet. With ``within`` only that folder of each is watched."""
        self._folder = folder
        self._within = within

    async def left(self) -> Sequence[LeftFile]:
        """Return the files that wait, the oldest first."""
        return await asyncio.to_thread(self._left)

    async def chunks(self, *, file: LeftFile) -> AsyncIterator[bytes]:
        """Yield the bytes of a file; raises FileChangedMeanwhile."""
        descriptor = await asyncio.to_thread(self._opened, file)
        with os.fdopen(descriptor, "rb") as opened:
            while chunk := await asyncio.to_thread(opened.read, _CHUNK_BYTES):
                yield chunk
            if _token(os.fstat(opened.fileno())) != file.token:
                raise FileChangedMeanwhile(detail=f"{file.name} was written to while it was read.")

    async def put_away(
        self, *, file: LeftFile, where: str, mark: str, note: str | None = None, note_ending: str = "reason.txt"
    ) -> None:
        """Move a file into a folder beside it."""
        await asyncio.to_thread(self._put_away, file, where, mark, note, note_ending)

    def _left(self) -> list[LeftFile]:
        found: list[tuple[float, LeftFile]] = []
        for folder in _entries(self._folder):
            if not folder.is_dir(follow_symlinks=False) or folder.name.startswith("."):
                continue
            if self._within is None:
                found += self._below(folder.name, Path(folder.path), ())
            elif not (place := Path(folder.path, self._within)).is_symlink():
                found += self._below(folder.name, place, (self._within,))
        return [file for _, file in sorted(found)[:_FILES_MAXIMUM]]

    def _below(self, owner: str, folder: Path, place: tuple[str, ...]) -> Iterator[tuple[float, LeftFile]]:
        for entry in _entries(folder):
            if entry.name.startswith(".") or entry.name.lower().endswith(_UNFINISHED):
                continue
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in _OWN_FOLDERS and len(place) + 1 < _DEPTH_MAXIMUM:
                    yield from self._below(owner, Path(entry.path), (*place, entry.name))
                continue
            with contextlib.suppress(OSError):
                facts = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(facts.st_mode):
                    yield facts.st_mtime, LeftFile(owner, (*place, entry.name), facts.st_size, _token(facts))

    def _opened(self, file: LeftFile) -> int:
        try:
            descriptor = os.open(self._path(file), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise FileChangedMeanwhile(detail=f"{file.name} cannot be read: {error.strerror}.") from error
        if _token(os.fstat(descriptor)) != file.token:
            os.close(descriptor)
            raise FileChangedMeanwhile(detail=f"{file.name} is another file by now.")
        return descriptor

    def _put_away(self, file: LeftFile, where: str, mark: str, note: str | None, note_ending: str) -> None:
        path = self._path(file)
        target = path.parent / where
        target.mkdir(exist_ok=True)
        stem, dot, ending = file.name.partition(".")
        name = f"{stem[: _NAME_MAXIMUM - len(mark) - len(ending) - 20]}.{mark}{dot}{ending}"
        with contextlib.suppress(FileNotFoundError):
            # What replaced the file meanwhile is another one, and stays to be taken in.
            if _token(path.stat(follow_symlinks=False)) == file.token:
                path.rename(target / name)
        if note is not None:
            (target / f"{name}.{note_ending}").write_text(f"{note}\n", encoding="utf-8")

    def _path(self, file: LeftFile) -> Path:
        return self._folder.joinpath(file.folder, *file.place)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _token(facts: os.stat_result) -> str:
    told = f"{facts.st_ino}:{facts.st_size}:{facts.st_mtime_ns}"
    return hashlib.sha256(told.encode()).hexdigest()[:32]
