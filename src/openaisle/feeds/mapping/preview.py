"""The first rows of a feed as they would be judged, without applying anything."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from openaisle.catalog.issues import Issue
from openaisle.catalog.policy import CatalogPolicy, Policies
from openaisle.catalog.table_rules import TableRule
from openaisle.feeds.judging.judge import judge
from openaisle.feeds.mapping.model import FeedMapping, MappingState, Question, SupplierMapping, require_usable
from openaisle.feeds.mapping.queries import MappingQueries
from openaisle.feeds.mapping.remembering import aligned
from openaisle.feeds.mapping.rendering import render
from openaisle.feeds.mapping.sampling import sample_columns
from openaisle.feeds.mapping.use_cases import MappingUseCases
from openaisle.feeds.mapping.words import OperatorWords
from openaisle.feeds.model import Feed, FeedUnknown
from openaisle.feeds.reading.model import FileFormat, FileParsers, FileUnreadable, ReadFile, ReadingLimits
from openaisle.feeds.reading.reading import read_file
from openaisle.feeds.repository import FEEDS, feed_blob_name, feed_key
from openaisle.kernel.blobs import Blobs
from openaisle.kernel.context import Context, SupplierScope
from openaisle.kernel.errors import RequestInvalid
from openaisle.kernel.table import Table
from openaisle.kernel.tabular import Workbench, Workbenches

MAXIMUM_ROWS = 100
# The first rows alone may be all alike; these are read, the first of them shown.
_ROWS_READ = 1_000
_CELL_CHARACTERS = 200
_CATEGORY_TEXTS = 20
_AT_ONCE = 2


class PreviewImpossible(RequestInvalid):
    """The file cannot be read at all; detail says why."""

    code = "preview-impossible"
    title = "The file cannot be read"
    mend = "Mend the file as detail says and send it again."


class PreviewIssue(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was found in a row."""

    field: str
    code: str
    severity: str
    message: str
    suggestion: str | None = None


class PreviewCorrection(msgspec.Struct, frozen=True, kw_only=True):
    """What was mended in a row, and by which rule."""

    field: str
    before: str
    after: str
    rule: str


class PreviewRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row as it would be judged; ``facts`` are those after its corrections, by field."""

    row: int
    verdict: str
    facts: Mapping[str, str]
    issues: tuple[PreviewIssue, ...] = ()
    corrections: tuple[PreviewCorrection, ...] = ()


class CategoryProposal(msgspec.Struct, frozen=True, kw_only=True):
    """A category of the file that the mapping does not map, with categories of the marketplace that it may mean."""

    text: str
    rows: int
    suggestions: tuple[str, ...]


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """The first rows of a feed: its columns, what they mean or may mean, and the rows as they would be judged.

    ``counts`` are the verdicts of the ``rows_read`` first rows, of which some are shown.
    """

    feed_id: str
    mapping_id: str
    state: MappingState
    format: FileFormat
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    mapping: FeedMapping
    samples: tuple[tuple[str, ...], ...]
    questions: tuple[Question, ...]
    issues: tuple[Issue, ...]
    rows_read: int
    counts: Mapping[str, int]
    rows: tuple[PreviewRow, ...]
    categories: tuple[CategoryProposal, ...]


class _Judged(msgspec.Struct, frozen=True, kw_only=True):
    rows_read: int
    counts: Mapping[str, int]
    rows: tuple[PreviewRow, ...]
    categories: tuple[tuple[str, int], ...]


class FeedPreviews:
    """Makes previews, a few at once: each keeps a core busy for a moment."""

    def __init__(
        self,
        *,
        table: Table,
        blobs: Blobs,
        workbenches: Workbenches,
        mappings: MappingUseCases,
        queries: MappingQueries,
        policy: Policies,
        rules: Callable[[], Awaitable[Sequence[TableRule]]],
        words: OperatorWords | None = None,
        parsers: FileParsers | None = None,
        limits: ReadingLimits | None = None,
    ) -> None:
        """Take the ports, the mappings, and what rows are judged by; ``words`` are the operator's own."""
        self._table = table
        self._blobs = blobs
        self._workbenches = workbenches
        self._mappings = mappings
        self._queries = queries
        self._policy = policy
        self._rules = rules
        self._words = words
        self._parsers = parsers
        self._limits = limits or ReadingLimits()
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def preview(
        self,
        *,
        scope: SupplierScope | None,
        feed_id: str,
        mapping: FeedMapping | None,
        rows: int,
        context: Context,
    ) -> Preview:
        """Return the first rows judged by ``mapping``, or by the feed's own if it is None. Nothing is kept.

        Raises FeedUnknown, MappingInvalid, PreviewImpossible, BlobMissing.
        """
        feed = await self._feed(scope=scope, feed_id=feed_id)
        rules = await self._rules()
        async with self._turns, self._blobs.as_file(name=feed_blob_name(feed_id=feed_id)) as path:
            opened = self._workbenches.open(files=[path])
            workbench = await asyncio.to_thread(opened.__enter__)
            try:
                return await self._made(
                    feed=feed, path=path, workbench=workbench, mapping=mapping, rows=rows, rules=rules, context=context
                )
            finally:
                await asyncio.to_thread(opened.__exit__, None, None, None)

    async def _made(
        self,
        *,
        feed: Feed,
        path: Path,
        workbench: Workbench,
        mapping: FeedMapping | None,
        rows: int,
        rules: Sequence[TableRule],
        context: Context,
    ) -> Preview:
        try:
            file = await asyncio.to_thread(
                read_file,
                workbench=workbench,
                path=path,
                limits=self._limits,
                parsers=self._parsers,
                rows_maximum=_ROWS_READ,
            )
        except FileUnreadable as refused:
            raise PreviewImpossible(detail=refused.issue.message) from None
        known = await self._known(feed=feed, file=file, workbench=workbench, context=context)
        used = aligned(mapping=mapping or known.mapping, headers=file.headers)
        if mapping is not None:
            require_usable(mapping=mapping)
        policy = await self._policy()
        judged = await asyncio.to_thread(
            _judged, workbench=workbench, mapping=used, policy=policy, rules=rules, rows=rows
        )
        return Preview(
            feed_id=feed.feed_id,
            mapping_id=known.mapping_id,
            state=known.state,
            format=file.format,
            encoding=file.encoding,
            delimiter=file.delimiter,
            sheet=file.sheet,
            mapping=used,
            samples=known.samples,
            questions=known.questions if mapping is None else (),
            issues=file.issues,
            rows_read=judged.rows_read,
            counts=judged.counts,
            rows=judged.rows,
            categories=await self._proposals(texts=judged.categories),
        )

    async def _feed(self, *, scope: SupplierScope | None, feed_id: str) -> Feed:
        item = await self._table.get(key=feed_key(feed_id=feed_id))
        feed = FEEDS.decode(item).record if item is not None else None
        if feed is None or (scope is not None and feed.supplier_id != scope.supplier_id):
            raise FeedUnknown(detail=f"There is no feed {feed_id[:60]}.")
        return feed

    async def _known(self, *, feed: Feed, file: ReadFile, workbench: Workbench, context: Context) -> SupplierMapping:
        found = await self._queries.mapping_of_feed(feed_id=feed.feed_id)
        if found is not None:
            return found.record
        samples = await asyncio.to_thread(sample_columns, workbench=workbench)
        return await self._mappings.proposed(feed=feed, headers=file.headers, samples=samples, context=context)

    async def _proposals(self, *, texts: Sequence[tuple[str, int]]) -> tuple[CategoryProposal, ...]:
        words = self._words
        if words is None:
            return ()
        return tuple(
            [
                CategoryProposal(text=text, rows=rows, suggestions=tuple(await words.categories(text=text)))
                for text, rows in texts
            ]
        )


def _judged(
    *,
    workbench: Workbench,
    mapping: FeedMapping,
    policy: CatalogPolicy,
    rules: Sequence[TableRule],
    rows: int,
) -> _Judged:
    """Return the first rows judged; blocks."""
    render(workbench=workbench, mapping=mapping)
    counts = judge(workbench=workbench, policy=policy, rules=rules)
    columns = workbench.columns(table="cells")
    texts: list[tuple[str, int]] = []
    if "category" in columns:
        sql = (
            f"SELECT left(category, {_CELL_CHARACTERS}), count(*) FROM cells WHERE category IS NOT NULL"
            f" GROUP BY ALL ORDER BY 2 DESC, 1 LIMIT {_CATEGORY_TEXTS}"
        )
        texts = [(text, count) for batch in workbench.rows(sql=sql) for text, count in batch]
    return _Judged(
        rows_read=counts.rows,
        counts={name: getattr(counts, name) for name in ("accepted", "corrected", "in_review", "rejected")},
        rows=_shown_rows(workbench=workbench, count=min(rows, MAXIMUM_ROWS)),
        categories=tuple(texts),
    )


def _shown_rows(*, workbench: Workbench, count: int) -> tuple[PreviewRow, ...]:
    names = [name for name in workbench.columns(table="judged") if name not in {"row", "verdict", "facts_hash", "fast"}]
    listed = ", ".join(f"left(CAST({name} AS VARCHAR), {_CELL_CHARACTERS})" for name in names)
    last = workbench.value(sql=f"SELECT max(row) FROM (SELECT row FROM judged ORDER BY row LIMIT {count})") or 0
    where = f"WHERE row <= {last} ORDER BY row"
    issues: dict[int, list[PreviewIssue]] = {}
    sql = f"SELECT row, field, code, severity, message, suggestion FROM issues {where}"
    for batch in workbench.rows(sql=sql):
        for row, field, code, severity, message, suggestion in batch:
            found = PreviewIssue(field=field, code=code, severity=severity, message=message, suggestion=suggestion)
            issues.setdefault(row, []).append(found)
    corrections: dict[int, list[PreviewCorrection]] = {}
    for batch in workbench.rows(sql=f"SELECT row, field, before, after, rule FROM corrections {where}"):
        for row, field, before, after, rule in batch:
            mended = PreviewCorrection(field=field, before=before, after=after, rule=rule)
            corrections.setdefault(row, []).append(mended)
    shown = []
    for batch in workbench.rows(sql=f"SELECT row, verdict, {listed} FROM judged {where}"):
        for row, verdict, *cells in batch:
            facts = {name: cell for name, cell in zip(names, cells, strict=True) if cell not in {None, "{}", "[]"}}
            shown.append(
                PreviewRow(
                    row=row,
                    verdict=verdict,
                    facts=facts,
                    issues=tuple(issues.get(row, ())),
                    corrections=tuple(corrections.get(row, ())),
                )
            )
    return tuple(shown)
