"""What a feed's columns mean: known, guessed for certain, or asked; and what a person answers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from openaisle.feeds.mapping.events import FeedMappingConfirmed
from openaisle.feeds.mapping.guessing import KnownHeaders, guess
from openaisle.feeds.mapping.model import (
    FeedMapping,
    MappingState,
    MappingTransitionRefused,
    MappingUnknown,
    NeedsConfirmation,
    SupplierMapping,
    decide_confirmed,
    mapping_identifier,
)
from openaisle.feeds.mapping.queries import MappingQueries
from openaisle.feeds.mapping.remembering import aligned, known_headers
from openaisle.feeds.mapping.repository import LINKS, MAPPINGS, FeedMappingLink, mapping_key
from openaisle.feeds.mapping.sampling import sample_columns, shown_samples
from openaisle.feeds.mapping.words import OperatorWords
from openaisle.feeds.model import Feed, FeedState, FeedUnknown, HoldReason
from openaisle.feeds.model import decide_confirmed as decide_feed_confirmed
from openaisle.feeds.reading.model import ReadFile
from openaisle.feeds.repository import FEEDS, feed_key
from openaisle.kernel.context import Context, SupplierScope
from openaisle.kernel.records import Versioned, decided_anew
from openaisle.kernel.table import Table, Write
from openaisle.kernel.tabular import Workbench

# More feeds than these do not wait for one answer: the others are asked for again when they are read.
_MAXIMUM_WAITING = 20


class MappingUseCases:
    """Finds the mapping of a feed, and keeps what a person says of it."""

    def __init__(self, *, table: Table, queries: MappingQueries, words: OperatorWords | None = None) -> None:
        """Take the table in which mappings stand, their queries, and the operator's own words."""
        self._table = table
        self._queries = queries
        self._words = words

    async def mapping_for(
        self, *, feed: Feed, read_file: ReadFile, workbench: Workbench, context: Context
    ) -> FeedMapping | NeedsConfirmation:
        """Return what the columns of a feed mean, or what must be confirmed before it can go on.

        ``workbench`` holds the table ``raw`` of the file. Called again for the same feed it answers the same, until
        somebody has confirmed the mapping.
        """
        mapping_id = mapping_identifier(supplier_id=feed.supplier_id, kind=feed.kind, headers=read_file.headers)

        async def attempt() -> SupplierMapping:
            item = await self._table.get(key=mapping_key(mapping_id=mapping_id))
            found = MAPPINGS.decode(item) if item is not None else None
            writes: list[Write] = []
            if found is None:
                samples = await asyncio.to_thread(sample_columns, workbench=workbench)
                record = await self.proposed(feed=feed, headers=read_file.headers, samples=samples, context=context)
                writes.append(MAPPINGS.create(record))
            else:
                record = _awaited(known=found.record, feed_id=feed.feed_id)
                if record != found.record:
                    writes.append(MAPPINGS.replace(record, version=found.version))
            link = FeedMappingLink(feed_id=feed.feed_id, mapping_id=mapping_id, linked_at=context.at)
            await self._table.commit(writes=[*writes, LINKS.store(link)], context=context)
            return record

        record = await decided_anew(attempt)
        if record.state is MappingState.PROPOSED:
            return NeedsConfirmation(mapping_id=mapping_id, questions=record.questions)
        return aligned(mapping=record.mapping, headers=read_file.headers)

    async def proposed(
        self, *, feed: Feed, headers: tuple[str, ...], samples: list[list[str]], context: Context
    ) -> SupplierMapping:
        """Return what is guessed of columns that are not known yet; nothing is kept."""
        known = await self._known(supplier_id=feed.supplier_id, kind=feed.kind, headers=headers)
        guessed = await asyncio.to_thread(guess, headers=headers, samples=samples, kind=feed.kind, known=known)
        return SupplierMapping(
            mapping_id=mapping_identifier(supplier_id=feed.supplier_id, kind=feed.kind, headers=headers),
            supplier_id=feed.supplier_id,
            kind=feed.kind,
            state=MappingState.AUTOMATIC if guessed.certain else MappingState.PROPOSED,
            mapping=guessed.mapping,
            questions=guessed.questions,
            samples=shown_samples(samples=samples),
            waiting_feed_ids=() if guessed.certain else (feed.feed_id,),
            created_at=context.at,
            changed_at=context.at,
            changed_by=context.principal.actor,
        )

    async def confirm(
        self, *, scope: SupplierScope | None, mapping_id: str, mapping: FeedMapping, context: Context
    ) -> SupplierMapping:
        """Keep what a person says the columns mean; the feeds that waited for it are read again.

        Raises MappingUnknown, MappingInvalid, MappingTransitionRefused.
        """

        async def attempt() -> SupplierMapping:
            found = await self._queries.mapping(scope=scope, mapping_id=mapping_id)
            return await self._confirmed(
                found=found, feed_ids=found.record.waiting_feed_ids, mapping=mapping, context=context
            )

        return await decided_anew(attempt)

    async def confirm_for_feed(
        self, *, scope: SupplierScope | None, feed_id: str, mapping: FeedMapping, context: Context
    ) -> SupplierMapping:
        """Keep what a person says the columns of a feed mean; it is read again if it waited for that.

        Raises FeedUnknown, MappingUnknown, MappingInvalid, MappingTransitionRefused.
        """

        async def attempt() -> SupplierMapping:
            item = await self._table.get(key=feed_key(feed_id=feed_id))
            feed = FEEDS.decode(item).record if item is not None else None
            if feed is None or (scope is not None and feed.supplier_id != scope.supplier_id):
                raise FeedUnknown(detail=f"There is no feed {feed_id[:60]}.")
            found = await self._queries.mapping_of_feed(feed_id=feed_id)
            if found is None:
                raise MappingUnknown(detail="The feed was not read yet.")
            feed_ids = tuple(dict.fromkeys((*found.record.waiting_feed_ids, feed_id)))
            return await self._confirmed(found=found, feed_ids=feed_ids, mapping=mapping, context=context)

        return await decided_anew(attempt)

    async def _confirmed(
        self,
        *,
        found: Versioned[SupplierMapping],
        feed_ids: tuple[str, ...],
        mapping: FeedMapping,
        context: Context,
    ) -> SupplierMapping:
        names = tuple(one.header for one in found.record.mapping.columns)
        if sorted(one.header for one in mapping.columns) == sorted(names):
            # The feed at hand may have its columns in another order than the one that was seen first.
            mapping = aligned(mapping=mapping, headers=names)
        confirmed = decide_confirmed(known=found.record, mapping=mapping, by=context.principal.actor, at=context.at)
        waiting = await self._waiting(feed_ids=feed_ids)
        event = FeedMappingConfirmed(
            supplier_id=confirmed.supplier_id,
            mapping_id=confirmed.mapping_id,
            feed_ids=tuple(feed.record.feed_id for feed in waiting),
        )
        writes: list[Write] = [MAPPINGS.replace(confirmed, version=found.version, events=(event,))]
        writes += [
            FEEDS.replace(decide_feed_confirmed(feed=feed.record, at=context.at), version=feed.version)
            for feed in waiting
        ]
        await self._table.commit(writes=writes, context=context)
        return confirmed

    async def forget(self, *, scope: SupplierScope | None, mapping_id: str, context: Context) -> None:
        """Remove a mapping: the next feed with these columns is guessed anew. Raises MappingUnknown.

        A mapping that feeds wait for cannot be forgotten (MappingTransitionRefused).
        """
        found = await self._queries.mapping(scope=scope, mapping_id=mapping_id)
        if await self._waiting(feed_ids=found.record.waiting_feed_ids):
            raise MappingTransitionRefused(detail="A feed waits for this mapping; confirm it or cancel the feed.")
        write = MAPPINGS.remove(found.record, version=found.version)
        await self._table.commit(writes=[write], context=context)

    async def _known(self, *, supplier_id: str, kind: str, headers: Sequence[str]) -> KnownHeaders:
        page = await self._queries.list_mappings(scope=SupplierScope(supplier_id=supplier_id), after=None, limit=50)
        known = await asyncio.to_thread(known_headers, mappings=page.mappings, kind=kind, headers=headers)
        if self._words is None:
            return known
        asked = await self._words.attributes()
        return msgspec.structs.replace(known, attributes=asked.fields, allowed_values=asked.values)

    async def _waiting(self, *, feed_ids: tuple[str, ...]) -> list[Versioned[Feed]]:
        """Return the feeds that are held for their mapping; raises MappingTransitionRefused if one is being read."""
        items = await self._table.get_many(keys=[feed_key(feed_id=feed_id) for feed_id in feed_ids])
        feeds = [FEEDS.decode(item) for item in items if item is not None]
        if any(one.record.state in {FeedState.READING, FeedState.VALIDATING} for one in feeds):
            raise MappingTransitionRefused(detail="A feed with these columns is being read; try again in a moment.")
        return [
            one
            for one in feeds
            if one.record.state is FeedState.HELD
            and one.record.hold is not None
            and one.record.hold.reason is HoldReason.MAPPING_NEEDED
        ]


def _awaited(*, known: SupplierMapping, feed_id: str) -> SupplierMapping:
    """Return the mapping with a further feed that waits for it."""
    if known.state is not MappingState.PROPOSED or feed_id in known.waiting_feed_ids:
        return known
    waiting = (*known.waiting_feed_ids, feed_id)[-_MAXIMUM_WAITING:]
    return msgspec.structs.replace(known, waiting_feed_ids=waiting)
