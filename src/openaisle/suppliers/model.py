"""Suppliers: their record, their states, and the decisions about them. Pure; no I/O, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from openaisle.kernel.context import Context
from openaisle.kernel.errors import NotFound, TransitionRefused
from openaisle.suppliers.dossier import SealedSecrets
from openaisle.suppliers.facts import SupplierFacts
from openaisle.suppliers.verification import Approval, Judgment, Verdict


class SupplierState(StrEnum):
    """Where a supplier stands; only an active one sells."""

    DRAFT = "draft"
    APPLIED = "applied"
    VERIFYING = "verifying"
    IN_REVIEW = "in_review"
    ACTIVE = "active"
    REJECTED = "rejected"
    SUSPENDED = "suspended"
    OFFBOARDED = "offboarded"


class ImmediateGround(StrEnum):
    """Why a supplier may have to leave without notice: Regulation (EU) 2019/1150, Article 4(4)."""

    LEGAL_OBLIGATION = "legal_obligation"
    IMPERATIVE_REASON = "imperative_reason"
    REPEATED_INFRINGEMENT = "repeated_infringement"
    SUPPLIER_REQUEST = "supplier_request"


class Command(StrEnum):
    """What can be done with a supplier."""

    VERIFY = "verify"
    ACTIVATE = "activate"
    REQUEST_REVIEW = "request_review"
    REJECT = "reject"
    AMEND = "amend"
    CORRECT = "correct"
    APPROVE = "approve"
    ASK = "ask"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    OFFBOARD = "offboard"
    CONNECT = "connect"
    REVISE = "revise"
    SUBMIT = "submit"
    REVERIFY = "reverify"
    GIVE_NOTICE = "give_notice"


# A facts' change or an approval out of a review leads through the same checks again, never straight to active.
TRANSITIONS: Mapping[tuple[SupplierState, Command], SupplierState] = {
    (SupplierState.DRAFT, Command.AMEND): SupplierState.DRAFT,
    (SupplierState.DRAFT, Command.SUBMIT): SupplierState.APPLIED,
    (SupplierState.DRAFT, Command.OFFBOARD): SupplierState.OFFBOARDED,
    (SupplierState.APPLIED, Command.VERIFY): SupplierState.VERIFYING,
    (SupplierState.APPLIED, Command.AMEND): SupplierState.APPLIED,
    (SupplierState.VERIFYING, Command.VERIFY): SupplierState.VERIFYING,
    (SupplierState.VERIFYING, Command.ACTIVATE): SupplierState.ACTIVE,
    (SupplierState.VERIFYING, Command.REQUEST_REVIEW): SupplierState.IN_REVIEW,
    (SupplierState.VERIFYING, Command.REJECT): SupplierState.REJECTED,
    (SupplierState.IN_REVIEW, Command.AMEND): SupplierState.VERIFYING,
    (SupplierState.IN_REVIEW, Command.CORRECT): SupplierState.VERIFYING,
    (SupplierState.IN_REVIEW, Command.APPROVE): SupplierState.VERIFYING,
    (SupplierState.IN_REVIEW, Command.REJECT): SupplierState.REJECTED,
    (SupplierState.IN_REVIEW, Command.ASK): SupplierState.IN_REVIEW,
    (SupplierState.ACTIVE, Command.SUSPEND): SupplierState.SUSPENDED,
    (SupplierState.ACTIVE, Command.OFFBOARD): SupplierState.OFFBOARDED,
    (SupplierState.SUSPENDED, Command.REINSTATE): SupplierState.ACTIVE,
    (SupplierState.SUSPENDED, Command.OFFBOARD): SupplierState.OFFBOARDED,
    (SupplierState.ACTIVE, Command.REVISE): SupplierState.ACTIVE,
    (SupplierState.ACTIVE, Command.REVERIFY): SupplierState.ACTIVE,
    (SupplierState.SUSPENDED, Command.REVERIFY): SupplierState.SUSPENDED,
    (SupplierState.ACTIVE, Command.GIVE_NOTICE): SupplierState.ACTIVE,
    (SupplierState.SUSPENDED, Command.GIVE_NOTICE): SupplierState.SUSPENDED,
    (SupplierState.SUSPENDED, Command.REVISE): SupplierState.SUSPENDED,
    (SupplierState.APPLIED, Command.CONNECT): SupplierState.APPLIED,
    (SupplierState.VERIFYING, Command.CONNECT): SupplierState.VERIFYING,
    (SupplierState.IN_REVIEW, Command.CONNECT): SupplierState.IN_REVIEW,
    (SupplierState.ACTIVE, Command.CONNECT): SupplierState.ACTIVE,
    (SupplierState.SUSPENDED, Command.CONNECT): SupplierState.SUSPENDED,
}


class SupplierTransitionRefused(TransitionRefused):
    """The supplier's state does not allow the command, such as suspending one that is not active."""

    code = "supplier-transition-refused"
    title = "The state of the supplier does not allow this"


class SupplierMissing(NotFound):
    """There is no supplier of that identifier, or it is another one than the caller."""

    code = "supplier-missing"
    title = "No such supplier"


class SealedTaxId(msgspec.Struct, frozen=True, kw_only=True):
    """A tax id as it is kept: encrypted, with its last characters to show and a keyed fingerprint to compare."""

    ciphertext: str
    masked: str
    fingerprint: str


class OpenRevision(msgspec.Struct, frozen=True, kw_only=True):
    """Changed facts of a verified supplier while they are verified; those in the record stay in force meanwhile.

    ``state`` is where the verification stands: as that of a newcomer, VERIFYING or IN_REVIEW.
    """

    revision: int
    judged_revision: int = 0
    state: SupplierState
    facts: SupplierFacts
    tax_id: SealedTaxId | None
    sealed: SealedSecrets | None
    approvals: tuple[Approval, ...] = ()
    reason: str | None = None
    questions: str | None = None
    review_task_id: str | None = None
    has_new_bank_account: bool
    is_reverification: bool = False
    opened_at: datetime
    opened_by: str


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """The announcement that a supplier leaves, why, and from when on; with a ground it is without notice period."""

    reason: str
    given_at: datetime
    effective_at: datetime
    given_by: str
    immediate_ground: ImmediateGround | None = None


class Freeze(msgspec.Struct, frozen=True, kw_only=True):
    """Since when and why nothing is paid out to a supplier."""

    reason: str
    since: datetime


class ConfirmedMailbox(msgspec.Struct, frozen=True, kw_only=True):
    """The mailbox of which somebody has opened a link, in its canonical form, and when."""

    email: str
    at: datetime


class Supplier(msgspec.Struct, frozen=True, kw_only=True):
    """The record of a supplier.

    ``revision`` grows with each change of the facts by a person; ``judged_revision`` is the one the last verdict
    is about. ``reason`` says why the supplier is in its state, ``questions`` what a reviewer asked it.
    """

    supplier_id: str
    state: SupplierState
    revision: int
    judged_revision: int
    facts: SupplierFacts
    tax_id: SealedTaxId | None
    sealed: SealedSecrets | None = None
    approvals: tuple[Approval, ...] = ()
    claims: tuple[str, ...] = ()
    reason: str | None = None
    questions: str | None = None
    review_task_id: str | None = None
    connected: bool = False
    has_documents: bool = False
    has_shipping_terms: bool = False
    open_revision: OpenRevision | None = None
    payouts_frozen: Freeze | None = None
    notice: Notice | None = None
    answer: str | None = None
    answer_by: datetime | None = None
    confirmed_mailbox: ConfirmedMailbox | None = None
    applied_at: datetime
    changed_at: datetime


class Readiness(StrEnum):
    """What a verification finds when it comes to a supplier: work, work that is done, or work for a later one."""

    READY = "ready"
    JUDGED = "judged"
    OUTDATED = "outdated"


def decide_applied(
    *,
    supplier_id: str,
    facts: SupplierFacts,
    tax_id: SealedTaxId | None,
    sealed: SealedSecrets | None = None,
    context: Context,
) -> Supplier:
    """Return the record of a new applicant."""
    return Supplier(
        supplier_id=supplier_id,
        state=SupplierState.APPLIED,
        revision=1,
        judged_revision=0,
        facts=facts,
        tax_id=tax_id,
        sealed=sealed,
        applied_at=context.at,
        changed_at=context.at,
    )


def readiness(*, supplier: Supplier, revision: int) -> Readiness:
    """Return what a verification of ``revision`` has to do; the same execution may come twice or late."""
    if revision != supplier.revision:
        return Readiness.OUTDATED
    if supplier.judged_revision == revision:
        return Readiness.JUDGED
    return Readiness.READY


def decide_verifying(
    *,
    supplier: Supplier,
    facts: SupplierFacts,
    tax_id: SealedTaxId | None,
    sealed: SealedSecrets | None,
    context: Context,
) -> Supplier:
    """Take up the verification, with the facts as the rules have corrected them."""
    state = next_state(supplier=supplier, command=Command.VERIFY)
    return msgspec.structs.replace(
        supplier, state=state, facts=facts, tax_id=tax_id, sealed=sealed, changed_at=context.at
    )


def decide_judged(
    *,
    supplier: Supplier,
    judgment: Judgment,
    claims: tuple[str, ...],
    review_task_id: str,
    context: Context,
    answer_by: datetime | None = None,
) -> Supplier:
    """Put the verdict into force.

    ``claims`` are those an active supplier holds on its numbers; ``review_task_id`` is the task a doubtful one waits
    for. One that the policy asks waits, as if a reviewer had sent it back, until it amends its application;
    ``answer_by`` is by when.
    """
    command = {
        Verdict.ACTIVE: Command.ACTIVATE,
        Verdict.ASKED: Command.REQUEST_REVIEW,
        Verdict.IN_REVIEW: Command.REQUEST_REVIEW,
        Verdict.REJECTED: Command.REJECT,
    }[judgment.verdict]
    return msgspec.structs.replace(
        supplier,
        state=next_state(supplier=supplier, command=command),
        judged_revision=supplier.revision,
        claims=claims if judgment.verdict is Verdict.ACTIVE else (),
        reason=None if judgment.verdict is Verdict.ACTIVE else judgment.reason,
        review_task_id=review_task_id if judgment.verdict is Verdict.IN_REVIEW else None,
        questions=judgment.reason if judgment.verdict is Verdict.ASKED else None,
        answer_by=answer_by if judgment.verdict is Verdict.ASKED else None,
        changed_at=context.at,
    )


def decide_revised(
    *,
    supplier: Supplier,
    command: Command,
    facts: SupplierFacts,
    tax_id: SealedTaxId | None,
    sealed: SealedSecrets | None,
    context: Context,
) -> Supplier:
    """Return the supplier with new facts, to be verified again.

    ``command`` is AMEND (the supplier itself) or CORRECT (a reviewer). What was approved was approved of other
    facts and no longer holds.
    """
    return msgspec.structs.replace(
        supplier,
        state=next_state(supplier=supplier, command=command),
        revision=supplier.revision + 1,
        facts=facts,
        tax_id=tax_id,
        sealed=sealed,
        approvals=(),
        reason=None,
        questions=None,
        review_task_id=None,
        changed_at=context.at,
    )


def decide_approved(*, supplier: Supplier, approvals: tuple[Approval, ...], context: Context) -> Supplier:
    """Return the supplier with its findings approved by a person, to be judged again in that light."""
    return msgspec.structs.replace(
        supplier,
        state=next_state(supplier=supplier, command=Command.APPROVE),
        revision=supplier.revision + 1,
        approvals=(*supplier.approvals, *approvals),
        reason=None,
        questions=None,
        review_task_id=None,
        changed_at=context.at,
    )


def decide_rejected(*, supplier: Supplier, reason: str, context: Context) -> Supplier:
    """Return the supplier as rejected by a person."""
    return _moved(supplier=supplier, command=Command.REJECT, reason=reason, context=context)


def decide_asked(*, supplier: Supplier, questions: str, answer_by: datetime, context: Context) -> Supplier:
    """Return the supplier with what it is asked; it answers in words, or by amending its application."""
    state = next_state(supplier=supplier, command=Command.ASK)
    return msgspec.structs.replace(
        supplier,
        state=state,
        questions=questions,
        answer=None,
        answer_by=answer_by,
        review_task_id=None,
        changed_at=context.at,
    )


def decide_suspended(*, supplier: Supplier, reason: str, context: Context) -> Supplier:
    """Return the supplier as suspended: it sells nothing until it is reinstated."""
    return _moved(supplier=supplier, command=Command.SUSPEND, reason=reason, context=context)


def decide_reinstated(*, supplier: Supplier, reason: str, context: Context) -> Supplier:
    """Return the supplier as active again."""
    return _moved(supplier=supplier, command=Command.REINSTATE, reason=reason, context=context)


def decide_connected(*, supplier: Supplier, context: Context) -> Supplier:
    """Return the supplier as one whose own system may be called."""
    state = next_state(supplier=supplier, command=Command.CONNECT)
    return msgspec.structs.replace(supplier, state=state, connected=True, changed_at=context.at)


def next_state(*, supplier: Supplier, command: Command) -> SupplierState:
    """Return the state the command leads to; raises SupplierTransitionRefused."""
    state = TRANSITIONS.get((supplier.state, command))
    if state is None:
        raise SupplierTransitionRefused(
            detail=f"{supplier.supplier_id} is {supplier.state.value}; the command {command.value} is not allowed then."
        )
    return state


def _moved(*, supplier: Supplier, command: Command, reason: str, context: Context) -> Supplier:
    state = next_state(supplier=supplier, command=command)
    return msgspec.structs.replace(
        supplier, state=state, reason=reason, questions=None, review_task_id=None, changed_at=context.at
    )
