"""Connect a supplier's own system, and change the secret with which calls to it are signed."""

from __future__ import annotations

from typing import NoReturn

import msgspec

from openaisle.kernel.context import Context
from openaisle.kernel.encryption import FieldCipher
from openaisle.kernel.errors import Finding
from openaisle.kernel.identifiers import Identifiers
from openaisle.kernel.outbound import AddressRefused, HttpCaller, Signer
from openaisle.kernel.records import decided_anew
from openaisle.kernel.table import Table, Write
from openaisle.suppliers.audit import AuditEntry, FieldChange
from openaisle.suppliers.connection import (
    Connection,
    ConnectionMissing,
    SealedSecret,
    rotated,
    secret_place,
)
from openaisle.suppliers.connection_settings import ConnectionSettings
from openaisle.suppliers.events import SupplierConnected
from openaisle.suppliers.model import Command, Supplier, SupplierMissing, decide_connected, next_state
from openaisle.suppliers.repository import AUDIT, CONNECTIONS, SUPPLIERS, connection_key, supplier_key


class Connected(msgspec.Struct, frozen=True, kw_only=True):
    """A connection, and its signing secret if a new one was made: it is told only this once."""

    connection: Connection
    signing_secret: str | None


class SupplierConnections:
    """The use cases of connections."""

    def __init__(
        self, *, table: Table, identifiers: Identifiers, cipher: FieldCipher, signer: Signer, caller: HttpCaller
    ) -> None:
        """Take the table, what makes identifiers and secrets, what seals them, and what knows callable addresses."""
        self._table = table
        self._identifiers = identifiers
        self._cipher = cipher
        self._signer = signer
        self._caller = caller

    async def connect(self, *, supplier_id: str, settings: ConnectionSettings, context: Context) -> Connected:
        """Register or change where and how a supplier's system is called.

        The first time a signing secret is made and told; later the secret stays, and ``rotate`` changes it.
        Raises SupplierMissing, SupplierTransitionRefused, AddressRefused.
        """
        await self._require_callable(settings=settings)

        async def attempt() -> Connected:
            item, connection_item = await self._table.get_many(
                keys=[supplier_key(supplier_id=supplier_id), connection_key(supplier_id=supplier_id)]
            )
            if item is None:
                raise SupplierMissing(detail=f"There is no supplier {supplier_id[:40]}.")
            supplier = SUPPLIERS.decode(item)
            next_state(supplier=supplier.record, command=Command.CONNECT)
            event = SupplierConnected(supplier_id=supplier_id)
            secret = None
            former: ConnectionSettings | None = None
            if connection_item is None:
                sealed, secret = self._new_secret(supplier_id=supplier_id, context=context)
                connection = Connection(
                    supplier_id=supplier_id, settings=settings, secrets=(sealed,), changed_at=context.at
                )
                writes: list[Write] = [CONNECTIONS.create(connection, events=[event])]
            else:
                found = CONNECTIONS.decode(connection_item)
                former = found.record.settings
                connection = msgspec.structs.replace(found.record, settings=settings, changed_at=context.at)
                writes = [CONNECTIONS.replace(connection, version=found.version, events=[event])]
            writes += self._beside(supplier=supplier.record, version=supplier.version, context=context)
            entry = _entry(
                supplier_id=supplier_id,
                action="connected",
                changes=_settings_changes(before=former, after=settings),
                context=context,
            )
            await self._table.commit(writes=[*writes, AUDIT.store(entry)], context=context)
            return Connected(connection=connection, signing_secret=secret)

        return await decided_anew(attempt)

    async def rotate(self, *, supplier_id: str, context: Context) -> Connected:
        """Make a new signing secret; messages are signed with the former one too for 24 hours.

        Raises ConnectionMissing.
        """

        async def attempt() -> Connected:
            item = await self._table.get(key=connection_key(supplier_id=supplier_id))
            if item is None:
                raise ConnectionMissing(detail=f"Supplier {supplier_id[:40]} has no connection.")
            found = CONNECTIONS.decode(item)
            sealed, secret = self._new_secret(supplier_id=supplier_id, context=context)
            connection = rotated(connection=found.record, fresh=sealed, at=context.at)
            entry = _entry(supplier_id=supplier_id, action="secret_rotated", changes=(), context=context)
            event = SupplierConnected(supplier_id=supplier_id)
            writes = [CONNECTIONS.replace(connection, version=found.version, events=[event]), AUDIT.store(entry)]
            await self._table.commit(writes=writes, context=context)
            return Connected(connection=connection, signing_secret=secret)

        return await decided_anew(attempt)

    def _beside(self, *, supplier: Supplier, version: int, context: Context) -> list[Write]:
        """Return the write that notes in the supplier's record that it is connected, if that is news."""
        if supplier.connected:
            return []
        return [SUPPLIERS.replace(decide_connected(supplier=supplier, context=context), version=version)]

    def _new_secret(self, *, supplier_id: str, context: Context) -> tuple[SealedSecret, str]:
        secret_id = self._identifiers.new(prefix="sec")
        text = self._signer.new_secret()
        place = secret_place(supplier_id=supplier_id, secret_id=secret_id)
        ciphertext = self._cipher.encrypt(plaintext=text.encode(), place=place)
        return SealedSecret(secret_id=secret_id, ciphertext=ciphertext, created_at=context.at), text

    async def _require_callable(self, *, settings: ConnectionSettings) -> None:
        addresses = {
            "order_acceptance_url": settings.order_acceptance_url,
            "inventory_url": settings.inventory_url,
            "cancellation_url": settings.cancellation_url,
        }
        for field, url in addresses.items():
            if url is not None:
                try:
                    await self._caller.require_callable(url=url)
                except AddressRefused as refused:
                    _refuse(field=field, refused=refused)


def _refuse(*, field: str, refused: AddressRefused) -> NoReturn:
    finding = Finding(pointer=f"/{field}", detail=refused.detail, code=refused.code)
    raise AddressRefused(detail=f"{field}: {refused.detail}", findings=[finding]) from refused


def _entry(*, supplier_id: str, action: str, changes: tuple[FieldChange, ...], context: Context) -> AuditEntry:
    return AuditEntry(
        supplier_id=supplier_id,
        at=context.at,
        actor=context.principal.actor,
        action=action,
        correlation_id=context.correlation_id,
        changes=changes,
    )


def _settings_changes(*, before: ConnectionSettings | None, after: ConnectionSettings) -> tuple[FieldChange, ...]:
    old = msgspec.structs.asdict(before) if before is not None else {}
    return tuple(
        FieldChange(
            field=f"connection.{field}",
            before=None if old.get(field) is None else str(old[field]),
            after=None if value is None else str(value),
        )
        for field, value in msgspec.structs.asdict(after).items()
        if old.get(field) != value
    )
