"""API keys that are typed in at a door; whoever guesses them is slowed down."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from openaisle.access.model import KeyMissing, KeyUnknown, presented_key
from openaisle.access.use_cases import ApiKeys
from openaisle.entrypoints.console.sessions.model import after_failure, require_patience
from openaisle.entrypoints.console.sessions.repository import ATTEMPTS, attempts_key
from openaisle.kernel.context import Context, Principal, Role
from openaisle.kernel.errors import ChangedMeanwhile, OpenAisleError
from openaisle.kernel.records import decided_anew
from openaisle.kernel.table import Delete, Table
from openaisle.people.lock_out import counted_address


class GuardedKeys:
    """Recognizes the keys of one party; ``place`` keeps the counts of one door from those of another."""

    def __init__(
        self, *, table: Table, api_keys: ApiKeys, party: Role, place: str, stranger: Callable[[Role], OpenAisleError]
    ) -> None:
        """Take the table, the keys, whose they must be, and ``stranger``, which makes the error for another party's."""
        self._table = table
        self._api_keys = api_keys
        self._party = party
        self._place = place
        self._stranger = stranger

    async def recognized(self, *, api_key: str, host: str, context: Context) -> tuple[Principal, str, Delete]:
        """Return whom a key stands for, its identifier, and the write that forgets failures before it.

        ``host`` is the caller's address. Raises SignInTooOften, KeyMissing, KeyUnknown, and the error for strangers.
        """
        address = self._place + counted_address(host=host)
        item = await self._table.get(key=attempts_key(address=address))
        require_patience(attempts=ATTEMPTS.decode(item).record if item else None, at=context.at)
        text = api_key.strip()
        try:
            principal = await self._api_keys.authenticate(text=text)
        except (KeyMissing, KeyUnknown):
            await self._count_failure(address=address, context=context)
            raise
        if principal.role is not self._party:
            await self._count_failure(address=address, context=context)
            raise self._stranger(principal.role)
        forget = Delete(key=attempts_key(address=address), expected_version=None, streamed=False)
        return principal, presented_key(text=text).key_id, forget

    async def _count_failure(self, *, address: str, context: Context) -> None:
        async def attempt() -> None:
            item = await self._table.get(key=attempts_key(address=address))
            found = ATTEMPTS.decode(item) if item else None
            counted = after_failure(attempts=found.record if found else None, address=address, at=context.at)
            write = ATTEMPTS.replace(counted, version=found.version) if found else ATTEMPTS.create(counted)
            await self._table.commit(writes=[write], context=context)

        # Whoever loses against so many others need not be counted: those others were.
        with contextlib.suppress(ChangedMeanwhile):
            await decided_anew(attempt)
