"""Preparing: a file is read, mapped, compared, judged and planned, and nothing of it has touched the catalog yet."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from openaisle.catalog.policy import CatalogPolicy, Policies
from openaisle.catalog.table_rules import TableRule
from openaisle.feeds.applying.first_look import BYTES_MINIMUM, FirstLook
from openaisle.feeds.applying.planning import BatchSizes, Planned, missing_skus, plan_rows, take_unreadable, write_parts
from openaisle.feeds.applying.terms import FAMILIES, judge_terms
from openaisle.feeds.applying.threads import on_thread, opened
from openaisle.feeds.doubts.findings import doubt_codes
from openaisle.feeds.doubts.model import SUBJECT_KIND
from openaisle.feeds.doubts.rules import apply_kept_rules
from openaisle.feeds.events import FeedFailed, FeedHeld
from openaisle.feeds.judging.judge import judge, make_news
from openaisle.feeds.mapping.model import FeedMapping, NeedsConfirmation
from openaisle.feeds.mapping.questions import left_out
from openaisle.feeds.mapping.rendering import render
from openaisle.feeds.mapping.use_cases import MappingUseCases
from openaisle.feeds.model import (
    Feed,
    FeedHold,
    FeedKind,
    FeedMode,
    FeedPlan,
    FeedState,
    FileFacts,
    HoldReason,
    decide_failed,
    decide_held,
    decide_looked,
    decide_planned,
    decide_reading,
    decide_validating,
)
from openaisle.feeds.queries import FeedQueries
from openaisle.feeds.reading import FileParsers, FileUnreadable, ReadFile, ReadingLimits, read_file
from openaisle.feeds.repository import FEED_CAUSES, FEEDS, feed_blob_name, plan_blob_name
from openaisle.feeds.state.delta import compare, load_state
from openaisle.feeds.state.keeping import Known, SupplierState
from openaisle.kernel.blobs import Blobs
from openaisle.kernel.context import Context
from openaisle.kernel.records import Event, decided_anew
from openaisle.kernel.table import Table, Write
from openaisle.kernel.tabular import Workbench, Workbenches
from openaisle.reviews.rules.model import KeptRule
from openaisle.reviews.rules.rulebook import Rulebook

# Raised when what judging means changes in a way that rows judged before would fare differently.
JUDGING_VERSION = 1
_READABLE = frozenset({FeedState.RECEIVED, FeedState.READING, FeedState.VALIDATING})

Rules = Callable[[], Awaitable[Sequence[TableRule]]]


class FeedLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What feeds may do: a full feed that misses more than this share of what it named before is held."""

    missing_percent_maximum: int = 20
    missing_always_allowed: int = 10
    looked_at_from_bytes: int = BYTES_MINIMUM
    reading: ReadingLimits = ReadingLimits()


class FeedPreparation:
    """Turns a received feed into a plan."""

    def __init__(
        self,
        *,
        table: Table,
        blobs: Blobs,
        workbenches: Workbenches,
        queries: FeedQueries,
        state: SupplierState,
        mappings: MappingUseCases,
        policy: Policies,
        rules: Rules,
        parsers: FileParsers | None = None,
        limits: FeedLimits | None = None,
        sizes: BatchSizes | None = None,
    ) -> None:
        """Take the ports, the state of suppliers, what finds out what columns mean, and the rules and limits."""
        self._table = table
        self._blobs = blobs
        self._workbenches = workbenches
        self._queries = queries
        self._state = state
        self._mappings = mappings
        self._policy = policy
        self._rules = rules
        self._parsers = parsers
        self._limits = limits or FeedLimits()
        self._first_look = FirstLook(
            workbenches=workbenches,
            mappings=mappings,
            policy=policy,
            rules=rules,
            parsers=parsers,
            limits=self._limits.reading,
            bytes_minimum=self._limits.looked_at_from_bytes,
        )
        self._sizes = sizes or BatchSizes()
        self._rulebook = Rulebook(table=table)

    async def prepare(self, *, feed_id: str, context: Context) -> FeedState:
        """Prepare a feed from its beginning and return its state; a file nobody can read fails the feed.

        Whatever an earlier try left behind is made anew, under names of its own.
        """
        feed = (await self._queries.feed(scope=None, feed_id=feed_id)).record
        if feed.state not in _READABLE:
            return feed.state
        feed = await self._commit(
            feed_id=feed_id, decide=lambda one: decide_reading(feed=one, at=context.at), context=context
        )
        known = await self._state.known(supplier_id=feed.supplier_id, context=context)
        names = [feed_blob_name(feed_id=feed_id), *(part.name for part in known.manifest.parts)]
        async with opened(workbenches=self._workbenches, blobs=self._blobs, names=names) as (workbench, paths):
            try:
                return await self._prepare(feed=feed, known=known, workbench=workbench, paths=paths, context=context)
            except FileUnreadable as unreadable:
                return await self._fail(feed_id=feed_id, unreadable=unreadable, context=context)

    async def _prepare(
        self, *, feed: Feed, known: Known, workbench: Workbench, paths: Mapping[str, Path], context: Context
    ) -> FeedState:
        path = paths[feed_blob_name(feed_id=feed.feed_id)]
        await self._look(feed=feed, path=path, context=context)
        read = await on_thread(
            workbench,
            lambda: read_file(workbench=workbench, path=path, limits=self._limits.reading, parsers=self._parsers),
        )
        mapping = await self._mappings.mapping_for(feed=feed, read_file=read, workbench=workbench, context=context)
        if isinstance(mapping, NeedsConfirmation):
            hold = FeedHold(reason=HoldReason.MAPPING_NEEDED, detail=_question(asked=mapping))
            return await self._hold(feed_id=feed.feed_id, hold=hold, context=context)
        await on_thread(workbench, lambda: render(workbench=workbench, mapping=mapping))
        file = _file_facts(read=read, mapping=mapping)
        await self._commit(
            feed_id=feed.feed_id,
            decide=lambda one: decide_validating(feed=one, file=file, at=context.at),
            context=context,
        )
        rules = await self._rules() if feed.kind is FeedKind.PRODUCTS else ()
        policy = await self._policy()
        missing, before = await on_thread(
            workbench,
            lambda: self._compare(
                feed=feed,
                known=known,
                workbench=workbench,
                paths=paths,
                salt=_salt(feed=feed, policy=policy, rules=rules),
            ),
        )
        if self._is_too_much(feed=feed, missing=missing, known=before):
            detail = (
                f"The file no longer names {missing} of {before} articles, and a full feed withdraws what it does not "
                "name. Confirm if that is meant; cancel and send the whole file if it is not."
            )
            hold = FeedHold(reason=HoldReason.TOO_MANY_MISSING, detail=detail)
            return await self._hold(feed_id=feed.feed_id, hold=hold, context=context)
        kept = await self._kept_rules(feed=feed, rules=rules)
        planned, parts, settling = await on_thread(
            workbench, lambda: self._judge(feed=feed, workbench=workbench, policy=policy, rules=rules, kept=kept)
        )
        for part, file_path in parts.items():
            name = plan_blob_name(feed_id=feed.feed_id, attempt=feed.attempts, part=part)
            await self._blobs.take(name=name, path=file_path)
        plan = FeedPlan(
            attempt=feed.attempts,
            batches=planned.batches,
            fast_batches=planned.fast_batches,
            touched_through=known.touched_through,
            doubts=doubt_codes(rules=rules),
        )
        done = await self._commit(
            feed_id=feed.feed_id,
            decide=lambda one: decide_planned(feed=one, plan=plan, counts=planned.counts, at=context.at),
            context=context,
            beside=[
                FEED_CAUSES.store(planned.causes),
                *self._rulebook.applied(
                    subject_kind=SUBJECT_KIND, subject_id=feed.feed_id, rules=settling, context=context
                ),
            ],
        )
        return done.state

    async def _look(self, *, feed: Feed, path: Path, context: Context) -> None:
        """Record what is found in the first rows of a large file."""
        looked = await self._first_look.causes(feed=feed, path=path, context=context)
        if looked is not None:
            await self._commit(
                feed_id=feed.feed_id,
                decide=lambda one: decide_looked(feed=one, rows=looked.first_rows, at=context.at),
                context=context,
                beside=[FEED_CAUSES.store(looked)],
            )

    def _compare(
        self,
        *,
        feed: Feed,
        known: Known,
        workbench: Workbench,
        paths: Mapping[str, Path],
        salt: str,
    ) -> tuple[int, int]:
        load_state(workbench=workbench, manifest=known.manifest, paths=paths)
        take_unreadable(workbench=workbench)
        compare(workbench=workbench, salt=salt, families=FAMILIES[feed.kind], touched_skus=known.touched_skus)
        full = feed.mode is FeedMode.FULL and feed.kind is FeedKind.PRODUCTS
        return missing_skus(workbench=workbench, full=full)

    async def _kept_rules(self, *, feed: Feed, rules: Sequence[TableRule]) -> list[KeptRule]:
        if feed.kind is not FeedKind.PRODUCTS:
            return []
        return await self._rulebook.in_force(subject_kind=SUBJECT_KIND, codes=doubt_codes(rules=rules))

    def _judge(
        self,
        *,
        feed: Feed,
        workbench: Workbench,
        policy: CatalogPolicy,
        rules: Sequence[TableRule],
        kept: Sequence[KeptRule],
    ) -> tuple[Planned, dict[str, Path], list[KeptRule]]:
        """Judge and plan; returns also the kept rules that settled something."""
        make_news(workbench=workbench)
        workbench.run(sql="CREATE OR REPLACE TABLE repeated AS SELECT row FROM delta WHERE repeated")
        sizes = self._sizes
        if feed.kind is FeedKind.PRODUCTS:
            judge(workbench=workbench, policy=policy, rules=rules, cells="news")
        else:
            sizes = sizes._replace(slow=sizes.terms)
            judge_terms(workbench=workbench, kind=feed.kind, policy=policy)
        settled = apply_kept_rules(workbench=workbench, kept=kept, rules=rules, policy=policy)
        supplier_id = feed.supplier_id
        planned = plan_rows(workbench=workbench, feed_id=feed.feed_id, supplier_id=supplier_id, sizes=sizes)
        return planned, write_parts(workbench=workbench, supplier_id=supplier_id), [rule for rule, _ in settled]

    def _is_too_much(self, *, feed: Feed, missing: int, known: int) -> bool:
        if HoldReason.TOO_MANY_MISSING in feed.confirmed or missing <= self._limits.missing_always_allowed:
            return False
        return missing * 100 > known * self._limits.missing_percent_maximum

    async def _hold(self, *, feed_id: str, hold: FeedHold, context: Context) -> FeedState:
        held = await self._commit(
            feed_id=feed_id,
            decide=lambda one: decide_held(feed=one, hold=hold, at=context.at),
            context=context,
            event=lambda one: FeedHeld(supplier_id=one.supplier_id, feed_id=feed_id, reason=hold.reason.value),
        )
        return held.state

    async def _fail(self, *, feed_id: str, unreadable: FileUnreadable, context: Context) -> FeedState:
        failed = await self._commit(
            feed_id=feed_id,
            decide=lambda one: decide_failed(feed=one, issues=(unreadable.issue,), at=context.at),
            context=context,
            event=lambda one: FeedFailed(supplier_id=one.supplier_id, feed_id=feed_id),
        )
        return failed.state

    async def _commit(
        self,
        *,
        feed_id: str,
        decide: Callable[[Feed], Feed],
        context: Context,
        beside: Sequence[Write] = (),
        event: Callable[[Feed], Event] | None = None,
    ) -> Feed:
        async def attempt() -> Feed:
            found = await self._queries.feed(scope=None, feed_id=feed_id)
            changed = decide(found.record)
            events = [event(changed)] if event is not None else []
            write = FEEDS.replace(changed, version=found.version, events=events)
            await self._table.commit(writes=[write, *beside], context=context)
            return changed

        return await decided_anew(attempt)


def _salt(*, feed: Feed, policy: CatalogPolicy, rules: Sequence[TableRule]) -> str:
    """Return what stands for all that rows are judged by; short, because it is hashed with every row."""
    told = "|".join([str(JUDGING_VERSION), feed.kind.value, repr(policy), *(repr(rule) for rule in rules)])
    return hashlib.sha256(told.encode()).hexdigest()


def _question(*, asked: NeedsConfirmation) -> str:
    listed = " ".join(one.message for one in asked.questions[:5])
    return f"What the columns of this file mean must be confirmed once. {listed}"[:1_000]


def _file_facts(*, read: ReadFile, mapping: FeedMapping) -> FileFacts:
    return FileFacts(
        row_count=read.row_count,
        encoding=read.encoding,
        delimiter=read.delimiter,
        issues=(*read.issues, *left_out(mapping=mapping)),
    )
