"""An incident: its data, its states, and the errors that decisions about one may raise."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from openaisle.kernel.errors import NotFound, OpenAisleError, RequestInvalid, TransitionRefused

_ORDER_PREFIX = "ord_"
_INCIDENT_PREFIX = "inc_"
MESSAGES_MAXIMUM = 500
ATTACHMENTS_MAXIMUM = 20
ATTACHMENT_BYTES_MAXIMUM = 5_000_000


class IncidentState(StrEnum):
    """Whose turn it is, or that it is settled."""

    WAITING_FOR_SUPPLIER = "waiting_for_supplier"
    WAITING_FOR_SHOPPER = "waiting_for_shopper"
    WAITING_FOR_OPERATOR = "waiting_for_operator"
    RESOLVED = "resolved"
    CLOSED = "closed"


_S = IncidentState
OPEN = frozenset({_S.WAITING_FOR_SUPPLIER, _S.WAITING_FOR_SHOPPER, _S.WAITING_FOR_OPERATOR})

TRANSITIONS: Mapping[IncidentState, frozenset[IncidentState]] = {
    _S.WAITING_FOR_SUPPLIER: OPEN | {_S.RESOLVED},
    _S.WAITING_FOR_SHOPPER: OPEN | {_S.RESOLVED},
    _S.WAITING_FOR_OPERATOR: OPEN | {_S.RESOLVED},
    # A shopper who objects has the operator look at it.
    _S.RESOLVED: frozenset({_S.WAITING_FOR_OPERATOR, _S.CLOSED}),
    _S.CLOSED: frozenset(),
}


class IncidentKind(StrEnum):
    """What it is about."""

    NOT_DELIVERED = "not_delivered"
    LATE = "late"
    DAMAGED = "damaged"
    WRONG_PRODUCT = "wrong_product"
    PARTS_MISSING = "parts_missing"
    NOT_AS_DESCRIBED = "not_as_described"
    RETURN_DISPUTED = "return_disputed"
    REFUND_MISSING = "refund_missing"
    ADDRESS = "address"
    INVOICE = "invoice"
    SAFETY = "safety"
    QUESTION = "question"
    OTHER = "other"


class Party(StrEnum):
    """Who says something; the shopper speaks through the storefront."""

    SHOPPER = "shopper"
    SUPPLIER = "supplier"
    OPERATOR = "operator"


class Audience(StrEnum):
    """Who beside its author and the operator may read something."""

    EVERYONE = "everyone"
    SUPPLIER = "supplier"
    STOREFRONT = "storefront"
    OPERATOR = "operator"

    def reaches(self, party: Party) -> bool:
        """Return whether the party may read it."""
        if party is Party.OPERATOR or self is Audience.EVERYONE:
            return True
        return self is (Audience.SUPPLIER if party is Party.SUPPLIER else Audience.STOREFRONT)


class Outcome(StrEnum):
    """How an incident was settled."""

    ANSWERED = "answered"
    REFUNDED = "refunded"
    RETURNED = "returned"
    REPLACED = "replaced"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    NO_ANSWER = "no_answer"


class Resolution(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How an incident was settled, by whom, and the refund that belongs to it."""

    outcome: Outcome
    at: str
    actor: str
    reason: str = ""
    refund_id: str | None = None
    refund_minor: int = 0


class IncidentNote(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What became of an incident, when and by whom; what was said stands in its messages."""

    at: str
    actor: str
    action: str
    note: str = ""


class Incident(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A thread about an order. It holds nothing that was said: messages and files are records of their own.

    ``reference`` is that of who opened it and recognizes a repeated request, whose content ``fingerprint`` tells.
    ``escalated``: the operator has taken it in hand. ``due_at`` is when something happens by itself.
    """

    incident_id: str
    order_id: str
    storefront_id: str
    order_reference: str
    reference: str
    fingerprint: str
    opened_by: Party
    kind: IncidentKind
    state: IncidentState
    opened_at: str
    changed_at: str
    due_at: str | None
    currency: str = ""
    line_numbers: tuple[int, ...] = ()
    purchase_order_id: str | None = None
    supplier_id: str | None = None
    escalated: bool = False
    overdue: bool = False
    message_count: int = 0
    attachment_count: int = 0
    resolution: Resolution | None = None
    reopened_count: int = 0
    erased: bool = False
    history: tuple[IncidentNote, ...] = ()


class IncidentMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that was said; ``text`` is encrypted, as shoppers write what they like."""

    incident_id: str
    message_id: str
    number: int
    at: str
    author: Party
    actor: str
    audience: Audience
    text: str


class Attachment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file that was handed in; its content is encrypted in ``blob_name``."""

    incident_id: str
    attachment_id: str
    at: str
    author: Party
    actor: str
    audience: Audience
    file_name: str
    media_type: str
    byte_count: int
    blob_name: str


class IncidentUnknown(NotFound):
    """There is no incident of that identifier, or the caller is no party of it."""

    code = "incident-unknown"
    title = "No such incident"


class AttachmentUnknown(NotFound):
    """The incident has no file of that identifier, or it is not for the caller."""

    code = "attachment-unknown"
    title = "No such file"


class IncidentReferenceReused(RequestInvalid):
    """The reference was used before for something else."""

    code = "incident-reference-reused"
    title = "That reference belongs to something else"
    mend = "Use a new reference for each incident and message; repeat a request with exactly its body."


class IncidentSettled(TransitionRefused):
    """The incident is settled or was erased: nothing can be added."""

    code = "incident-settled"
    title = "The incident is settled"
    mend = "Open it again within the time the policy gives, or open another one."


class IncidentRefused(TransitionRefused):
    """The state of the incident, or who asks, does not allow this."""

    code = "incident-refused"
    title = "That cannot be done with the incident"


class AudienceWrong(RequestInvalid):
    """Who writes cannot speak to that audience."""

    code = "audience-wrong"
    title = "You cannot write to them"
    mend = "Suppliers write to everyone or supplier, storefronts to everyone or storefront; operator is for notes."


class ResolutionInvalid(RequestInvalid):
    """The outcome does not fit: a refund without lines, lines without a refund, or not the caller's to decide."""

    code = "resolution-invalid"
    title = "The incident cannot be settled so"
    mend = "Name refund lines with the outcome refunded and only there; some outcomes are the operator's alone."


class IncidentFull(OpenAisleError):
    """As much as is kept of one incident, or of one order, has been said and handed in."""

    code = "incident-full"
    title = "No more is kept of this"
    status = 409
    mend = "Settle the incident."


class AttachmentTypeWrong(RequestInvalid):
    """A file is not what its media type says, or of a type that is not taken."""

    code = "attachment-type-wrong"
    title = "The file is not of the type it claims"
    mend = "Send a PDF, PNG, JPEG or WebP under its own media type."


def incident_identifier(*, order_id: str, number: int) -> str:
    """Return the identifier of an order's incident of that ``number``, counted from 1."""
    return f"{_INCIDENT_PREFIX}{order_id.removeprefix(_ORDER_PREFIX)}_{number:02d}"


def unknown_incident(*, incident_id: str) -> IncidentUnknown:
    """Return the error for an incident that is not there or not the caller's; both look the same."""
    return IncidentUnknown(detail=f"There is no incident {incident_id[:64]}.")
