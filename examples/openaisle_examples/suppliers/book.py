"""What a simulated supplier remembers: each purchase order once, and how often it was told of it.

A real supplier has a database; this one appends a line to a journal before it answers, so that it still knows after
``kill -9`` what it accepted, and a repetition is counted as one.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from openaisle_examples.suppliers.documents import Acknowledgment, PurchaseOrderDocument


class Entry(msgspec.Struct, gc=False, omit_defaults=True):
    """A purchase order in the book; amounts in minor units, ``deliveries`` is how often it arrived."""

    purchase_order_id: str
    acknowledgment: Acknowledgment
    units: int
    items_minor: int
    shipping_minor: int
    deliveries: int = 1


class Journal:
    """Lines appended to a file; without a path nothing is kept."""

    def __init__(self, *, path: Path | None) -> None:
        """Open the journal, which is made if missing."""
        self._path = path
        self._descriptor = -1
        if path is not None:
            self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def append(self, *, lines: list[bytes]) -> None:
        """Write lines; once this returns they survive the end of the process."""
        if self._descriptor >= 0 and lines:
            os.write(self._descriptor, b"\n".join(lines) + b"\n")

    def lines(self) -> list[bytes]:
        """Return the lines written so far; a torn last one, which was never answered for, is cut off."""
        if self._path is None:
            return []
        whole, end, _ = self._path.read_bytes().rpartition(b"\n")
        os.ftruncate(self._descriptor, len(whole + end))
        return whole.splitlines()

    def close(self) -> None:
        """Close the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class Counts(msgspec.Struct, kw_only=True):
    """What one supplier saw and did since it was started."""

    calls: int = 0
    refused_signatures: int = 0
    while_down: int = 0
    stock_questions: int = 0
    cancellations: int = 0
    acknowledged_later: int = 0
    shipped: int = 0
    delivered: int = 0
    retries: int = 0


class BookReport(msgspec.Struct, kw_only=True):
    """What one supplier received in all: ``repeats`` are deliveries of purchase orders that it had already."""

    purchase_orders: int
    repeats: int
    units: int
    items_minor: int
    shipping_minor: int
    accepted: int
    rejected: int
    counts: Counts


class Book:
    """The purchase orders of one supplier."""

    def __init__(self) -> None:
        """Start empty."""
        self.entries: dict[str, Entry] = {}
        self.canceled: dict[str, dict[str, int]] = {}
        self.counts = Counts()

    def entered(self, *, document: PurchaseOrderDocument, acknowledgment: Acknowledgment) -> Entry:
        """Enter a purchase order and return its entry; a known one keeps its answer and counts the repetition."""
        entry = self.entries.get(document.purchase_order_id)
        if entry is not None:
            entry.deliveries += 1
            return entry
        entry = Entry(
            purchase_order_id=document.purchase_order_id,
            acknowledgment=acknowledgment,
            units=document.units,
            items_minor=document.items_minor,
            shipping_minor=document.shipping_minor,
        )
        self.entries[document.purchase_order_id] = entry
        return entry

    def report(self) -> BookReport:
        """Return the sums."""
        entries = self.entries.values()
        rejected = sum(entry.acknowledgment.decision == "rejected" for entry in entries)
        return BookReport(
            purchase_orders=len(entries),
            repeats=sum(entry.deliveries - 1 for entry in entries),
            units=sum(entry.units for entry in entries),
            items_minor=sum(entry.items_minor for entry in entries),
            shipping_minor=sum(entry.shipping_minor for entry in entries),
            accepted=len(entries) - rejected,
            rejected=rejected,
            counts=self.counts,
        )
