"""Registers tables of submissions: loads what is known, decides each row, and commits as few times as possible."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

import msgspec

from openaisle.catalog.events import (
    ProductSubmissionAccepted,
    ProductSubmissionRejected,
    ProductSubmissionReviewRequested,
)
from openaisle.catalog.issues import Issue, IssueCode, Severity, issue
from openaisle.catalog.merging.model import Contribution
from openaisle.catalog.merging.repository import contributions_to, kept_merge_rule
from openaisle.catalog.model import (
    Product,
    ProductSubmission,
    SubmissionState,
    Verdict,
    decide_verdict,
)
from openaisle.catalog.policy import CatalogPolicy
from openaisle.catalog.repository import PRODUCTS, SUBMISSIONS, product_key
from openaisle.catalog.validation import Validated
from openaisle.inventory.acceptance import Accepted, Intake, Known, decide_accepted, is_unchanged, product_of
from openaisle.inventory.other_prices import compared_with_others
from openaisle.inventory.packing import REPORT_BYTES_PER_PACK, Registered, packs_of, writes_of
from openaisle.inventory.prejudged import findings_of, is_overtaken, overtaken_issue, standing_before
from openaisle.inventory.repository import STOCK_LEVELS, STOCK_PREFIX, stock_key
from openaisle.kernel.context import Context
from openaisle.kernel.errors import ChangedMeanwhile
from openaisle.kernel.records import Event, Versioned
from openaisle.kernel.table import CommitRefused, Item, Refusal, Table, Write
from openaisle.offers.repository import OFFERS, offer_key, offer_partition

_TRIES = 12
_TRIES_BEFORE_HALVING = 3
_JOINS_FOLLOWED_MAXIMUM = 5


Addition = Callable[[Sequence[Registered], Sequence[Item]], Write | None]
"""Returns what shall be written in the same commit as these rows, told what stands where they write."""


class Registrar:
    """Turns validated submissions into products, offers and stock levels."""

    def __init__(self, *, table: Table, policy: CatalogPolicy) -> None:
        """Take the table and what the operator allows."""
        self._table = table
        self._policy = policy

    async def register(
        self, *, table: Sequence[Intake], context: Context, addition: Addition | None = None
    ) -> list[Registered]:
        """Register a table of rows about different offers; returns what became of each, in their order.

        Each row's writes stand in one commit, which many rows share. ``addition`` is called with the rows of each
        commit and may add one write to it. Raises ChangedMeanwhile if other writers keep winning. With an addition,
        raises CommitRefused if another worker registers the same rows, so that the caller looks what is done already.
        Rows of other commits stand then, and the same call may be repeated.
        """
        decided = await self._decided(table=table, context=context)
        packs = packs_of(decided)
        # All are waited for, also when one fails: whoever tries again must not meet commits that are still under way.
        results = await asyncio.gather(
            *(self._commit(pack=pack, context=context, addition=addition) for pack in packs), return_exceptions=True
        )
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return [one for pack in results if not isinstance(pack, BaseException) for one in pack]

    async def _commit(self, *, pack: list[Registered], context: Context, addition: Addition | None) -> list[Registered]:
        for tried in range(_TRIES):
            writes = writes_of(pack)
            before = await standing_before(table=self._table, writes=writes) if addition is not None else []
            if len(pack) > 1 and sum(len(item.body) for item in before) > REPORT_BYTES_PER_PACK:
                # What is overwritten is kept beside the report, which has to fit one item.
                return await self._commit_halves(pack=pack, context=context, addition=addition)
            added = addition(pack, before) if addition is not None else None
            if added is not None:
                writes.append(added)
            if not writes:
                return pack
            try:
                await self._table.commit(writes=writes, context=context)
            except CommitRefused as refused:
                if addition is not None and any(_is_taken(refusal, added) for refusal in refused.refusals):
                    raise
            else:
                return pack
            rows = [one.taken for one in pack]
            if len(rows) > 1 and tried >= _TRIES_BEFORE_HALVING:
                # Among many rows there is always one that orders are changing right now: halves race less.
                return await self._commit_halves(pack=pack, context=context, addition=addition)
            redone = packs_of(await self._decided(table=rows, context=context))
            if len(redone) > 1:
                parts = [await self._commit(pack=part, context=context, addition=addition) for part in redone]
                return [one for part in parts for one in part]
            pack = redone[0]
        raise ChangedMeanwhile(detail=f"Another writer won {_TRIES} times over {pack[0].taken.offer_id}.")

    async def _commit_halves(
        self, *, pack: list[Registered], context: Context, addition: Addition | None
    ) -> list[Registered]:
        rows = [one.taken for one in pack]
        half = len(rows) // 2
        first = await self.register(table=rows[:half], context=context, addition=addition)
        return first + await self.register(table=rows[half:], context=context, addition=addition)

    async def _decided(self, *, table: Sequence[Intake], context: Context) -> list[Registered]:
        known = await self._known(table=table)
        waiting = [
            taken for taken in table if taken.submission is not None or not is_unchanged(taken=taken, known=known)
        ]
        validated = findings_of(
            table=[taken for taken in waiting if not _is_unreadable(taken)], known=known, policy=self._policy
        )
        findings = iter(validated)
        checked = {id(taken): _unreadable(taken) if _is_unreadable(taken) else next(findings) for taken in waiting}
        known = await self._with_products(table=waiting, checked=checked, known=known)
        checked = await compared_with_others(
            table=self._table, rows=waiting, checked=checked, known=known, policy=self._policy
        )
        made: set[str] = set()
        decided = []
        for taken in table:
            found = checked.get(id(taken))
            if found is None:
                decided.append(Registered(taken=taken, verdict=Verdict.UNCHANGED))
            elif is_overtaken(taken=taken, known=known, at=context.at):
                decided.append(
                    Registered(taken=taken, verdict=Verdict.UNCHANGED, issues=(overtaken_issue(taken=taken),))
                )
            else:
                decided.append(_decide(taken=taken, found=found, known=known, made=made, context=context))
        return decided

    async def _known(self, *, table: Sequence[Intake]) -> Known:
        offers = await self._table.get_many(keys=[offer_key(offer_id=taken.offer_id) for taken in table])
        places = [(taken.offer_id, taken.facts.location) for taken in table]
        levels = await self._table.get_many(
            keys=[stock_key(offer_id=offer_id, location=location) for offer_id, location in places]
        )
        return Known(
            offers={
                taken.offer_id: OFFERS.decode(item)
                for taken, item in zip(table, offers, strict=True)
                if item is not None
            },
            stock={
                place: STOCK_LEVELS.decode(item) for place, item in zip(places, levels, strict=True) if item is not None
            },
            other_stock={},
            products={},
        )

    async def _with_products(self, *, table: Sequence[Intake], checked: dict[int, Validated], known: Known) -> Known:
        """Return what is known with the products that rows join, and all stock of offers that change theirs."""
        product_ids = []
        other_stock = {}
        for taken in table:
            found = checked[id(taken)]
            if found.rejected or found.doubtful:
                continue
            product_id = product_of(taken=taken, facts=found.facts)
            product_ids.append(product_id)
            offer = known.offers.get(taken.offer_id)
            if offer is not None and offer.record.product_fixed:
                product_ids.append(offer.record.product_id)
            elif offer is not None and offer.record.product_id != product_id:
                page = await self._table.query(
                    partition=offer_partition(offer_id=taken.offer_id), sort_prefix=STOCK_PREFIX, limit=80
                )
                other_stock[taken.offer_id] = [STOCK_LEVELS.decode(item) for item in page.items]
        products, redirects = await self._products(product_ids=list(dict.fromkeys(product_ids)))
        contributions = await self._contributions(table=table, products=products)
        return msgspec.structs.replace(
            known,
            products=products,
            other_stock=other_stock,
            redirects=redirects,
            contributions=contributions,
            merge_rule=(await kept_merge_rule(table=self._table)).record.rule if products else known.merge_rule,
        )

    async def _products(self, *, product_ids: list[str]) -> tuple[dict[str, Versioned[Product]], dict[str, str]]:
        """Return the products that exist, and which of those asked for were joined into which others."""
        products: dict[str, Versioned[Product]] = {}
        redirects: dict[str, str] = {}
        wanted = {product_id: product_id for product_id in product_ids}
        for _ in range(_JOINS_FOLLOWED_MAXIMUM):
            targets = list(dict.fromkeys(wanted.values()))
            items = await self._table.get_many(keys=[product_key(product_id=one) for one in targets])
            found = {one: PRODUCTS.decode(item) for one, item in zip(targets, items, strict=True) if item is not None}
            products |= found
            joined = {named: found[target].record.merged_into for named, target in wanted.items() if target in found}
            wanted = {named: target for named, target in joined.items() if target is not None}
            redirects |= wanted
            if not wanted:
                break
        return products, redirects

    async def _contributions(
        self, *, table: Sequence[Intake], products: Mapping[str, Versioned[Product]]
    ) -> dict[str, list[Versioned[Contribution]]]:
        """Return what the sources say of the products of which the supplier is not the only source."""
        supplier_ids = {taken.supplier_id for taken in table}
        return {
            product_id: await contributions_to(table=self._table, product_id=product_id)
            for product_id, product in products.items()
            if product.record.source_count > 1 or {product.record.supplier_id} != supplier_ids
        }


def _is_taken(refusal: Refusal, added: Write | None) -> bool:
    """Return whether another worker wrote the report or an offer; orders only ever change the stock."""
    return (added is not None and refusal.key == added.key) or refusal.key.sort == "OFFER"


def _decide(*, taken: Intake, found: Validated, known: Known, made: set[str], context: Context) -> Registered:
    if not found.rejected and _is_superseded(taken=taken, known=known):
        message = "A later submission of the same SKU was accepted while this one waited."
        late = issue(code=IssueCode.SUBMISSION_SUPERSEDED, field="", message=message, severity=Severity.ERROR)
        found = msgspec.structs.replace(found, issues=(*found.issues, late))
    if found.rejected:
        return _concluded(taken=taken, found=found, verdict=Verdict.REJECTED, context=context)
    if found.doubtful:
        return _concluded(taken=taken, found=found, verdict=Verdict.IN_REVIEW, context=context)
    accepted = decide_accepted(taken=taken, validated=found, known=known, made=made, at=context.at)
    return _concluded(taken=taken, found=found, verdict=accepted.verdict, context=context, accepted=accepted)


def _concluded(
    *, taken: Intake, found: Validated, verdict: Verdict, context: Context, accepted: Accepted | None = None
) -> Registered:
    writes = accepted.writes if accepted else ()
    issues = accepted.issues if accepted else found.issues
    submission, write = _submission_write(
        taken=taken, found=found, verdict=verdict, issues=issues, accepted=accepted, context=context
    )
    return Registered(
        taken=taken,
        verdict=verdict,
        new=accepted is not None and accepted.new,
        issues=issues,
        corrections=found.corrections,
        submission_id=submission.submission_id if submission else None,
        writes=(*writes, write) if write else writes,
        checks=accepted.checks if accepted else (),
    )


def _submission_write(
    *,
    taken: Intake,
    found: Validated,
    verdict: Verdict,
    issues: tuple[Issue, ...],
    accepted: Accepted | None,
    context: Context,
) -> tuple[ProductSubmission | None, Write | None]:
    if taken.submission is None:
        # A feed's rows are no submissions: its report tells of them, and those in doubt wait in groups.
        return None, None
    submission = decide_verdict(
        submission=taken.submission.record,
        verdict=verdict,
        facts=found.facts,
        issues=issues,
        corrections=found.corrections,
        product_id=accepted.product_id if accepted else None,
        offer_id=taken.offer_id if accepted else None,
        at=context.at,
    )
    submission = msgspec.structs.replace(submission, facts_hash=taken.facts_hash)
    events = [_event_of(submission)]
    return submission, SUBMISSIONS.replace(submission, version=taken.submission.version, events=events)


def _event_of(submission: ProductSubmission) -> Event:
    supplier_id, submission_id = submission.supplier_id, submission.submission_id
    if submission.state is SubmissionState.IN_REVIEW:
        return ProductSubmissionReviewRequested(supplier_id=supplier_id, submission_id=submission_id)
    if submission.product_id is None or submission.offer_id is None:
        return ProductSubmissionRejected(supplier_id=supplier_id, submission_id=submission_id)
    return ProductSubmissionAccepted(
        supplier_id=supplier_id,
        submission_id=submission_id,
        product_id=submission.product_id,
        offer_id=submission.offer_id,
    )


def _is_superseded(*, taken: Intake, known: Known) -> bool:
    """Return whether the offer was changed by something newer than the submission that a person just decided."""
    offer = known.offers.get(taken.offer_id)
    return (
        taken.settled
        and offer is not None
        and taken.submission is not None
        and offer.record.facts_hash != taken.facts_hash
        and offer.record.changed_at > taken.submission.record.submitted_at
    )


def _is_unreadable(taken: Intake) -> bool:
    return not taken.facts.supplier_sku and any(one.severity is Severity.ERROR for one in taken.issues)


def _unreadable(taken: Intake) -> Validated:
    """Return a row of which not even the cells could be told apart: only that is said of it."""
    return Validated(facts=taken.facts, issues=taken.issues, corrections=taken.corrections)
