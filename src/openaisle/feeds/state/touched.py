"""Marks of foreign changes: an order that shipped, a quantity told by API, a reviewer's decision, a paused offer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from openaisle.feeds.state.repository import MANIFESTS, TOUCHED, Touched, manifest_key, touched_partition, touched_sort
from openaisle.inventory.repository import STOCK_KIND
from openaisle.kernel.context import Context, Principal, Role, system_context
from openaisle.kernel.pipe import Pipe
from openaisle.kernel.stream import Change, ChangeStream, Checkpoints
from openaisle.kernel.table import MAXIMUM_WRITES_PER_COMMIT, Table, Write
from openaisle.offers.repository import OFFER_KIND

PIPE_NAME = "feed-touched-offers"
FEEDS_ACTOR = Principal(role=Role.SYSTEM, subject_id="feeds").actor
# A state that is older is not trusted any more, so that no mark has to be kept longer.
KEPT_FOR = timedelta(days=30)
_MARKED_KINDS = frozenset({OFFER_KIND, STOCK_KIND})
_OFFERS_PER_MARK = 2_000
_REST_SECONDS = 1.0
_CHANGES_PER_READ = 1_000
_MARKS_PER_PAGE = 200


class _Body(msgspec.Struct, frozen=True, kw_only=True):
    """What offers and stock levels have in common."""

    offer_id: str
    supplier_id: str


_BODY = msgspec.json.Decoder(_Body)


def feeds_context(*, at: datetime, correlation_id: str) -> Context:
    """Return the context of what feeds write: by it their own changes are told from foreign ones."""
    return system_context(name="feeds", at=at, correlation_id=correlation_id)


class TouchedOffers:
    """Which offers were changed by something other than feeds, gathered by a pipe and read when a feed is compared."""

    def __init__(self, *, table: Table, stream: ChangeStream, checkpoints: Checkpoints) -> None:
        """Take the table of the marks, and the stream with the position of the pipe that makes them."""
        self._table = table
        self._stream = stream
        self._checkpoints = checkpoints
        self._with_state: set[str] = set()

    def pipe(self) -> Pipe:
        """Return the pipe that marks what others change; it rests, so that marks gather."""
        return Pipe(
            name=PIPE_NAME,
            handle=self._mark,
            kinds=_MARKED_KINDS,
            batch_size=_CHANGES_PER_READ,
            rest_seconds=_REST_SECONDS,
        )

    async def since(self, *, supplier_id: str, sequence: int) -> tuple[set[str], int]:
        """Return the offers touched after a sequence, and up to where that is known.

        The end of the stream, which the pipe may not have marked yet, is read directly: a feed that comes right after
        a foreign change must know of it.
        """
        latest = await self._stream.latest()
        marked = await self._checkpoints.position(consumer=f"pipe:{PIPE_NAME}") or 0
        touched = await self._marks(supplier_id=supplier_id, after=sequence)
        position = max(marked, sequence)
        while position < latest:
            changes = await self._stream.read(after=position, limit=_CHANGES_PER_READ)
            if not changes:
                break
            for one, offer_ids in _touched_by(changes).items():
                if one == supplier_id:
                    touched |= offer_ids
            position = changes[-1].sequence
        return touched, max(latest, sequence)

    async def _marks(self, *, supplier_id: str, after: int) -> set[str]:
        touched: set[str] = set()
        cursor = None
        while True:
            page = await self._table.query(
                partition=touched_partition(supplier_id=supplier_id),
                after=cursor,
                limit=_MARKS_PER_PAGE,
                descending=True,
            )
            for item in page.items:
                if item.key.sort <= touched_sort(sequence=after):
                    return touched
                touched.update(TOUCHED.record(item.body).offer_ids)
            cursor = page.cursor
            if cursor is None:
                return touched

    async def _mark(self, changes: Sequence[Change]) -> None:
        last = changes[-1]
        expires_at = int((last.at + KEPT_FOR).timestamp())
        writes: list[Write] = []
        for supplier_id, offer_ids in _touched_by(changes).items():
            if not await self._has_state(supplier_id=supplier_id):
                continue
            listed = sorted(offer_ids)
            for start in range(0, len(listed), _OFFERS_PER_MARK):
                # A batch has at most some thousand changes, so sequences keep marks of one batch apart.
                mark = Touched(
                    supplier_id=supplier_id,
                    sequence=last.sequence + start // _OFFERS_PER_MARK,
                    offer_ids=tuple(listed[start : start + _OFFERS_PER_MARK]),
                    expires_at=expires_at,
                )
                writes.append(TOUCHED.store(mark))
        context = feeds_context(at=last.at, correlation_id=last.correlation_id)
        for start in range(0, len(writes), MAXIMUM_WRITES_PER_COMMIT):
            await self._table.commit(writes=writes[start : start + MAXIMUM_WRITES_PER_COMMIT], context=context)

    async def _has_state(self, *, supplier_id: str) -> bool:
        # Suppliers that never sent a feed need no marks; a state that exists once is not asked for again.
        if supplier_id not in self._with_state:
            item = await self._table.get(key=manifest_key(supplier_id=supplier_id))
            if item is None:
                return False
            assert MANIFESTS.record(item.body).supplier_id == supplier_id
            self._with_state.add(supplier_id)
        return True


def _touched_by(changes: Sequence[Change]) -> dict[str, set[str]]:
    touched: dict[str, set[str]] = {}
    for change in changes:
        if change.kind in _MARKED_KINDS and change.actor != FEEDS_ACTOR and change.body is not None:
            body = _BODY.decode(change.body)
            touched.setdefault(body.supplier_id, set()).add(body.offer_id)
    return touched
