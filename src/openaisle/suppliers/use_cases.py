"""What suppliers and the operator do: apply, amend, suspend, reinstate, and settle a review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from openaisle.access.use_cases import ApiKeys
from openaisle.kernel.context import Context, Role
from openaisle.kernel.identifiers import Identifiers
from openaisle.kernel.records import Event
from openaisle.kernel.table import Table
from openaisle.reviews.events import ReviewResolved
from openaisle.reviews.model import CorrectionValue, Decision
from openaisle.reviews.use_cases import CorrectionsSeal, SealedCorrections
from openaisle.suppliers.audit import audit_entry, changes_between
from openaisle.suppliers.clocks import ClockKind, clock_of
from openaisle.suppliers.deciding import Step, decided, decided_about_candidate, loaded
from openaisle.suppliers.dossier import SealedSecrets, Secrets
from openaisle.suppliers.events import (
    SupplierApplied,
    SupplierApproved,
    SupplierCorrected,
    SupplierDraftChanged,
    SupplierReinstated,
    SupplierRejected,
    SupplierRevised,
    SupplierSentBack,
    SupplierSuspended,
)
from openaisle.suppliers.facts import TAX_ID, ClearFacts, SupplierFacts, require_fact, with_fact
from openaisle.suppliers.model import (
    Command,
    SealedTaxId,
    Supplier,
    SupplierState,
    decide_applied,
    decide_approved,
    decide_asked,
    decide_reinstated,
    decide_rejected,
    decide_revised,
    decide_suspended,
    next_state,
)
from openaisle.suppliers.policy import STANDARD_DEADLINES, Deadlines
from openaisle.suppliers.repository import (
    AUDIT,
    CLOCKS,
    CORRECTIONS,
    SUPPLIERS,
    VERIFICATIONS,
    CorrectionsMade,
    verification_key,
)
from openaisle.suppliers.revisions import decide_revision_opened
from openaisle.suppliers.tax_ids import TaxIds, masked
from openaisle.suppliers.verification import Approval, Correction, Severity, Verification

SUBJECT_KIND = "supplier"
VERIFIED_STATES = frozenset({SupplierState.ACTIVE, SupplierState.SUSPENDED})
_REVIEW_RULE = "review"


class Applicant(msgspec.Struct, frozen=True, kw_only=True):
    """A new supplier with its first API key, whose text is told only this once."""

    supplier: Supplier
    api_key: str


def require_corrections(corrections: Mapping[str, CorrectionValue]) -> None:
    """Refuse corrections that a supplier's facts can't hold; raises FactUnknown, FactInvalid."""
    for field, value in corrections.items():
        require_fact(field=field, value=value)


def is_secret(*, field: str) -> bool:
    """Return whether a fact is kept encrypted, by its path: ``tax_id``, ``bank_account.iban``."""
    return field == TAX_ID or field.partition(".")[0] in Secrets.__struct_fields__


def corrections_seal(*, tax_ids: TaxIds) -> CorrectionsSeal:
    """Return what keeps corrected secrets (tax ids, the bank account) out of review tasks and events.

    People see them masked there, with a mark that differs where the hidden part does: two people who must decide the
    same have to give the same number. The supplier's room gets them sealed.
    """

    async def seal(supplier_id: str, corrections: Mapping[str, CorrectionValue], context: Context) -> SealedCorrections:
        shown, told = dict(corrections), dict(corrections)
        for field, value in corrections.items():
            if is_secret(field=field) and isinstance(value, str) and value:
                mark = await tax_ids.correction_mark(field=field, text=value, context=context)
                shown[field] = f"{masked(text=value)} ({mark})"
                told[field] = tax_ids.sealed_correction(supplier_id=supplier_id, tax_id=value)
        return SealedCorrections(shown=shown, told=told)

    return seal


class Suppliers:
    """The use cases of suppliers, but for their verification (workflow) and their connection (connection_use_cases)."""

    def __init__(
        self,
        *,
        table: Table,
        identifiers: Identifiers,
        api_keys: ApiKeys,
        tax_ids: TaxIds,
        deadlines: Deadlines = STANDARD_DEADLINES,
    ) -> None:
        """Take the table, the maker of identifiers, the use cases of keys, what seals tax ids, and the answer time."""
        self._answer_days = deadlines.supplier_answers_days
        self._table = table
        self._identifiers = identifiers
        self._api_keys = api_keys
        self._tax_ids = tax_ids

    async def apply(self, *, application: ClearFacts, context: Context) -> Applicant:
        """Take an application in and issue the key with which the applicant follows it; verification starts by itself.

        A wrong fact refuses no application: it is mended where that is certain, or a person is asked.
        """
        supplier_id = self._identifiers.new(prefix="sup")
        facts, tax_id, sealed = await self._sealed(supplier_id=supplier_id, clear=application, context=context)
        supplier = decide_applied(supplier_id=supplier_id, facts=facts, tax_id=tax_id, sealed=sealed, context=context)
        key = self._api_keys.prepared(
            role=Role.SUPPLIER, subject_id=supplier_id, label="supplier application", context=context
        )
        event = SupplierApplied(supplier_id=supplier_id, revision=supplier.revision, name=facts.name)
        entry = audit_entry(before=None, after=supplier, action="applied", context=context)
        writes = [SUPPLIERS.create(supplier, events=[event]), AUDIT.create(entry), key.write]
        await self._table.commit(writes=writes, context=context)
        return Applicant(supplier=supplier, api_key=key.text)

    async def amend(self, *, supplier_id: str, changes: Mapping[str, object], context: Context) -> Supplier:
        """Change facts of an application that waits or is in review; it is verified again.

        Raises what ``revise`` raises.
        """

        async def decide(supplier: Supplier) -> Step | None:
            return await self._revised(
                supplier=supplier, command=Command.AMEND, changes=changes, action="amended", context=context
            )

        return await decided(table=self._table, supplier_id=supplier_id, decide=decide, context=context)

    async def revise(self, *, supplier_id: str, changes: Mapping[str, object], context: Context) -> Supplier:
        """Change facts; they are verified again. Those of a verified supplier stay in force until the new ones are.

        ``changes`` maps names of facts (``address.city``) to their new texts, and parts of the dossier (``contacts``)
        to what is to stand there. Without any difference nothing happens.
        Raises SupplierMissing, SupplierTransitionRefused, FactUnknown, FactInvalid.
        """

        async def decide(supplier: Supplier) -> Step | None:
            if supplier.state in VERIFIED_STATES:
                return await self._opened(supplier=supplier, changes=changes, context=context)
            return await self._revised(
                supplier=supplier, command=Command.AMEND, changes=changes, action="amended", context=context
            )

        found = await loaded(table=self._table, supplier_id=supplier_id)
        deciding = decided if found.record.open_revision is None else decided_about_candidate
        return await deciding(table=self._table, supplier_id=supplier_id, decide=decide, context=context)

    async def suspend(self, *, supplier_id: str, reason: str, context: Context) -> Supplier:
        """Stop an active supplier's sales; raises SupplierMissing, SupplierTransitionRefused."""

        async def decide(supplier: Supplier) -> Step:
            suspended = decide_suspended(supplier=supplier, reason=reason, context=context)
            event = SupplierSuspended(supplier_id=supplier_id, reason=reason)
            return Step(supplier=suspended, event=event, action="suspended", reason=reason)

        return await decided(table=self._table, supplier_id=supplier_id, decide=decide, context=context)

    async def reinstate(self, *, supplier_id: str, reason: str, context: Context) -> Supplier:
        """Let a suspended supplier sell again; raises SupplierMissing, SupplierTransitionRefused."""

        async def decide(supplier: Supplier) -> Step:
            reinstated = decide_reinstated(supplier=supplier, reason=reason, context=context)
            event = SupplierReinstated(supplier_id=supplier_id, reason=reason)
            return Step(supplier=reinstated, event=event, action="reinstated", reason=reason)

        return await decided(table=self._table, supplier_id=supplier_id, decide=decide, context=context)

    async def settle_review(self, *, resolved: ReviewResolved, context: Context) -> None:
        """Act on a reviewer's decision, once; a decision about facts that have changed since is passed over.

        Raises SupplierMissing, FactUnknown, FactInvalid.
        """

        async def decide(supplier: Supplier) -> Step | None:
            if supplier.review_task_id != resolved.task_id:
                return None
            match resolved.decision:
                case Decision.CORRECTED:
                    return await self._corrected(supplier=supplier, resolved=resolved, context=context)
                case Decision.APPROVED:
                    return await self._approved(supplier=supplier, resolved=resolved, context=context)
                case Decision.REJECTED:
                    rejected = decide_rejected(supplier=supplier, reason=resolved.reason, context=context)
                    event: Event = SupplierRejected(supplier_id=supplier.supplier_id, reason=resolved.reason)
                    return Step(supplier=rejected, event=event, action="rejected", reason=resolved.reason)
                case Decision.SENT_BACK:
                    clock = clock_of(
                        supplier_id=supplier.supplier_id, kind=ClockKind.ANSWER, at=context.at, days=self._answer_days
                    )
                    asked = decide_asked(
                        supplier=supplier, questions=resolved.asked(), answer_by=clock.due_at, context=context
                    )
                    event = SupplierSentBack(supplier_id=supplier.supplier_id, questions=resolved.asked())
                    return Step(
                        supplier=asked,
                        event=event,
                        action="sent_back",
                        reason=resolved.reason,
                        beside=(CLOCKS.store(clock),),
                    )
                case Decision.WITHDRAWN:
                    return None

        await decided_about_candidate(
            table=self._table, supplier_id=resolved.subject_id, decide=decide, context=context
        )

    async def _corrected(self, *, supplier: Supplier, resolved: ReviewResolved, context: Context) -> Step | None:
        changes = dict(resolved.corrections)
        for field, value in resolved.corrections.items():
            if is_secret(field=field) and isinstance(value, str):
                changes[field] = self._tax_ids.opened_correction(supplier_id=supplier.supplier_id, text=value)
        step = await self._revised(
            supplier=supplier,
            command=Command.CORRECT,
            changes=changes,
            action="corrected",
            reason=resolved.reason,
            context=context,
        )
        # A correction that changes nothing is an approval of what stands there.
        return step or await self._approved(supplier=supplier, resolved=resolved, context=context)

    async def _approved(self, *, supplier: Supplier, resolved: ReviewResolved, context: Context) -> Step:
        item = await self._table.get(
            key=verification_key(supplier_id=supplier.supplier_id, revision=supplier.judged_revision)
        )
        approvals = (
            _approvals(verification=VERIFICATIONS.decode(item).record, resolved=resolved, context=context)
            if item is not None
            else ()
        )
        approved = decide_approved(supplier=supplier, approvals=approvals, context=context)
        event = SupplierApproved(supplier_id=supplier.supplier_id, revision=approved.revision, reason=resolved.reason)
        return Step(supplier=approved, event=event, action="approved", reason=resolved.reason)

    async def _opened(self, *, supplier: Supplier, changes: Mapping[str, object], context: Context) -> Step | None:
        next_state(supplier=supplier, command=Command.REVISE)
        changed = await self._changed(supplier=supplier, changes=changes, context=context)
        if changed is None:
            return None
        facts, tax_id, sealed = changed
        after = decide_revision_opened(supplier=supplier, facts=facts, tax_id=tax_id, sealed=sealed, context=context)
        event = SupplierRevised(supplier_id=supplier.supplier_id, revision=supplier.revision + 1, fields=tuple(changes))
        return Step(supplier=after, event=event, action="revision_opened")

    async def _revised(
        self,
        *,
        supplier: Supplier,
        command: Command,
        changes: Mapping[str, object],
        action: str,
        context: Context,
        reason: str | None = None,
    ) -> Step | None:
        next_state(supplier=supplier, command=command)
        changed = await self._changed(supplier=supplier, changes=changes, context=context)
        if changed is None:
            return None
        facts, tax_id, sealed = changed
        after = decide_revised(
            supplier=supplier, command=command, facts=facts, tax_id=tax_id, sealed=sealed, context=context
        )
        if after.state is SupplierState.DRAFT:
            draft_event = SupplierDraftChanged(supplier_id=supplier.supplier_id, fields=tuple(changes))
            return Step(supplier=after, event=draft_event, action=action, reason=reason)
        event = SupplierCorrected(
            supplier_id=supplier.supplier_id,
            revision=after.revision,
            fields=tuple(changes),
            withdrawn_task_id=supplier.review_task_id if command is Command.AMEND else None,
        )
        beside = (
            (CORRECTIONS.store(_corrections(before=supplier, after=after, context=context)),)
            if command is Command.CORRECT
            else ()
        )
        return Step(supplier=after, event=event, action=action, reason=reason, beside=beside)

    async def _changed(
        self, *, supplier: Supplier, changes: Mapping[str, object], context: Context
    ) -> tuple[SupplierFacts, SealedTaxId | None, SealedSecrets | None] | None:
        """Return the changed facts with their secrets sealed, None where nothing differs."""
        clear = self._tax_ids.opened(supplier=supplier)
        revised = clear
        for field, value in changes.items():
            revised = with_fact(clear=revised, field=field, value=value)
        if revised == clear:
            return None
        return await self._sealed(supplier_id=supplier.supplier_id, clear=revised, context=context)

    async def _sealed(
        self, *, supplier_id: str, clear: ClearFacts, context: Context
    ) -> tuple[SupplierFacts, SealedTaxId | None, SealedSecrets | None]:
        tax_id = await self._tax_ids.sealed(
            supplier_id=supplier_id, country=clear.facts.country, tax_id=clear.tax_id, context=context
        )
        sealed = await self._tax_ids.sealed_secrets(supplier_id=supplier_id, secrets=clear.secrets, context=context)
        return clear.facts, tax_id, sealed


def _approvals(*, verification: Verification, resolved: ReviewResolved, context: Context) -> tuple[Approval, ...]:
    """Return one approval for each finding that the reviewer had before him."""
    return tuple(
        Approval(
            check=result.check,
            code=finding.code,
            reason=resolved.reason,
            by=resolved.by,
            at=context.at,
            about=finding.about,
        )
        for result in verification.checks
        for finding in result.findings
        if finding.severity is not Severity.INFO
    )


def _corrections(*, before: Supplier, after: Supplier, context: Context) -> CorrectionsMade:
    corrections: Sequence[Correction] = [
        Correction(
            field=change.field,
            before=change.before,
            after=change.after,
            rule=_REVIEW_RULE,
            who=context.principal.actor,
            at=context.at,
        )
        for change in changes_between(before=before, after=after)
        if change.field != "state"
    ]
    return CorrectionsMade(
        supplier_id=after.supplier_id, revision=after.revision, by_person=True, corrections=tuple(corrections)
    )
