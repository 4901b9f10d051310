"""What happens to suppliers. ``supplier_id`` of the base names the supplier, so it may be told of it."""

from __future__ import annotations

from typing import ClassVar

from openaisle.kernel.records import Event


class SupplierApplied(Event, frozen=True, kw_only=True):
    """A newcomer has handed in an application; its verification starts."""

    TYPE: ClassVar[str] = "supplier.applied"

    revision: int
    name: str


class SupplierCorrected(Event, frozen=True, kw_only=True):
    """A person has changed facts of a supplier that is not active yet; its verification starts again.

    ``withdrawn_task_id`` is the review task that has nothing left to decide because of it.
    """

    TYPE: ClassVar[str] = "supplier.corrected"

    revision: int
    fields: tuple[str, ...]
    withdrawn_task_id: str | None = None


class SupplierApproved(Event, frozen=True, kw_only=True):
    """A reviewer has accepted the findings; the verification runs again in that light."""

    TYPE: ClassVar[str] = "supplier.approved"

    revision: int
    reason: str


class SupplierActivated(Event, frozen=True, kw_only=True):
    """A supplier has passed verification and may sell."""

    TYPE: ClassVar[str] = "supplier.activated"

    revision: int
    name: str


class SupplierReviewRequested(Event, frozen=True, kw_only=True):
    """A verification was doubtful; a person decides."""

    TYPE: ClassVar[str] = "supplier.review_requested"

    revision: int
    causes: tuple[str, ...]
    task_id: str


class SupplierSentBack(Event, frozen=True, kw_only=True):
    """A reviewer has questions; the supplier answers by amending its application."""

    TYPE: ClassVar[str] = "supplier.sent_back"

    questions: str


class SupplierRejected(Event, frozen=True, kw_only=True):
    """A supplier was turned down, by a deciding check or by a person."""

    TYPE: ClassVar[str] = "supplier.rejected"

    reason: str


class SupplierSuspended(Event, frozen=True, kw_only=True):
    """An active supplier sells nothing until it is reinstated."""

    TYPE: ClassVar[str] = "supplier.suspended"

    reason: str


class SupplierReinstated(Event, frozen=True, kw_only=True):
    """A suspended supplier sells again."""

    TYPE: ClassVar[str] = "supplier.reinstated"

    reason: str


class SupplierConnected(Event, frozen=True, kw_only=True):
    """A supplier's own system was connected, or its connection was changed."""

    TYPE: ClassVar[str] = "supplier.connected"
