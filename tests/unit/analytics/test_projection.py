"""The projection writes once a batch and says what happened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from openaisle.adapters.local.clock import SystemClock
from openaisle.adapters.local.store import LocalTable
from openaisle.analytics.projection import overview_pipe
from openaisle.analytics.queries import OverviewQueries
from openaisle.kernel.context import Context
from openaisle.kernel.encryption import FieldCipher
from openaisle.kernel.table import Write
from openaisle.reviews.queries import ReviewQueries
from openaisle.suppliers.queries import SupplierQueries
from tests.unit.analytics.test_model import NOON, change, placed


class CountingTable(LocalTable):
    """A table that counts commits."""

    commits = 0

    async def commit(self, *, writes: Sequence[Write], context: Context) -> None:
        self.commits += 1
        await super().commit(writes=writes, context=context)


class FakeCipher:
    """Encrypts nothing, as nothing here is secret."""

    def encrypt(self, *, plaintext: bytes, place: str) -> str:
        return f"{place}:{plaintext.decode()}"

    def decrypt(self, *, ciphertext: str, place: str) -> bytes:
        return ciphertext.removeprefix(f"{place}:").encode()


async def test_a_batch_of_several_days_is_one_commit_and_a_repetition_none(tmp_path: Path) -> None:
    table = CountingTable(path=tmp_path / "store.db", clock=SystemClock())
    pipe = overview_pipe(table=table, clock=SystemClock())
    batch = [
        change(sequence=number, at=NOON + timedelta(days=number // 400), events=[placed(total_minor=10)])
        for number in range(1, 1_001)
    ]
    await pipe.handle(batch)
    assert table.commits == 1
    await pipe.handle(batch)
    assert table.commits == 1

    cipher: FieldCipher = FakeCipher()
    queries = OverviewQueries(
        table=table, suppliers=SupplierQueries(table=table, cipher=cipher), reviews=ReviewQueries(table=table)
    )
    overview = await queries.overview(at=NOON)
    assert (overview.day, overview.orders_placed) == (date(2026, 11, 23), 399)
    assert [(money.currency, money.amount_minor) for money in overview.order_values] == [("EUR", 3_990)]
    assert overview.orders_a_minute[-1] == 399
    other = await queries.overview(at=NOON, day=date(2026, 11, 25))
    assert (other.orders_placed, other.orders_a_minute[-1]) == (201, 399)
    assert (await queries.overview(at=NOON, day=date(2020, 1, 1))).orders_placed == 0
    await table.close()
