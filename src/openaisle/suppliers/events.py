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


class SupplierShippingChanged(Event, frozen=True, kw_only=True):
    """A supplier stated where it ships to and when it works."""

    TYPE: ClassVar[str] = "supplier.shipping_terms_changed"


class SupplierRevised(Event, frozen=True, kw_only=True):
    """A verified supplier wants facts changed; they are verified while the old ones stay in force."""

    TYPE: ClassVar[str] = "supplier.revision_opened"

    revision: int
    fields: tuple[str, ...]


class SupplierRevisionApplied(Event, frozen=True, kw_only=True):
    """Changed facts have passed verification and are in force."""

    TYPE: ClassVar[str] = "supplier.revision_applied"

    revision: int
    fields: tuple[str, ...]


class SupplierRevisionDiscarded(Event, frozen=True, kw_only=True):
    """Changed facts were turned down; the old ones stay in force."""

    TYPE: ClassVar[str] = "supplier.revision_discarded"

    revision: int
    reason: str


class SupplierPayoutsFrozen(Event, frozen=True, kw_only=True):
    """Nothing is paid out to a supplier until its payouts are released."""

    TYPE: ClassVar[str] = "supplier.payouts_frozen"

    reason: str


class SupplierPayoutsReleased(Event, frozen=True, kw_only=True):
    """A supplier is paid out again."""

    TYPE: ClassVar[str] = "supplier.payouts_released"


class SupplierDraftChanged(Event, frozen=True, kw_only=True):
    """An application that is not handed in yet was begun or went on."""

    TYPE: ClassVar[str] = "supplier.draft_changed"

    fields: tuple[str, ...]


class SupplierMailboxAsked(Event, frozen=True, kw_only=True):
    """A supplier is sent a link by which it confirms its mailbox; ``number`` counts those it was sent."""

    TYPE: ClassVar[str] = "supplier.mailbox_asked"

    number: int


class SupplierMailboxConfirmed(Event, frozen=True, kw_only=True):
    """Somebody has opened the link that was sent to a supplier's mailbox."""

    TYPE: ClassVar[str] = "supplier.mailbox_confirmed"


class SupplierDocumentAdded(Event, frozen=True, kw_only=True):
    """A supplier, or the operator for it, has handed in a document."""

    TYPE: ClassVar[str] = "supplier.document_added"

    document_id: str
    document_kind: str


class SupplierDocumentExpires(Event, frozen=True, kw_only=True):
    """A document of a supplier expires soon, or has; a newer one is wanted."""

    TYPE: ClassVar[str] = "supplier.document_expires"

    document_id: str
    document_kind: str
    expires_on: str


class SupplierReverified(Event, frozen=True, kw_only=True):
    """A verified supplier's facts are verified again as they are; it sells on meanwhile."""

    TYPE: ClassVar[str] = "supplier.reverification_started"

    revision: int
    reason: str


class SupplierNoticeGiven(Event, frozen=True, kw_only=True):
    """It was announced that a supplier leaves, and from when on."""

    TYPE: ClassVar[str] = "supplier.notice_given"

    reason: str
    effective_at: str


class SupplierNoticeWithdrawn(Event, frozen=True, kw_only=True):
    """A supplier that was to leave stays."""

    TYPE: ClassVar[str] = "supplier.notice_withdrawn"

    reason: str


class SupplierOffboarded(Event, frozen=True, kw_only=True):
    """A supplier has left: it sells nothing more, and finishes the orders it has."""

    TYPE: ClassVar[str] = "supplier.offboarded"

    reason: str


class SupplierAnswerOverdue(Event, frozen=True, kw_only=True):
    """A supplier has not answered a reviewer's questions in time."""

    TYPE: ClassVar[str] = "supplier.answer_overdue"


class SupplierDataDeleted(Event, frozen=True, kw_only=True):
    """The data of a former supplier was deleted, as the law's clock ran out."""

    TYPE: ClassVar[str] = "supplier.data_deleted"


class ScreeningListLoaded(Event, frozen=True, kw_only=True):
    """Another version of a sanctions list is in force; the verified suppliers are screened by it."""

    TYPE: ClassVar[str] = "screening.list_loaded"

    list_name: str
    list_version: str
    entries: int
    replaced_version: str | None = None


class ScreeningCompleted(Event, frozen=True, kw_only=True):
    """The verifications of all verified suppliers by the newest version of a list were started."""

    TYPE: ClassVar[str] = "screening.completed"

    list_name: str
    list_version: str
    started: int
