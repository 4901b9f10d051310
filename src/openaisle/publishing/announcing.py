"""Tells webhooks what is new in the index: exactly what lies behind the cursor that was announced last."""

from __future__ import annotations

from openaisle.kernel.context import Context
from openaisle.kernel.records import Versioned, decided_anew
from openaisle.kernel.search import CursorOutdated, SearchIndex
from openaisle.kernel.table import Table
from openaisle.publishing.events import ChangedProduct, ProductsChanged
from openaisle.publishing.repository import ANNOUNCEMENTS, Announcement, announcement_key

_NAMED_AT_ONCE = 500
_COUNTED_AT_ONCE = 20_000


class Announcer:
    """Announces changes; who dies between index and announcement announces them the next time."""

    def __init__(self, *, table: Table, index: SearchIndex) -> None:
        """Take the table of the announcements and the index."""
        self._table = table
        self._index = index

    async def announce(self, *, context: Context) -> None:
        """State events for all changes since the last announcement; nothing while the index is being filled."""
        facts = await self._index.facts()
        if not facts.is_filled:
            return

        async def attempt() -> None:
            # Another pipe or process may announce at this moment; then what is left is looked for anew.
            item = await self._table.get(key=announcement_key())
            known = ANNOUNCEMENTS.decode(item) if item is not None else None
            if known is not None and known.record.cursor == facts.cursor:
                return
            while (known := await self._announce_next(known, context)) is not None:
                pass

        await decided_anew(attempt)

    async def _announce_next(
        self, known: Versioned[Announcement] | None, context: Context
    ) -> Versioned[Announcement] | None:
        """Announce the next changes; return what is announced now, None when nothing was left."""
        after = known.record.cursor if known is not None else None
        restarted = False
        try:
            page = await self._index.changes(after=after, limit=_NAMED_AT_ONCE)
        except CursorOutdated:
            restarted = True
            page = await self._index.changes(after=None, limit=_COUNTED_AT_ONCE)
        else:
            if not page.changes:
                return None
            if page.has_more:
                page = await self._index.changes(after=after, limit=_COUNTED_AT_ONCE)
        is_told = not restarted and len(page.changes) <= _NAMED_AT_ONCE
        named = page.changes if is_told else ()
        event = ProductsChanged(
            cursor=page.cursor,
            count=len(page.changes),
            products=tuple(ChangedProduct(product_id=one.product_id, aspects=one.aspects) for one in named),
            restarted=restarted,
        )
        announced = Announcement(cursor=page.cursor)
        version = known.version if known is not None else 0
        await self._table.commit(
            writes=[ANNOUNCEMENTS.replace(announced, version=version, events=[event])], context=context
        )
        return Versioned(announced, version + 1)
