"""Registers the rows of quick feeds: quantities and prices of offers that stand already."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from openaisle.catalog.issues import Issue, IssueCode, Severity, issue
from openaisle.catalog.model import Verdict
from openaisle.catalog.policy import CatalogPolicy
from openaisle.feeds.model import FeedKind
from openaisle.inventory.acceptance import Intake
from openaisle.inventory.model import StockLevel, decide_on_hand, new_stock_level
from openaisle.inventory.packing import Registered
from openaisle.inventory.registrar import Addition
from openaisle.inventory.repository import STOCK_LEVELS, stock_key
from openaisle.kernel.context import Context
from openaisle.kernel.errors import ChangedMeanwhile
from openaisle.kernel.records import Versioned
from openaisle.kernel.table import MAXIMUM_WRITES_PER_COMMIT, CommitRefused, Item, Key, Table, Write
from openaisle.offers.events import OfferChanged
from openaisle.offers.model import Offer
from openaisle.offers.repository import OFFERS, offer_key

# Each commit carries a report, and a row writes an offer, a stock level, or both.
_WRITES_PER_COMMIT = MAXIMUM_WRITES_PER_COMMIT - 1
_TRIES = 12
_TELLS_STOCK = frozenset({FeedKind.STOCK, FeedKind.OFFERS})
_TELLS_PRICE = frozenset({FeedKind.PRICE, FeedKind.OFFERS})


class TermsRegistrar:
    """Changes prices and quantities as quick feeds tell them."""

    def __init__(self, *, table: Table, policy: CatalogPolicy) -> None:
        """Take the table and what the operator allows."""
        self._table = table
        self._policy = policy

    async def register(
        self, *, kind: FeedKind, table: Sequence[Intake], context: Context, addition: Addition
    ) -> list[Registered]:
        """Register rows, those of one offer in their order; raises CommitRefused if another worker registers them."""
        size = _WRITES_PER_COMMIT // (2 if kind is FeedKind.OFFERS else 1)
        done: list[Registered] = []
        for wave in _waves(table):
            # Commits that are under way together share one write to the disk. All are waited for, also when one
            # fails: whoever tries again must not meet commits that are still under way.
            results = await asyncio.gather(
                *(
                    self._commit(kind=kind, rows=wave[start : start + size], context=context, addition=addition)
                    for start in range(0, len(wave), size)
                ),
                return_exceptions=True,
            )
            for result in results:
                if isinstance(result, BaseException):
                    raise result
                done += result
        return done

    async def _commit(
        self, *, kind: FeedKind, rows: Sequence[Intake], context: Context, addition: Addition
    ) -> list[Registered]:
        for _ in range(_TRIES):
            registered, standing = await self._decided(kind=kind, rows=rows, context=context)
            writes = [write for one in registered for write in one.writes]
            # The conditions of the writes see that what was read still stands.
            report = addition(registered, [standing[write.key] for write in writes if write.key in standing])
            try:
                await self._table.commit(writes=[*writes, report] if report is not None else writes, context=context)
            except CommitRefused as refused:
                if report is not None and any(one.key == report.key for one in refused.refusals):
                    raise
                continue
            return registered
        if len(rows) == 1:
            raise ChangedMeanwhile(detail=f"Another writer won {_TRIES} times over {rows[0].offer_id}.")
        # Among many rows there is always one that orders are changing right now: halves race less.
        half = len(rows) // 2
        first = await self._commit(kind=kind, rows=rows[:half], context=context, addition=addition)
        return first + await self._commit(kind=kind, rows=rows[half:], context=context, addition=addition)

    async def _decided(
        self, *, kind: FeedKind, rows: Sequence[Intake], context: Context
    ) -> tuple[list[Registered], dict[Key, Item]]:
        """Return what becomes of the rows, and what stands where they may write."""
        offers = await self._table.get_many(keys=[offer_key(offer_id=one.offer_id) for one in rows])
        places = [stock_key(offer_id=one.offer_id, location=one.facts.location) for one in rows]
        levels = await self._table.get_many(keys=places) if kind in _TELLS_STOCK else [None] * len(rows)
        registered = [
            self._row(
                kind=kind,
                taken=taken,
                offer=OFFERS.decode(offer) if offer is not None else None,
                stock=STOCK_LEVELS.decode(level) if level is not None else None,
                context=context,
            )
            for taken, offer, level in zip(rows, offers, levels, strict=True)
        ]
        return registered, {item.key: item for item in (*offers, *levels) if item is not None}

    def _row(
        self,
        *,
        kind: FeedKind,
        taken: Intake,
        offer: Versioned[Offer] | None,
        stock: Versioned[StockLevel] | None,
        context: Context,
    ) -> Registered:
        assert taken.judged is not None
        issues = list(taken.judged.issues)
        corrections = taken.judged.corrections
        if offer is None:
            message = f"There is no offer of the SKU {taken.facts.supplier_sku[:80]!r}; send its product first."
            issues.append(_error(code=IssueCode.OFFER_UNKNOWN, field="supplier_sku", message=message, taken=taken))
        elif kind in _TELLS_PRICE and self._has_jumped(taken=taken, offer=offer.record):
            message = (
                f"The price was {offer.record.price_minor} and is now {taken.facts.price_minor}: "
                f"{self._policy.price_jump_factor} times more or less. Send it in a product feed if it is right."
            )
            issues.append(_error(code=IssueCode.PRICE_JUMPED, field="price_minor", message=message, taken=taken))
        if offer is None or any(one.severity is Severity.ERROR for one in issues):
            return Registered(taken=taken, verdict=Verdict.REJECTED, issues=tuple(issues), corrections=corrections)
        writes: list[Write] = []
        if kind in _TELLS_STOCK:
            writes += _stock_writes(taken=taken, offer=offer.record, stock=stock, issues=issues, context=context)
        if kind in _TELLS_PRICE:
            writes += _price_writes(taken=taken, offer=offer, context=context)
        verdict = Verdict.UNCHANGED
        if writes:
            verdict = Verdict.CORRECTED if corrections else Verdict.ACCEPTED
        return Registered(
            taken=taken, verdict=verdict, issues=tuple(issues), corrections=corrections, writes=tuple(writes)
        )

    def _has_jumped(self, *, taken: Intake, offer: Offer) -> bool:
        price, factor = taken.facts.price_minor, self._policy.price_jump_factor
        if price is None or offer.currency != taken.facts.currency:
            return False
        return price >= offer.price_minor * factor or price * factor <= offer.price_minor


def _stock_writes(
    *, taken: Intake, offer: Offer, stock: Versioned[StockLevel] | None, issues: list[Issue], context: Context
) -> list[Write]:
    on_hand = taken.facts.on_hand
    assert on_hand is not None
    if stock is None:
        level = new_stock_level(
            offer_id=offer.offer_id,
            supplier_id=offer.supplier_id,
            product_id=offer.product_id,
            location=taken.facts.location,
            on_hand=on_hand,
            at=context.at,
        )
        return [STOCK_LEVELS.create(level)]
    if stock.record.confirmed_at > context.at:
        # Something newer was told while the feed waited.
        return []
    decision = decide_on_hand(stock=stock.record, on_hand=on_hand, at=context.at)
    issues += [
        issue(code=IssueCode.ON_HAND_BELOW_RESERVED, field="on_hand", message=finding.detail, row=taken.row)
        for finding in decision.findings
    ]
    if decision.stock.on_hand == stock.record.on_hand:
        return []
    return [STOCK_LEVELS.replace(decision.stock, version=stock.version)]


def _price_writes(*, taken: Intake, offer: Versioned[Offer], context: Context) -> list[Write]:
    before = offer.record
    price_minor, currency = taken.facts.price_minor, taken.facts.currency
    assert price_minor is not None
    newest = max(before.priced_at or before.changed_at, before.changed_at)
    if newest > context.at or (before.price_minor == price_minor and before.currency == currency):
        return []
    # The facts stay those that were told with the product: only the price has a newer moment.
    changed = msgspec.structs.replace(before, price_minor=price_minor, currency=currency, priced_at=context.at)
    event = OfferChanged(
        supplier_id=before.supplier_id,
        offer_id=before.offer_id,
        product_id=before.product_id,
        price_minor=price_minor,
        currency=currency,
    )
    return [OFFERS.replace(changed, version=offer.version, events=[event])]


def _error(*, code: IssueCode, field: str, message: str, taken: Intake) -> Issue:
    return issue(code=code, field=field, message=message, row=taken.row, severity=Severity.ERROR)


def _waves(rows: Sequence[Intake]) -> list[list[Intake]]:
    """Split rows so that each wave names a place once: one commit may write a key only once."""
    waves: list[list[Intake]] = []
    turns: dict[Key, int] = {}
    for taken in rows:
        place = offer_key(offer_id=taken.offer_id)
        turn = turns.get(place, 0)
        turns[place] = turn + 1
        if turn == len(waves):
            waves.append([])
        waves[turn].append(taken)
    return waves
