"""Many purchase orders changed with few commits, none of which can spoil another's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from openaisle.inventory.movements import insufficient_stock
from openaisle.kernel.context import Context, SupplierScope
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.records import Event, Versioned, decided_anew
from openaisle.kernel.table import MAXIMUM_WRITES_PER_COMMIT, CommitRefused, CommitTooLarge, Table, Write
from openaisle.orders.purchase_order import Movement, PurchaseOrder, PurchaseOrderUnknown, SerialClaim, Step
from openaisle.orders.repository import PURCHASE_ORDERS, purchase_order_key
from openaisle.orders.shipping.serials import claim_writes, require_unclaimed, serial_number_taken
from openaisle.orders.stock_writes import movement_writes


class Wish(NamedTuple):
    """A purchase order that is to be changed, and the pure decision that does it."""

    purchase_order_id: str
    decide: Callable[[PurchaseOrder], Step]


class Outcome(NamedTuple):
    """What became of a wish: the purchase order after it, or the error that refused it."""

    purchase_order: PurchaseOrder | None
    error: OpenAisleError | None = None
    changed: bool = False


class _Draft:
    """One purchase order on its way through the wishes that are about it."""

    def __init__(self, *, found: Versioned[PurchaseOrder]) -> None:
        self.before = found
        self.record = found.record
        self.events: list[Event] = []
        self.movements: list[Movement] = []
        self.claims: list[SerialClaim] = []
        self.positions: list[int] = []

    def writes(self) -> list[Write]:
        """The writes of this purchase order alone."""
        put = PURCHASE_ORDERS.replace(self.record, version=self.before.version, events=self.events)
        return [put, *movement_writes(movements=self.movements), *claim_writes(claims=self.claims)]


class PurchaseOrderChanges:
    """Loads, decides and commits changes of purchase orders, as many together as a commit holds."""

    def __init__(self, *, table: Table) -> None:
        """Take the table."""
        self._table = table

    async def change(self, *, wish: Wish, context: Context, scope: SupplierScope | None = None) -> PurchaseOrder:
        """Change one purchase order; raises what the decision raises, or PurchaseOrderUnknown."""
        outcome = await self._alone(wish=wish, context=context, scope=scope)
        if outcome.error is not None:
            raise outcome.error
        assert outcome.purchase_order is not None
        return outcome.purchase_order

    async def change_many(
        self,
        *,
        wishes: Sequence[Wish],
        context: Context,
        scope: SupplierScope | None = None,
        known: Mapping[str, Versioned[PurchaseOrder]] | None = None,
    ) -> list[Outcome]:
        """Change many; return an outcome per wish, in their order.

        Several wishes about one purchase order are decided one after the other. Where a commit of many loses a
        race, each of them is decided anew and committed alone. With a ``scope`` other suppliers' purchase orders
        are unknown. What the caller has just read it may hand over as ``known``; if it is stale the commit
        notices.
        """
        outcomes: dict[int, Outcome] = {}
        if known is None:
            known = await self._found(wishes=wishes, scope=scope)
        drafts = _drafts(wishes=wishes, found=known, outcomes=outcomes)
        for group in _groups(drafts):
            writes = _writes_of(group)
            try:
                await self._table.commit(writes=writes, context=context)
            except (CommitRefused, CommitTooLarge):
                # One that has grown too large must not spoil the others.
                for draft in group:
                    for position in draft.positions:
                        outcomes[position] = await self._alone(wish=wishes[position], context=context, scope=scope)
        return [outcomes[position] for position in range(len(wishes))]

    async def _found(
        self, *, wishes: Sequence[Wish], scope: SupplierScope | None
    ) -> dict[str, Versioned[PurchaseOrder]]:
        keys = {}
        for wish in wishes:
            try:
                keys[wish.purchase_order_id] = purchase_order_key(purchase_order_id=wish.purchase_order_id)
            except PurchaseOrderUnknown:
                continue
        items = await self._table.get_many(keys=list(keys.values()))
        found = {}
        for purchase_order_id, item in zip(keys, items, strict=True):
            if item is not None:
                versioned = PURCHASE_ORDERS.decode(item)
                if scope is None or versioned.record.supplier_id == scope.supplier_id:
                    found[purchase_order_id] = versioned
        return found

    async def _alone(self, *, wish: Wish, context: Context, scope: SupplierScope | None) -> Outcome:
        async def attempt() -> Outcome:
            outcomes: dict[int, Outcome] = {}
            found = await self._found(wishes=[wish], scope=scope)
            drafts = _drafts(wishes=[wish], found=found, outcomes=outcomes)
            if drafts:
                try:
                    await self._table.commit(writes=drafts[0].writes(), context=context)
                except CommitRefused as refused:
                    # A number that is taken, or stock that is gone, is an answer; all else is a lost race.
                    error = serial_number_taken(refused=refused) or insufficient_stock(refused=refused)
                    if error is None:
                        raise
                    raise error from refused
            return outcomes[0]

        try:
            return await decided_anew(attempt)
        except OpenAisleError as error:
            return Outcome(None, error)


def _drafts(
    *, wishes: Sequence[Wish], found: Mapping[str, Versioned[PurchaseOrder]], outcomes: dict[int, Outcome]
) -> list[_Draft]:
    drafts: dict[str, _Draft] = {}
    for position, wish in enumerate(wishes):
        known = found.get(wish.purchase_order_id)
        if known is None:
            outcomes[position] = Outcome(None, _unknown(wish.purchase_order_id))
            continue
        draft = drafts.get(wish.purchase_order_id) or _Draft(found=known)
        try:
            step = wish.decide(draft.record)
            require_unclaimed(claims=step.claims, known=draft.claims)
        except OpenAisleError as error:
            outcomes[position] = Outcome(None, error)
            continue
        changed = step.purchase_order is not draft.record
        outcomes[position] = Outcome(step.purchase_order, changed=changed)
        if changed:
            drafts[wish.purchase_order_id] = draft
            draft.record = step.purchase_order
            draft.events.extend(step.events)
            draft.movements.extend(step.movements)
            draft.claims.extend(step.claims)
            draft.positions.append(position)
    return list(drafts.values())


def _groups(drafts: Sequence[_Draft]) -> list[list[_Draft]]:
    groups: list[list[_Draft]] = []
    room = 0
    for draft in drafts:
        # Counted as if no two shared a stock level: never too many writes, now and then a commit too many.
        needed = 1 + len(draft.movements) + len(draft.claims)
        # A serial number that two of a group name would spoil the whole commit.
        if needed > room or draft.claims:
            groups.append([])
            room = MAXIMUM_WRITES_PER_COMMIT
        groups[-1].append(draft)
        room -= needed
    return groups


def _writes_of(group: Sequence[_Draft]) -> list[Write]:
    writes: list[Write] = [
        PURCHASE_ORDERS.replace(draft.record, version=draft.before.version, events=draft.events) for draft in group
    ]
    writes.extend(movement_writes(movements=[movement for draft in group for movement in draft.movements]))
    writes.extend(claim_writes(claims=[claim for draft in group for claim in draft.claims]))
    return writes


def _unknown(purchase_order_id: str) -> PurchaseOrderUnknown:
    return PurchaseOrderUnknown(detail=f"There is no purchase order {purchase_order_id[:64]}.")
