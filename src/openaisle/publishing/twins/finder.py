"""Looks for twins among the products that changed, joins the certain ones, and asks a person about the others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from openaisle.catalog.merging.repository import kept_merge_rule
from openaisle.catalog.model import Product, ProductUnknown
from openaisle.catalog.queries import CatalogQueries
from openaisle.catalog.repository import PRODUCTS
from openaisle.inventory.joining import ProductJoins
from openaisle.kernel.context import Context, system_context
from openaisle.kernel.errors import TransitionRefused
from openaisle.kernel.pipe import Pipe, Timer
from openaisle.kernel.records import RecordType, due_entry
from openaisle.kernel.search import Aspect, CursorOutdated, SearchIndex
from openaisle.kernel.stream import Change
from openaisle.kernel.table import CommitRefused, Item, Key, Table
from openaisle.kernel.times import sortable_time
from openaisle.publishing.twins.model import (
    REVIEW_SUBJECT,
    Comparison,
    Likeness,
    TwinSearch,
    compared,
    kept_and_joined,
    looks_for_twins,
)
from openaisle.reviews.events import ReviewResolved
from openaisle.reviews.model import Decision, ReviewFinding, ReviewProposal
from openaisle.reviews.use_cases import Reviews

TOPIC = "product-twins"
PRODUCTS_PER_STEP = 500
_REST = timedelta(seconds=5)
_CANDIDATES_MAXIMUM = 5
# What a feed makes in bulk is told by the feed's own record.
_BEGINNINGS = frozenset({PRODUCTS.kind, "feed"})
_RESOLVED = msgspec.json.Decoder(ReviewResolved)
_SEARCH_KEY = Key("CATALOG", "TWIN_SEARCH")

TWIN_SEARCHES = RecordType[TwinSearch](
    kind="twin_search",
    model=TwinSearch,
    key=lambda _: _SEARCH_KEY,
    indexes=lambda search: (due_entry(topic=TOPIC, at=sortable_time(search.due_at), identifier="search"),),
    streamed=False,
)


class TwinFinder:
    """Finds twins. It follows the changes of the index, so whatever it looks for can be found there."""

    def __init__(
        self,
        *,
        table: Table,
        index: SearchIndex,
        queries: CatalogQueries,
        joins: ProductJoins,
        reviews: Reviews,
    ) -> None:
        """Take the ports, and the rooms that know products, join them, and ask people."""
        self._table = table
        self._index = index
        self._queries = queries
        self._joins = joins
        self._reviews = reviews

    async def start(self, *, at: datetime) -> None:
        """Let the search begin, unless it has begun."""
        if await self._table.get(key=_SEARCH_KEY) is None:
            write = TWIN_SEARCHES.create(TwinSearch(due_at=at))
            try:
                await self._table.commit(writes=[write], context=_context(at=at))
            except CommitRefused:
                # Another worker let it begin in this very moment.
                return

    async def go_on(self, *, at: datetime) -> None:
        """Look at the next products that changed, and come due again: at once while there are more."""
        item = await self._table.get(key=_SEARCH_KEY)
        if item is None:
            return
        found = TWIN_SEARCHES.decode(item)
        try:
            page = await self._index.changes(after=found.record.cursor, limit=PRODUCTS_PER_STEP)
        except CursorOutdated:
            page = await self._index.changes(after=None, limit=PRODUCTS_PER_STEP)
        for change in page.changes:
            if Aspect.PRODUCT in change.aspects:
                await self.consider(product_id=change.product_id, context=_context(at=at))
        later = TwinSearch(cursor=page.cursor, due_at=at if page.has_more else at + _REST)
        await self._table.commit(writes=[TWIN_SEARCHES.replace(later, version=found.version)], context=_context(at=at))

    async def consider(self, *, product_id: str, context: Context) -> None:
        """Compare a product with those that might be it; joins or asks. A product that is gone is passed over."""
        product = await self._product(product_id=product_id)
        if product is None or not looks_for_twins(product=product):
            return
        rule = (await kept_merge_rule(table=self._table)).record.rule
        for other in await self._candidates(product=product):
            comparison = compared(product=product, other=other)
            if comparison.likeness is Likeness.DIFFERENT:
                continue
            kept, joined = kept_and_joined(product=product, other=other)
            if comparison.likeness is Likeness.CERTAIN and rule.join_certain_twins:
                await self._join(kept=kept, joined=joined, reason=_reason(comparison), context=context)
                # What the product is now is looked at when the index tells of it.
                return
            await self._ask(kept=kept, joined=joined, comparison=comparison, context=context)

    async def conclude_review(self, *, resolved: ReviewResolved, context: Context) -> None:
        """Join what a person found to be one, or to be one with a third; else the two stay as they are."""
        first, _, second = resolved.subject_id.partition("+")
        if resolved.decision is Decision.CORRECTED:
            second = str(resolved.corrections.get("product_id", ""))
        elif resolved.decision is not Decision.APPROVED:
            return
        joined, kept = await self._product(product_id=first), await self._product(product_id=second)
        if joined is not None and kept is not None:
            await self._join(kept=kept, joined=joined, reason=resolved.reason or "found by a reviewer", context=context)

    async def _candidates(self, *, product: Product) -> list[Product]:
        found = []
        if product.brand and product.part_number:
            found += await self._index.with_part_number(
                brand=product.brand, part_number=product.part_number, limit=_CANDIDATES_MAXIMUM
            )
        if product.gtin is None:
            found += await self._index.similar(title=product.title, brand=product.brand, limit=_CANDIDATES_MAXIMUM)
        identifiers = dict.fromkeys(one.product_id for one in found if one.product_id != product.product_id)
        products = [await self._product(product_id=identifier) for identifier in identifiers]
        return [one for one in products if one is not None]

    async def _product(self, *, product_id: str) -> Product | None:
        try:
            return (await self._queries.product(product_id=product_id)).record
        except ProductUnknown:
            return None

    async def _join(self, *, kept: Product, joined: Product, reason: str, context: Context) -> None:
        try:
            await self._joins.join(product_id=joined.product_id, into=kept.product_id, reason=reason, context=context)
        except TransitionRefused:
            # One of the two was joined elsewhere since it was read; what became of it is looked at anew.
            return

    async def _ask(self, *, kept: Product, joined: Product, comparison: Comparison, context: Context) -> None:
        finding = ReviewFinding(
            field="product_id",
            code="product_twin",
            severity="warning",
            message=f"{joined.title[:120]!r} may be {kept.title[:120]!r}: {_reason(comparison)}.",
            suggestion="Approve if both are one product; reject if they are two.",
            evidence={
                "kept": kept.product_id,
                "joined": joined.product_id,
                "brand": kept.brand or "",
                "part_numbers": f"{kept.part_number or '-'} / {joined.part_number or '-'}",
                "gtins": f"{kept.gtin or '-'} / {joined.gtin or '-'}",
                "score": f"{comparison.score:.2f}",
            },
        )
        proposal = ReviewProposal(
            field="product_id", before=joined.product_id, after=kept.product_id, rule="product_twin"
        )
        pair = f"{joined.product_id}+{kept.product_id}"
        await self._reviews.request(
            subject_kind=REVIEW_SUBJECT,
            subject_id=pair,
            occasion=pair,
            causes=["product_twin"],
            findings=[finding],
            proposals=[proposal],
            context=context,
        )


def twin_timer(*, finder: TwinFinder) -> Timer:
    """Return the timer that lets the search go on."""

    async def handle(items: Sequence[Item], now: datetime) -> None:
        if items:
            await finder.go_on(at=now)

    return Timer(topic=TOPIC, handle=handle)


def twin_pipes(*, finder: TwinFinder) -> tuple[Pipe, ...]:
    """Return the pipes that let the search begin with the first product, and bring in what people decide."""

    async def begin(changes: Sequence[Change]) -> None:
        await finder.start(at=changes[-1].at)

    async def conclude(changes: Sequence[Change]) -> None:
        for change in changes:
            for event in change.events:
                if event.type == ReviewResolved.TYPE:
                    resolved = _RESOLVED.decode(event.data)
                    if resolved.subject_kind == REVIEW_SUBJECT:
                        context = system_context(name=TOPIC, at=change.at, correlation_id=change.correlation_id)
                        await finder.conclude_review(resolved=resolved, context=context)

    return (
        Pipe(name="product-twins", handle=begin, kinds=_BEGINNINGS, batch_size=1_000),
        Pipe(name="product-twin-reviews", handle=conclude, event_types=frozenset({ReviewResolved.TYPE})),
    )


def _reason(comparison: Comparison) -> str:
    if comparison.same_part:
        return f"the same brand and part number, titles alike to {comparison.score:.0%}"
    return f"the same brand, titles alike to {comparison.score:.0%}"


def _context(*, at: datetime) -> Context:
    return system_context(name=TOPIC, at=at, correlation_id=f"{TOPIC}-{int(at.timestamp())}")
