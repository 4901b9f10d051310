"""Read suppliers: lists and pages for people, standing and connection for the rooms above."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import msgspec

from openaisle.kernel.context import SupplierScope
from openaisle.kernel.encryption import FieldCipher
from openaisle.kernel.table import Index, Item, Table
from openaisle.suppliers.connection import secret_place, valid_secrets
from openaisle.suppliers.connection_settings import ConnectionSettings
from openaisle.suppliers.documents import documents_of
from openaisle.suppliers.missing import missing_of
from openaisle.suppliers.model import SupplierMissing, SupplierState
from openaisle.suppliers.repository import (
    ALL_SUPPLIERS,
    AUDIT,
    AUDIT_PREFIX,
    CONNECTIONS,
    CORRECTIONS,
    CORRECTIONS_PREFIX,
    REVISION_PREFIX,
    REVISIONS,
    SHIPPING_TERMS,
    SUPPLIERS,
    VERIFICATION_PREFIX,
    VERIFICATIONS,
    connection_key,
    partition_of,
    shipping_terms_key,
    supplier_key,
    suppliers_in_state,
)
from openaisle.suppliers.revisions import candidate_of
from openaisle.suppliers.shipping_terms import ShippingTerms
from openaisle.suppliers.verification import STANDARD_POLICY, VerificationPolicy
from openaisle.suppliers.views import SupplierPage, SupplierView, summary_of, supplier_view

ValueT = TypeVar("ValueT")

_CACHE_AGE = timedelta(seconds=1)
_CACHE_ENTRIES_MAXIMUM = 20_000
_COUNTING_PAGE = 1_000
_VERIFICATIONS_SHOWN = 10
_CORRECTIONS_SHOWN = 20
_AUDIT_ENTRIES_SHOWN = 50
_REVISIONS_SHOWN = 20


class SupplierStanding(msgspec.Struct, frozen=True, kw_only=True):
    """What the rooms above need to know of a supplier."""

    supplier_id: str
    name: str
    state: SupplierState
    has_shipping_terms: bool = False

    @property
    def may_sell(self) -> bool:
        """Whether its offers may be sold."""
        return self.state is SupplierState.ACTIVE


class SupplierConnection(ConnectionSettings, frozen=True, kw_only=True):
    """How a supplier is reached; ``signing_secrets`` are in clear, the newest first, never to be stored."""

    supplier_id: str
    signing_secrets: tuple[str, ...]


class SupplierQueries:
    """The queries of suppliers."""

    def __init__(self, *, table: Table, cipher: FieldCipher, policy: VerificationPolicy = STANDARD_POLICY) -> None:
        """Take the table, the cipher that opens signing secrets, and the policy that says what is required."""
        self._policy = policy
        self._table = table
        self._cipher = cipher
        self._standings: _Recent[SupplierStanding] = _Recent(
            load=self._load_standing, is_good=lambda standing: standing.may_sell
        )
        self._connections: _Recent[SupplierConnection] = _Recent(load=self._load_connection, is_good=lambda _: True)
        self._shipping_terms: _Recent[ShippingTerms] = _Recent(load=self._load_shipping_terms, is_good=lambda _: True)

    async def standing(self, *, supplier_id: str, at: datetime) -> SupplierStanding | None:
        """Return whether and under what name a supplier sells, as it was at most a second before ``at``."""
        return await self._standings.value(supplier_id=supplier_id, at=at)

    async def is_active(self, *, supplier_id: str, at: datetime) -> bool:
        """Return whether a supplier's offers may be sold, as it was at most a second before ``at``."""
        standing = await self.standing(supplier_id=supplier_id, at=at)
        return standing is not None and standing.may_sell

    async def connection(self, *, supplier_id: str, at: datetime) -> SupplierConnection | None:
        """Return how a supplier's system is called, as it was at most a second before ``at``; None if it is not."""
        return await self._connections.value(supplier_id=supplier_id, at=at)

    async def shipping_terms(self, *, supplier_id: str, at: datetime) -> ShippingTerms | None:
        """Return where a supplier ships to and when it works, as it was at most a second before ``at``.

        None for a supplier that has stated no terms; that is known from its standing, without another read.
        """
        standing = await self.standing(supplier_id=supplier_id, at=at)
        if standing is None or not standing.has_shipping_terms:
            return None
        return await self._shipping_terms.value(supplier_id=supplier_id, at=at)

    async def supplier(self, *, supplier_id: str, at: datetime) -> SupplierView:
        """Return everything of one supplier for the operator; raises SupplierMissing."""
        return await self._view(supplier_id=supplier_id, at=at, for_operator=True)

    async def own(self, *, scope: SupplierScope, at: datetime) -> SupplierView:
        """Return everything of the calling supplier, without evidence about others; raises SupplierMissing."""
        return await self._view(supplier_id=scope.supplier_id, at=at, for_operator=False)

    async def listed(
        self,
        *,
        state: SupplierState | None = None,
        name_prefix: str | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> SupplierPage:
        """Return a page of suppliers: those in a state by name, or all, the newest first.

        ``name_prefix`` narrows a list by state to names that start so, whatever their case.
        """
        if state is None:
            page = await self._table.query(
                partition=ALL_SUPPLIERS, index=Index.FIRST, after=after, limit=limit, descending=True
            )
        else:
            page = await self._table.query(
                partition=suppliers_in_state(state=state),
                index=Index.SECOND,
                sort_prefix=(name_prefix or "").casefold(),
                after=after,
                limit=limit,
            )
        shown = [summary_of(supplier=SUPPLIERS.decode(item).record) for item in page.items]
        return SupplierPage(suppliers=shown, next_after=page.cursor)

    async def verified_ids(self) -> list[str]:
        """Return the identifiers of all suppliers that were verified and have not left."""
        found: list[str] = []
        for state in (SupplierState.ACTIVE, SupplierState.SUSPENDED):
            cursor = None
            while True:
                page = await self._table.query(
                    partition=suppliers_in_state(state=state), index=Index.SECOND, after=cursor, limit=_COUNTING_PAGE
                )
                found += [SUPPLIERS.decode(item).record.supplier_id for item in page.items]
                cursor = page.cursor
                if cursor is None:
                    break
        return found

    async def counts(self, *, maximum: int = 10_000) -> dict[SupplierState, int]:
        """Return how many suppliers are in each state, counting no further than ``maximum`` in each."""
        return {state: await self._counted(state=state, maximum=maximum) for state in SupplierState}

    async def _counted(self, *, state: SupplierState, maximum: int) -> int:
        count, cursor = 0, None
        while count < maximum:
            page = await self._table.query(
                partition=suppliers_in_state(state=state),
                index=Index.SECOND,
                after=cursor,
                limit=min(_COUNTING_PAGE, maximum - count),
            )
            count += len(page.items)
            cursor = page.cursor
            if cursor is None:
                break
        return count

    async def _view(self, *, supplier_id: str, at: datetime, for_operator: bool) -> SupplierView:
        keys = [supplier_key(supplier_id=supplier_id), connection_key(supplier_id=supplier_id)]
        supplier, connection = await self._table.get_many(keys=keys)
        if supplier is None:
            raise SupplierMissing(detail=f"There is no supplier {supplier_id[:40]}.")
        verifications = await self._newest(supplier_id, VERIFICATION_PREFIX, _VERIFICATIONS_SHOWN)
        corrections = await self._newest(supplier_id, CORRECTIONS_PREFIX, _CORRECTIONS_SHOWN)
        audit = await self._newest(supplier_id, AUDIT_PREFIX, _AUDIT_ENTRIES_SHOWN)
        revisions = await self._newest(supplier_id, REVISION_PREFIX, _REVISIONS_SHOWN)
        record = SUPPLIERS.decode(supplier).record
        documents = await documents_of(table=self._table, supplier=record)
        return supplier_view(
            supplier=record,
            revisions=[REVISIONS.decode(item).record for item in revisions],
            documents=documents,
            missing=missing_of(
                supplier=candidate_of(supplier=record),
                documents=documents,
                policy=self._policy,
            ),
            connection=CONNECTIONS.decode(connection).record if connection is not None else None,
            verifications=[VERIFICATIONS.decode(item).record for item in verifications],
            corrections=[CORRECTIONS.decode(item).record for item in corrections],
            audit=[AUDIT.decode(item).record for item in audit],
            at=at,
            for_operator=for_operator,
        )

    async def _newest(self, supplier_id: str, sort_prefix: str, limit: int) -> list[Item]:
        page = await self._table.query(
            partition=partition_of(supplier_id=supplier_id), sort_prefix=sort_prefix, limit=limit, descending=True
        )
        return page.items

    async def _load_standing(self, supplier_id: str, _at: datetime) -> SupplierStanding | None:
        item = await self._table.get(key=supplier_key(supplier_id=supplier_id))
        if item is None:
            return None
        supplier = SUPPLIERS.decode(item).record
        return SupplierStanding(
            supplier_id=supplier_id,
            name=supplier.facts.name,
            state=supplier.state,
            has_shipping_terms=supplier.has_shipping_terms,
        )

    async def _load_shipping_terms(self, supplier_id: str, _at: datetime) -> ShippingTerms | None:
        item = await self._table.get(key=shipping_terms_key(supplier_id=supplier_id))
        return None if item is None else SHIPPING_TERMS.decode(item).record

    async def _load_connection(self, supplier_id: str, at: datetime) -> SupplierConnection | None:
        item = await self._table.get(key=connection_key(supplier_id=supplier_id))
        if item is None:
            return None
        connection = CONNECTIONS.decode(item).record
        secrets = tuple(
            self._cipher.decrypt(
                ciphertext=secret.ciphertext, place=secret_place(supplier_id=supplier_id, secret_id=secret.secret_id)
            ).decode()
            for secret in valid_secrets(connection=connection, at=at)
        )
        return SupplierConnection(
            supplier_id=supplier_id, signing_secrets=secrets, **_fields_of(settings=connection.settings)
        )


def _fields_of(*, settings: ConnectionSettings) -> dict[str, Any]:
    return {field: getattr(settings, field) for field in settings.__struct_fields__}


class _Recent(Generic[ValueT]):
    """A read-through cache of values at most a second old; it spares each order several reads.

    Only good news is kept: who is not active or not connected is looked at again each time, so that the first order
    after the news has changed already meets it.
    """

    def __init__(
        self, *, load: Callable[[str, datetime], Awaitable[ValueT | None]], is_good: Callable[[ValueT], bool]
    ) -> None:
        self._load = load
        self._is_good = is_good
        self._kept: dict[str, tuple[datetime, ValueT]] = {}

    async def value(self, *, supplier_id: str, at: datetime) -> ValueT | None:
        kept = self._kept.get(supplier_id)
        if kept is not None and at - kept[0] <= _CACHE_AGE:
            return kept[1]
        value = await self._load(supplier_id, at)
        if value is not None and self._is_good(value):
            if len(self._kept) >= _CACHE_ENTRIES_MAXIMUM:
                self._kept.clear()
            self._kept[supplier_id] = (at, value)
        return value
