"""What happens to files of orders, as others are told of it."""

from __future__ import annotations

from typing import ClassVar

from openaisle.kernel.records import Event


class OrderFileApplied(Event, frozen=True, kw_only=True):
    """Every order of the file has its result: placed by it, known from before, or refused."""

    TYPE: ClassVar[str] = "order_file.applied"

    file_id: str
    placed: int
    known: int
    refused: int
