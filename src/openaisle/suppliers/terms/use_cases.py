"""Announce terms, agree to them or leave, and let the day of effect decide for those who said nothing."""

from __future__ import annotations

from openaisle.kernel.context import Context
from openaisle.kernel.records import Versioned, decided_anew
from openaisle.kernel.table import CommitRefused, RefusalReason, Table, Write
from openaisle.suppliers.deciding import Step, decided, loaded
from openaisle.suppliers.events import SupplierReinstated, SupplierSuspended
from openaisle.suppliers.life import SupplierLife
from openaisle.suppliers.model import (
    ImmediateGround,
    Supplier,
    SupplierState,
    SupplierTransitionRefused,
    decide_reinstated,
    decide_suspended,
)
from openaisle.suppliers.policy import TermsPolicy
from openaisle.suppliers.terms.events import SupplierTermsAnswered, TermsInForce, TermsPublished
from openaisle.suppliers.terms.model import (
    Announcement,
    Answer,
    TermsAnswer,
    TermsState,
    TermsText,
    TermsUnknown,
    TermsVersion,
    TermsVersionTaken,
    agreement_told,
    decide_in_force,
    decide_published,
    decide_unanswered,
    require_not_in_force,
    suspension_reason,
)
from openaisle.suppliers.terms.repository import ANSWERS, TERMS, TEXTS, answer_key, terms_key
from openaisle.suppliers.use_cases import VERIFIED_STATES


class Terms:
    """The use cases of terms."""

    def __init__(self, *, table: Table, life: SupplierLife, policy: TermsPolicy) -> None:
        """Take the table, what lets a supplier leave, and how new terms come into force."""
        self._table = table
        self._life = life
        self._policy = policy

    @property
    def policy(self) -> TermsPolicy:
        """How new terms come into force."""
        return self._policy

    async def publish(self, *, announcement: Announcement, context: Context) -> TermsVersion:
        """Announce new terms; every supplier is told by mail.

        Raises TermsVersionTaken, TermsNoticeTooShort, TermsDateUnusable, ShortNoticeUnexplained.
        """
        terms = decide_published(announcement=announcement, policy=self._policy, context=context)
        event = TermsPublished(version=terms.version, sha256=terms.sha256, effective_at=terms.effective_at.isoformat())
        text = TermsText(version=terms.version, text=announcement.text)
        writes: list[Write] = [TERMS.create(terms, events=[event]), TEXTS.create(text)]
        try:
            await self._table.commit(writes=writes, context=context)
        except CommitRefused as refused:
            if any(one.reason is RefusalReason.EXISTS for one in refused.refusals):
                raise TermsVersionTaken(detail=f"{terms.version} was announced before.") from None
            raise
        return terms

    async def agree(self, *, supplier_id: str, version: str, context: Context) -> TermsAnswer:
        """Note that a supplier agrees, before or after the day of effect; one suspended for want of it sells again.

        Agreed twice, the first agreement stands. Raises TermsUnknown, SupplierMissing, SupplierTransitionRefused.
        """
        terms = (await self.one(version=version)).record
        agreed = TermsAnswer(
            supplier_id=supplier_id,
            version=version,
            sha256=terms.sha256,
            answer=Answer.AGREED,
            at=context.at,
            by=context.principal.actor,
        )

        async def attempt() -> TermsAnswer:
            supplier = (await loaded(table=self._table, supplier_id=supplier_id)).record
            _require_verified(supplier)
            before = await self._answer(supplier_id=supplier_id, version=version)
            if before is not None and before.record.answer is Answer.AGREED:
                return before.record
            if _waits_for_agreement(supplier, terms=terms, before=before):
                await self._reinstate(supplier_id=supplier_id, terms=terms, agreed=agreed, context=context)
            else:
                await self._table.commit(writes=[_answered(agreed, before=before)], context=context)
            return agreed

        return await decided_anew(attempt)

    async def leave(self, *, supplier_id: str, version: str, reason: str, context: Context) -> Supplier:
        """Let a supplier that does not want new terms end its contract before they apply; it sells nothing from now on.

        Raises TermsUnknown, TermsInForceAlready, SupplierMissing, SupplierTransitionRefused.
        """
        terms = (await self.one(version=version)).record
        require_not_in_force(terms=terms, context=context)
        _require_verified((await loaded(table=self._table, supplier_id=supplier_id)).record)
        left = TermsAnswer(
            supplier_id=supplier_id,
            version=version,
            sha256=terms.sha256,
            answer=Answer.TERMINATED,
            at=context.at,
            by=context.principal.actor,
        )

        async def attempt() -> None:
            before = await self._answer(supplier_id=supplier_id, version=version)
            await self._table.commit(writes=[_answered(left, before=before)], context=context)

        # First the answer: should the process end here, the supplier asks again and leaves then.
        await decided_anew(attempt)
        told = f"It does not agree to the terms {version}." + (f" {reason}" if reason else "")
        return await self._life.give_notice(
            supplier_id=supplier_id, reason=told, immediate_ground=ImmediateGround.SUPPLIER_REQUEST, context=context
        )

    async def come_into_force(self, *, version: str, context: Context) -> None:
        """Put terms into force whose day has come; done twice, nothing more happens. Raises TermsUnknown."""

        async def attempt() -> None:
            found = await self.one(version=version)
            after = decide_in_force(terms=found.record, context=context)
            if after is not None:
                write = TERMS.replace(after, version=found.version, events=[TermsInForce(version=version)])
                await self._table.commit(writes=[write], context=context)

        await decided_anew(attempt)

    async def settle(self, *, supplier_id: str, terms: TermsVersion, context: Context) -> Answer | None:
        """Do to a supplier what follows if it has not answered by the day of effect; once, however often it is called.

        Returns its answer, None if the terms are nothing to it: it never was verified, or has left.
        """

        async def decide(supplier: Supplier) -> Step | None:
            if supplier.state not in VERIFIED_STATES:
                return None
            if await self._answer(supplier_id=supplier_id, version=terms.version) is not None:
                return None
            told = agreement_told(supplier=supplier, terms=terms)
            answer = told or decide_unanswered(supplier=supplier, terms=terms, context=context)
            if answer.answer is not Answer.SUSPENDED:
                await self._table.commit(writes=[_answered(answer, before=None)], context=context)
                return None
            reason = suspension_reason(terms=terms)
            return Step(
                supplier=decide_suspended(supplier=supplier, reason=reason, context=context),
                event=SupplierSuspended(supplier_id=supplier_id, reason=reason),
                action="suspended",
                reason=reason,
                beside=(_answered(answer, before=None),),
            )

        await decided(table=self._table, supplier_id=supplier_id, decide=decide, context=context)
        found = await self._answer(supplier_id=supplier_id, version=terms.version)
        return found.record.answer if found is not None else None

    async def one(self, *, version: str) -> Versioned[TermsVersion]:
        """Return one version as it is stored; raises TermsUnknown."""
        item = await self._table.get(key=terms_key(version=version))
        if item is None:
            raise TermsUnknown(detail=f"There are no terms {version[:40]}.")
        return TERMS.decode(item)

    async def _reinstate(self, *, supplier_id: str, terms: TermsVersion, agreed: TermsAnswer, context: Context) -> None:
        reason = f"The terms {terms.version} are agreed to."

        async def decide(supplier: Supplier) -> Step | None:
            before = await self._answer(supplier_id=supplier_id, version=terms.version)
            if not _waits_for_agreement(supplier, terms=terms, before=before):
                return None
            return Step(
                supplier=decide_reinstated(supplier=supplier, reason=reason, context=context),
                event=SupplierReinstated(supplier_id=supplier_id, reason=reason),
                action="reinstated",
                reason=reason,
                beside=(_answered(agreed, before=before),),
            )

        await decided(table=self._table, supplier_id=supplier_id, decide=decide, context=context)

    async def _answer(self, *, supplier_id: str, version: str) -> Versioned[TermsAnswer] | None:
        item = await self._table.get(key=answer_key(supplier_id=supplier_id, version=version))
        return ANSWERS.decode(item) if item is not None else None


def _answered(answer: TermsAnswer, *, before: Versioned[TermsAnswer] | None) -> Write:
    event = SupplierTermsAnswered(supplier_id=answer.supplier_id, version=answer.version, answer=answer.answer.value)
    if before is None:
        return ANSWERS.create(answer, events=[event])
    return ANSWERS.replace(answer, version=before.version, events=[event])


def _waits_for_agreement(supplier: Supplier, *, terms: TermsVersion, before: Versioned[TermsAnswer] | None) -> bool:
    return (
        supplier.state is SupplierState.SUSPENDED
        and terms.state is TermsState.IN_FORCE
        and before is not None
        and before.record.answer is Answer.SUSPENDED
        and supplier.reason == suspension_reason(terms=terms)
    )


def _require_verified(supplier: Supplier) -> None:
    if supplier.state not in VERIFIED_STATES:
        raise SupplierTransitionRefused(
            detail=f"{supplier.supplier_id} is {supplier.state.value}; an applicant agrees within its application."
        )
