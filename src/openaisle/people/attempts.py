"""Counts attempts to sign in, before they are made, so that many at once gain nothing."""

from __future__ import annotations

from openaisle.kernel.context import Context
from openaisle.kernel.records import Versioned, decided_anew
from openaisle.kernel.table import Table, Write
from openaisle.people.lock_out import (
    FREE_ATTEMPTS_OF_ACCOUNT,
    FREE_ATTEMPTS_OF_ADDRESS,
    Attempts,
    after_failure,
    after_success,
    counted_address,
    require_patience,
)
from openaisle.people.model import user_id_of
from openaisle.people.repository import ATTEMPTS, attempts_key


class AttemptCounter:
    """Slows who guesses, by the account they try and by the address they come from."""

    def __init__(self, *, table: Table) -> None:
        """Take the table."""
        self._table = table

    async def begin(self, *, email: str, context: Context) -> None:
        """Count an attempt as failed until it is told otherwise; raises AttemptsTooMany while one has to wait.

        An account that does not exist is counted like one that does, so the counting tells nothing.
        """
        places = _places(email=email, context=context)

        async def attempt() -> None:
            writes: list[Write] = []
            for place, free in places:
                found = await self._found(place)
                record = found.record if found is not None else None
                require_patience(attempts=record, free=free, at=context.at)
                counted = after_failure(attempts=record, place=place, at=context.at)
                writes.append(
                    ATTEMPTS.replace(counted, version=found.version) if found is not None else ATTEMPTS.create(counted)
                )
            await self._table.commit(writes=writes, context=context)

        await decided_anew(attempt)

    async def succeeded(self, *, email: str, context: Context) -> None:
        """Take back the attempt that was begun: it was the right person."""
        places = _places(email=email, context=context)

        async def attempt() -> None:
            writes: list[Write] = []
            for place, free in places:
                found = await self._found(place)
                if found is None:
                    continue
                left = after_success(attempts=found.record, is_account=free == FREE_ATTEMPTS_OF_ACCOUNT)
                writes.append(
                    ATTEMPTS.replace(left, version=found.version)
                    if left is not None
                    else ATTEMPTS.remove(found.record, version=found.version)
                )
            if writes:
                await self._table.commit(writes=writes, context=context)

        await decided_anew(attempt)

    async def _found(self, place: str) -> Versioned[Attempts] | None:
        item = await self._table.get(key=attempts_key(place=place))
        return ATTEMPTS.decode(item) if item is not None else None


def _places(*, email: str, context: Context) -> tuple[tuple[str, int], ...]:
    account = f"account#{user_id_of(email=email)}"
    if not context.address:
        # The marketplace's own work, as in tests and on the command line, comes from nowhere.
        return ((account, FREE_ATTEMPTS_OF_ACCOUNT),)
    address = f"address#{counted_address(host=context.address)}"
    return (account, FREE_ATTEMPTS_OF_ACCOUNT), (address, FREE_ATTEMPTS_OF_ADDRESS)
