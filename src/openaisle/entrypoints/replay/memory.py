"""What a replay remembers between starts, so that one that was killed goes on where it was."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

_STEP = 500


class OnboardedSupplier(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A supplier of the history as the marketplace knows it; the key and the secret are the supplier's own."""

    handle: str
    supplier_id: str
    api_key: str
    signing_secret: str = ""
    feed_id: str = ""


class ReplayMemory:
    """A folder, readable by its owner alone, with one line per fact learned; the last line of a supplier counts.

    What is lost with a torn last line is asked again: every request of a replay can be repeated.
    """

    def __init__(self, *, directory: Path) -> None:
        """Open the memory in ``directory``, which is made if missing."""
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._suppliers_file = directory / "suppliers.jsonl"
        self._orders_file = directory / "orders-placed"
        self._suppliers = {one.handle: one for one in _lines(self._suppliers_file)}
        self._placed = _number(self._orders_file)
        self._waiting: set[int] = set()

    @property
    def suppliers(self) -> dict[str, OnboardedSupplier]:
        """The suppliers known so far, by their handle in the history."""
        return self._suppliers

    def remember(self, *, supplier: OnboardedSupplier) -> None:
        """Keep what is known of a supplier now."""
        self._suppliers[supplier.handle] = supplier
        descriptor = os.open(self._suppliers_file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            file.write(msgspec.json.encode(supplier) + b"\n")

    @property
    def orders_placed(self) -> int:
        """How many orders, counted from the first, are all known to be placed."""
        return self._placed

    def order_placed(self, *, position: int) -> None:
        """Note the order at ``position``; orders may finish out of order."""
        self._waiting.add(position)
        while self._placed in self._waiting:
            self._waiting.remove(self._placed)
            self._placed += 1
            if self._placed % _STEP == 0:
                self.save()

    def save(self) -> None:
        """Write how far the orders are; the file is whole at every moment."""
        whole = self._orders_file.with_suffix(".new")
        whole.write_text(str(self._placed))
        whole.replace(self._orders_file)


def _lines(path: Path) -> list[OnboardedSupplier]:
    if not path.exists():
        return []
    known = []
    for line in path.read_bytes().split(b"\n"):
        try:
            known.append(msgspec.json.decode(line, type=OnboardedSupplier))
        except msgspec.DecodeError:
            # A line torn by the end of the last run, or the empty one after the last.
            continue
    return known


def _number(path: Path) -> int:
    try:
        return int(path.read_text())
    except (FileNotFoundError, ValueError):
        return 0
