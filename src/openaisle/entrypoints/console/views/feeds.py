"""Feeds: the list with their counts, and one feed with what was found and mended row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from openaisle.catalog.issues import Correction
from openaisle.catalog.issues import Issue as CatalogIssue
from openaisle.entrypoints.console.formats import actor_text, count_text, full_moment_text
from openaisle.entrypoints.console.views.common import Fact, FieldChange, Issue, Paging
from openaisle.entrypoints.console.views.feed_report import FeedReportView, feed_report_view
from openaisle.feeds.model import Feed
from openaisle.feeds.queries import ROWS_CURSOR
from openaisle.feeds.report import FeedCauses

LIST_HREF = "/console/feeds"
_REPORTS_SHOWN = 25


class FeedRow(msgspec.Struct, frozen=True, kw_only=True):
    """One feed of a list."""

    feed_id: str
    supplier: str
    state: str
    received_at: datetime
    rows: int
    rejected: int
    in_review: int
    corrected: int


class FeedsPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of feeds, the newest first."""

    feeds: tuple[FeedRow, ...]
    paging: Paging


class RowReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was found and mended in one row of the file; ``row`` 0 is the file as a whole."""

    row: int
    issues: tuple[Issue, ...]
    corrections: tuple[FieldChange, ...]


class FeedPage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one feed; ``reports`` are those of one page of rows."""

    supplier: str
    feed: FeedReportView
    facts: tuple[Fact, ...]
    reports: tuple[RowReport, ...]
    next_after: str | None


def feed_row(*, feed: Feed, suppliers: Mapping[str, str]) -> FeedRow:
    """Return the feed as a row of a list; ``suppliers`` are names by identifier."""
    return FeedRow(
        feed_id=feed.feed_id,
        supplier=suppliers.get(feed.supplier_id, feed.supplier_id),
        state=feed.state.value,
        received_at=feed.received_at,
        rows=feed.counts.rows,
        rejected=feed.counts.rejected,
        in_review=feed.counts.in_review,
        corrected=feed.counts.corrected,
    )


def feed_page(
    *,
    feed: Feed,
    suppliers: Mapping[str, str],
    causes: FeedCauses,
    reports: tuple[RowReport, ...],
    next_after: str | None,
) -> FeedPage:
    """Return the page of one feed with the issues and corrections of one page of its rows."""
    counts = feed.counts
    supplier = suppliers.get(feed.supplier_id, feed.supplier_id)
    return FeedPage(
        supplier=supplier,
        feed=feed_report_view(feed=feed, causes=causes),
        facts=(
            Fact(label="Supplier", value=supplier, href=f"/console/suppliers/{feed.supplier_id}"),
            Fact(label="File", value=feed.file_name or ""),
            Fact(label="Received", value=full_moment_text(at=feed.received_at)),
            Fact(label="Size", value=f"{count_text(number=feed.byte_count)} bytes"),
            Fact(label="Encoding", value=feed.encoding or ""),
            Fact(label="Delimiter", value=repr(feed.delimiter) if feed.delimiter else ""),
            Fact(label="New, changed", value=f"{count_text(number=counts.new)}, {count_text(number=counts.changed)}"),
            Fact(label="Withdrawn", value=count_text(number=counts.removed)),
            Fact(label="SHA-256", value=feed.sha256, code=True),
            Fact(label="Feed id", value=feed.feed_id, code=True),
        ),
        reports=reports,
        next_after=next_after,
    )


def row_reports(*, issues: Sequence[CatalogIssue], corrections: Sequence[Correction]) -> tuple[RowReport, ...]:
    """Return issues and corrections by the row they are about, in the order of the file."""
    found: dict[int, tuple[list[Issue], list[FieldChange]]] = {}
    for issue in issues:
        shown = Issue(
            severity=issue.severity.value,
            code=str(issue.code),
            field=issue.field,
            message=issue.message,
            suggestion=issue.suggestion or "",
        )
        found.setdefault(issue.row or 0, ([], []))[0].append(shown)
    for one in corrections:
        change = FieldChange(
            field=one.field,
            before=one.before,
            after=one.after,
            rule=one.rule.value,
            who=actor_text(actor=one.who),
        )
        found.setdefault(one.row or 0, ([], []))[1].append(change)
    return tuple(
        RowReport(row=row, issues=tuple(listed), corrections=tuple(changes))
        for row, (listed, changes) in sorted(found.items())
    )


def few_reports(*, reports: tuple[RowReport, ...], next_after: str | None) -> tuple[tuple[RowReport, ...], str | None]:
    """Return as many reports as one reads at a time, and the cursor that goes on behind them.

    Reports of a feed under way have another cursor, which cannot go on in the middle: there they all stay.
    """
    in_order = next_after is None or next_after.startswith(ROWS_CURSOR)
    if len(reports) <= _REPORTS_SHOWN or not in_order:
        return reports, next_after
    shown = reports[:_REPORTS_SHOWN]
    return shown, f"{ROWS_CURSOR}{shown[-1].row}"
