"""Name lists in a directory: one file of facts for each list, and beside it the content, mapped into memory.

All processes share the pages of a mapped file, so that each list costs its memory once.
"""

from __future__ import annotations

import contextlib
import hashlib
import mmap
import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.name_lists import NameListFacts, NameListOrigin, StoredNameList

_FACTS_SUFFIX = ".json"
_CONTENT_SUFFIX = ".names"
_DIGEST_LENGTH = 16


class NameListDamaged(OpenAisleError):
    """The files of a loaded list were changed or are not whole."""

    code = "name-list-damaged"
    title = "A loaded list is damaged"
    mend = "Load the list anew: openaisle screening load FILE."


class LocalNameLists:
    """Stores name lists as files below one folder; implements the NameLists port."""

    def __init__(self, *, folder: Path) -> None:
        """Take the ``folder``; it is made when the first list is stored."""
        self._folder = folder
        self._opened: dict[str, tuple[tuple[int, int, int], StoredNameList]] = {}

    async def store(self, *, origin: NameListOrigin, pieces: Iterable[bytes]) -> NameListFacts:
        """Write the content beside, then replace the facts that point to it; content older than the last goes."""
        return self._store(origin, pieces)

    async def current(self, *, name: str) -> StoredNameList | None:
        """Return the list in force; a mapped one is kept until its facts change. Raises NameListDamaged."""
        return self._current(name)

    async def listed(self) -> list[NameListFacts]:
        """Return the facts of every list in force, by name. Raises NameListDamaged."""
        return self._listed()

    def _listed(self) -> list[NameListFacts]:
        return [_facts_in(path) for path in sorted(self._folder.glob(f"*{_FACTS_SUFFIX}"))]

    def _store(self, origin: NameListOrigin, pieces: Iterable[bytes]) -> NameListFacts:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        before = self._folder / f"{origin.name}{_FACTS_SUFFIX}"
        kept = {_content_path(self._folder, _facts_in(before)).name} if before.exists() else set()
        temporary = self._folder / f".{os.urandom(16).hex()}"
        digest, byte_count = hashlib.sha256(), 0
        try:
            with open(temporary, "xb", opener=_for_its_owner) as file:
                for piece in pieces:
                    digest.update(piece)
                    byte_count += file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            facts = NameListFacts(origin=origin, sha256=digest.hexdigest(), byte_count=byte_count)
            content = _content_path(self._folder, facts)
            temporary.replace(content)
            with open(temporary, "xb", opener=_for_its_owner) as file:
                file.write(msgspec.json.encode(facts))
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(before)
            _flush_folder(self._folder)
        finally:
            temporary.unlink(missing_ok=True)
        for path in self._folder.glob(f"{origin.name}.*{_CONTENT_SUFFIX}"):
            # The version before stays: another process may be about to map it.
            if path.name not in {content.name, *kept}:
                path.unlink(missing_ok=True)
        return facts

    def _current(self, name: str) -> StoredNameList | None:
        path = self._folder / f"{name}{_FACTS_SUFFIX}"
        try:
            found = path.stat()
        except FileNotFoundError:
            self._opened.pop(name, None)
            return None
        state = (found.st_ino, found.st_mtime_ns, found.st_size)
        opened = self._opened.get(name)
        if opened is not None and opened[0] == state:
            return opened[1]
        facts = _facts_in(path)
        stored = StoredNameList(facts=facts, content=_mapped(_content_path(self._folder, facts), facts))
        self._opened[name] = (state, stored)
        return stored


def _facts_in(path: Path) -> NameListFacts:
    try:
        return msgspec.json.decode(path.read_bytes(), type=NameListFacts)
    except msgspec.DecodeError as error:
        raise NameListDamaged(detail=f"{path.name} cannot be read: {error}.") from None


def _content_path(folder: Path, facts: NameListFacts) -> Path:
    return folder / f"{facts.origin.name}.{facts.sha256[:_DIGEST_LENGTH]}{_CONTENT_SUFFIX}"


def _mapped(path: Path, facts: NameListFacts) -> memoryview:
    # A mapping outlives its file's descriptor, and is given back with the last view of it.
    with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
        byte_count = os.fstat(file.fileno()).st_size
        if byte_count == facts.byte_count and byte_count > 0:
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    raise NameListDamaged(detail=f"{path.name} is not there as it was written.")


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
