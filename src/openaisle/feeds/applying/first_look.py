"""A first look: the first rows of a large file are judged before the rest is read, so that what is wrong shows at once.

What it finds is shown and nothing more; the feed is prepared as if nobody had looked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import msgspec

from openaisle.catalog.policy import CatalogPolicy, Policies
from openaisle.catalog.table_rules import TableRule
from openaisle.feeds.applying.planning import causes_of_judged
from openaisle.feeds.applying.threads import on_thread
from openaisle.feeds.judging.judge import judge
from openaisle.feeds.mapping.model import FeedMapping, MappingState
from openaisle.feeds.mapping.remembering import aligned
from openaisle.feeds.mapping.rendering import render
from openaisle.feeds.mapping.sampling import sample_columns
from openaisle.feeds.mapping.use_cases import MappingUseCases
from openaisle.feeds.model import Feed, FeedKind
from openaisle.feeds.reading import FileParsers, FileUnreadable, ReadingLimits, read_file
from openaisle.feeds.report import FeedCauses
from openaisle.kernel.context import Context
from openaisle.kernel.tabular import StatementFailed, Workbench, Workbenches, WorkbenchFull

# Below this a feed is judged as a whole within a second.
BYTES_MINIMUM = 4_000_000
ROWS = 5_000


class FirstLook:
    """Looks at the first rows of feeds of products."""

    def __init__(
        self,
        *,
        workbenches: Workbenches,
        mappings: MappingUseCases,
        policy: Policies,
        rules: Callable[[], Awaitable[Sequence[TableRule]]],
        parsers: FileParsers | None,
        limits: ReadingLimits,
        bytes_minimum: int = BYTES_MINIMUM,
    ) -> None:
        """Take the ports, the mappings, and what rows are judged by; smaller files are not looked at."""
        self._workbenches = workbenches
        self._mappings = mappings
        self._policy = policy
        self._rules = rules
        self._parsers = parsers
        self._limits = limits
        self._bytes_minimum = bytes_minimum

    async def causes(self, *, feed: Feed, path: Path, context: Context) -> FeedCauses | None:
        """Return what is found in the first rows by cause; None where it is not known what the columns mean.

        A file that cannot be read gives None, too: reading it whole tells why.
        """
        if feed.kind is not FeedKind.PRODUCTS or feed.byte_count < self._bytes_minimum:
            return None
        opened = self._workbenches.open(files=[path])
        workbench = await asyncio.to_thread(opened.__enter__)
        try:
            return await self._looked(feed=feed, path=path, workbench=workbench, context=context)
        except (FileUnreadable, StatementFailed, WorkbenchFull):
            return None
        finally:
            await asyncio.to_thread(opened.__exit__, None, None, None)

    async def _looked(self, *, feed: Feed, path: Path, workbench: Workbench, context: Context) -> FeedCauses | None:
        file = await on_thread(
            workbench,
            lambda: read_file(
                workbench=workbench, path=path, limits=self._limits, parsers=self._parsers, rows_maximum=ROWS
            ),
        )
        samples = await on_thread(workbench, lambda: sample_columns(workbench=workbench))
        guessed = await self._mappings.proposed(feed=feed, headers=file.headers, samples=samples, context=context)
        if guessed.state is MappingState.PROPOSED:
            return None
        mapping = aligned(mapping=guessed.mapping, headers=file.headers)
        policy, rules = await self._policy(), await self._rules()
        found = await on_thread(
            workbench,
            lambda: _judged(workbench=workbench, mapping=mapping, policy=policy, rules=rules, feed_id=feed.feed_id),
        )
        return msgspec.structs.replace(found, first_rows=file.row_count)


def _judged(
    *,
    workbench: Workbench,
    mapping: FeedMapping,
    policy: CatalogPolicy,
    rules: Sequence[TableRule],
    feed_id: str,
) -> FeedCauses:
    render(workbench=workbench, mapping=mapping)
    judge(workbench=workbench, policy=policy, rules=rules)
    return causes_of_judged(workbench=workbench, feed_id=feed_id)
