"""Revisions: changed facts of a verified supplier, verified while the old ones stay in force. Pure; no I/O, no clock.

A revision is verified, reviewed and amended as an application is. So each decision about it is made on the
*candidate*, the supplier as it would be with the changed facts, and then folded back into the record.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from openaisle.kernel.context import Context
from openaisle.kernel.records import Event
from openaisle.suppliers.audit import FieldChange, changes_between
from openaisle.suppliers.dossier import SealedSecrets
from openaisle.suppliers.events import (
    SupplierActivated,
    SupplierPayoutsFrozen,
    SupplierPayoutsReleased,
    SupplierRejected,
    SupplierRevisionApplied,
    SupplierRevisionDiscarded,
    SupplierSuspended,
)
from openaisle.suppliers.facts import SupplierFacts
from openaisle.suppliers.model import (
    Command,
    Freeze,
    OpenRevision,
    SealedTaxId,
    Supplier,
    SupplierState,
    next_state,
)
from openaisle.suppliers.verification import CheckFinding, CheckResult, Outcome, Severity, found

BANK_ACCOUNT_CHANGE = "bank_account_change"


class RevisionOutcome(StrEnum):
    """How a revision ended."""

    APPLIED = "applied"
    DISCARDED = "discarded"


class ClosedRevision(msgspec.Struct, frozen=True, kw_only=True):
    """The record of a revision that has ended: who wanted what changed, and what became of it."""

    supplier_id: str
    revision: int
    outcome: RevisionOutcome
    reason: str | None
    changes: tuple[FieldChange, ...]
    opened_at: datetime
    opened_by: str
    closed_at: datetime


def candidate_of(*, supplier: Supplier) -> Supplier:
    """Return the supplier as its open revision would have it; the supplier itself where none is open."""
    opened = supplier.open_revision
    if opened is None:
        return supplier
    return msgspec.structs.replace(
        supplier,
        state=opened.state,
        revision=opened.revision,
        judged_revision=opened.judged_revision,
        facts=opened.facts,
        tax_id=opened.tax_id,
        sealed=opened.sealed,
        approvals=opened.approvals,
        reason=opened.reason,
        questions=opened.questions,
        review_task_id=opened.review_task_id,
    )


def folded(*, supplier: Supplier, candidate: Supplier) -> Supplier:
    """Return the record after a decision about the candidate.

    An active one's facts come into force and a rejected one's are dropped; else the revision stays open and the old
    facts in force. If facts that were verified again as they are do not pass any more, the supplier is suspended.
    """
    opened = supplier.open_revision
    if opened is None:
        return candidate
    if candidate.state is SupplierState.ACTIVE:
        return msgspec.structs.replace(
            supplier,
            revision=candidate.revision,
            judged_revision=candidate.judged_revision,
            facts=candidate.facts,
            tax_id=candidate.tax_id,
            sealed=candidate.sealed,
            approvals=candidate.approvals,
            claims=candidate.claims,
            open_revision=None,
            payouts_frozen=None,
            changed_at=candidate.changed_at,
        )
    if candidate.state is SupplierState.REJECTED:
        fails = opened.is_reverification
        return msgspec.structs.replace(
            supplier,
            state=SupplierState.SUSPENDED if fails else supplier.state,
            reason=candidate.reason if fails else supplier.reason,
            revision=candidate.revision,
            judged_revision=candidate.revision,
            open_revision=None,
            payouts_frozen=None,
            changed_at=candidate.changed_at,
        )
    still_open = msgspec.structs.replace(
        opened,
        state=candidate.state,
        revision=candidate.revision,
        judged_revision=candidate.judged_revision,
        facts=candidate.facts,
        tax_id=candidate.tax_id,
        sealed=candidate.sealed,
        approvals=candidate.approvals,
        reason=candidate.reason,
        questions=candidate.questions,
        review_task_id=candidate.review_task_id,
        has_new_bank_account=has_new_bank_account(supplier=supplier, sealed=candidate.sealed),
        # Facts that were changed meanwhile are a wish, and may be turned down without harm.
        is_reverification=opened.is_reverification and candidate.facts == supplier.facts,
    )
    return msgspec.structs.replace(
        supplier,
        open_revision=still_open,
        payouts_frozen=_freeze(supplier=supplier, revision=still_open, at=candidate.changed_at),
        changed_at=candidate.changed_at,
    )


def decide_revision_opened(
    *,
    supplier: Supplier,
    facts: SupplierFacts,
    tax_id: SealedTaxId | None,
    sealed: SealedSecrets | None,
    context: Context,
) -> Supplier:
    """Return a verified supplier with changed facts to verify; raises SupplierTransitionRefused.

    A new bank account freezes payouts at once, so that who stole a sign-in is not paid.
    """
    next_state(supplier=supplier, command=Command.REVISE)
    revision = OpenRevision(
        revision=supplier.revision + 1,
        state=SupplierState.VERIFYING,
        facts=facts,
        tax_id=tax_id,
        sealed=sealed,
        has_new_bank_account=has_new_bank_account(supplier=supplier, sealed=sealed),
        opened_at=context.at,
        opened_by=context.principal.actor,
    )
    return msgspec.structs.replace(
        supplier,
        open_revision=revision,
        payouts_frozen=_freeze(supplier=supplier, revision=revision, at=context.at),
        changed_at=context.at,
    )


def decide_reverified(*, supplier: Supplier, context: Context) -> Supplier:
    """Return a verified supplier whose facts are verified again as they are; raises SupplierTransitionRefused."""
    next_state(supplier=supplier, command=Command.REVERIFY)
    revision = OpenRevision(
        revision=supplier.revision + 1,
        state=SupplierState.VERIFYING,
        facts=supplier.facts,
        tax_id=supplier.tax_id,
        sealed=supplier.sealed,
        approvals=supplier.approvals,
        has_new_bank_account=False,
        is_reverification=True,
        opened_at=context.at,
        opened_by=context.principal.actor,
    )
    return msgspec.structs.replace(supplier, open_revision=revision, changed_at=context.at)


def has_new_bank_account(*, supplier: Supplier, sealed: SealedSecrets | None) -> bool:
    """Return whether the secrets name another bank account than the one in force."""
    return _account(sealed) is not None and _account(sealed) != _account(supplier.sealed)


def bank_account_change(*, supplier: Supplier) -> CheckResult | None:
    """Return the finding that keeps a new bank account from coming into force by checks alone.

    The checks verify it once; a person's approval of this finding is the second time.
    """
    opened = supplier.open_revision
    if opened is None or not opened.has_new_bank_account or opened.sealed is None:
        return None
    account = opened.sealed.bank_account
    finding = CheckFinding(
        field="bank_account",
        code="bank-account-changed",
        severity=Severity.WARNING,
        message="The supplier wants to be paid into another bank account.",
        suggestion="Call the supplier under the number known so far, and ask whether the change is its own.",
    )
    return found(
        check=BANK_ACCOUNT_CHANGE,
        outcome=Outcome.INCONCLUSIVE,
        findings=[finding],
        evidence={"bank_account": account.masked if account is not None else ""},
    )


def told(*, before: Supplier, after: Supplier, event: Event) -> list[Event]:
    """Return the events of a decision: a verdict about a revision is told as one, and payouts that froze or thawed."""
    events: list[Event] = [event]
    opened, supplier_id = before.open_revision, after.supplier_id
    if opened is not None and after.open_revision is None:
        if isinstance(event, SupplierActivated):
            fields = tuple(change.field for change in changes_between(before=before, after=after))
            events = [SupplierRevisionApplied(supplier_id=supplier_id, revision=after.revision, fields=fields)]
        elif isinstance(event, SupplierRejected) and opened.is_reverification:
            events = [SupplierSuspended(supplier_id=supplier_id, reason=event.reason)]
        elif isinstance(event, SupplierRejected):
            events = [SupplierRevisionDiscarded(supplier_id=supplier_id, revision=after.revision, reason=event.reason)]
    if after.payouts_frozen is not None and before.payouts_frozen is None:
        events.append(SupplierPayoutsFrozen(supplier_id=supplier_id, reason=after.payouts_frozen.reason))
    if after.payouts_frozen is None and before.payouts_frozen is not None:
        events.append(SupplierPayoutsReleased(supplier_id=supplier_id))
    return events


def closed_revision(*, before: Supplier, candidate: Supplier, after: Supplier) -> ClosedRevision | None:
    """Return the record of the revision that a decision ended, None if it ended none."""
    opened = before.open_revision
    if opened is None or after.open_revision is not None:
        return None
    applied = candidate.state is SupplierState.ACTIVE
    changes = changes_between(before=before, after=msgspec.structs.replace(candidate, state=before.state))
    return ClosedRevision(
        supplier_id=before.supplier_id,
        revision=candidate.revision,
        outcome=RevisionOutcome.APPLIED if applied else RevisionOutcome.DISCARDED,
        reason=candidate.reason,
        changes=changes,
        opened_at=opened.opened_at,
        opened_by=opened.opened_by,
        closed_at=after.changed_at,
    )


def _account(sealed: SealedSecrets | None) -> str | None:
    return sealed.bank_account.fingerprint if sealed is not None and sealed.bank_account is not None else None


def _freeze(*, supplier: Supplier, revision: OpenRevision, at: datetime) -> Freeze | None:
    if not revision.has_new_bank_account:
        return None
    return supplier.payouts_frozen or Freeze(reason="The new bank account has not been verified twice yet.", since=at)
