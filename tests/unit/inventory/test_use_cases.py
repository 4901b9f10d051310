from __future__ import annotations

from datetime import timedelta

from openaisle.inventory.repository import STOCK_LEVELS, stock_key
from openaisle.inventory.use_cases import StockRow, StockUseCases
from openaisle.kernel.context import SupplierScope
from openaisle.offers.repository import OFFERS
from tests.factories.inventory import SCOPE, context, stock_level
from tests.factories.offers import AT, offer


def row(sku="MUG-1", on_hand=3, location="default"):
    return StockRow(supplier_sku=sku, location=location, on_hand=on_hand)


async def test_a_bad_row_never_loses_another(table):
    await table.commit(writes=[OFFERS.create(offer()), STOCK_LEVELS.create(stock_level())], context=context())
    rows = [row(), row(sku="GONE"), row(on_hand=-1, location="north"), row(location="south"), row(on_hand=9)]
    results = await StockUseCases(table=table).set_on_hand(scope=SCOPE, rows=rows, context=context())
    assert [(result.status.value, *(finding.code for finding in result.findings)) for result in results] == [
        ("stored",),
        ("refused", "offer_unknown"),
        ("refused", "quantity_invalid"),
        ("stored",),
        ("refused", "row_repeated"),
    ]
    assert results[0].available == 3


async def test_the_stock_of_another_supplier_cannot_be_told(table):
    await table.commit(writes=[OFFERS.create(offer()), STOCK_LEVELS.create(stock_level())], context=context())
    scope = SupplierScope(supplier_id="sup_other")
    (result,) = await StockUseCases(table=table).set_on_hand(scope=scope, rows=[row()], context=context())
    assert result.status == "refused"


async def test_the_same_number_is_written_again_only_when_its_confirmation_grew_old(table):
    await table.commit(writes=[OFFERS.create(offer()), STOCK_LEVELS.create(stock_level())], context=context())
    key = stock_key(offer_id=offer().offer_id, location="default")
    use_cases = StockUseCases(table=table)
    for seconds, version in ((5, 1), (60, 2)):
        at = AT + timedelta(seconds=seconds)
        (result,) = await use_cases.set_on_hand(scope=SCOPE, rows=[row(on_hand=10)], context=context(at=at))
        assert result.status == "unchanged"
        assert (await table.get(key=key)).version == version
