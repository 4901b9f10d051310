"""What happens to duties. ``supplier_id`` of the base names the supplier, so it may be told of it."""

from __future__ import annotations

from typing import ClassVar

from openaisle.kernel.records import Event


class DutyOverdue(Event, frozen=True, kw_only=True):
    """A day by which the law asks something of a supplier has passed and it is not done."""

    TYPE: ClassVar[str] = "duty.overdue"

    duty: str
    due_on: str


class DutyCertified(Event, frozen=True, kw_only=True):
    """A supplier has certified that its particulars are still right."""

    TYPE: ClassVar[str] = "duty.certified"

    certified_on: str
