"""Real files go in as feeds: every row has one verdict, and the dirt that their sources name is found.

The data stands beside the project and is not part of it: without it the tests are skipped.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import zstandard

from tests.journeys.marketplace import ActiveSupplier, RunningMarketplace
from tests.support.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("SHARED_DATA_OPENAISLE", ROOT.parent / "shared" / "data"))
SECONDS = 240.0

pytestmark = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the real files are not here; set SHARED_DATA_OPENAISLE to the folder above them"
)


def real_file(*, name: str) -> bytes:
    with (SHARED / name).open("rb") as file:
        return zstandard.ZstdDecompressor().stream_reader(file).read()


async def sent(*, supplier: ActiveSupplier, content: bytes) -> str:
    answered = await supplier.caller.call("POST", "/v1/feeds", raw=content, headers={"Content-Type": "text/csv"})
    assert answered.status == 202, answered
    return str(answered.body["feed_id"])


async def feed_in(*, supplier: ActiveSupplier, feed_id: str, states: set[str]) -> dict[str, Any]:
    async def ask() -> dict[str, Any] | None:
        feed = await supplier.caller.get(f"/v1/feeds/{feed_id}")
        return feed if feed["state"] in states else None

    return await eventually(ask, within_seconds=SECONDS, what=f"feed {feed_id} is one of {sorted(states)}")


async def mapped(*, supplier: ActiveSupplier, feed_id: str, meanings: dict[str, str], **constants: str) -> None:
    await feed_in(supplier=supplier, feed_id=feed_id, states={"held"})
    preview = await supplier.caller.get(f"/v1/feeds/{feed_id}/preview")
    columns = [
        {"header": column["header"], "field": meanings.get(column["header"])}
        for column in preview["mapping"]["columns"]
    ]
    await supplier.caller.send("PUT", f"/v1/feeds/{feed_id}/mapping", {"columns": columns, "constants": constants})


async def causes_of(*, supplier: ActiveSupplier, feed_id: str) -> dict[tuple[str, str], int]:
    answer = await supplier.caller.get(f"/v1/feeds/{feed_id}/causes")
    found: dict[tuple[str, str], int] = {}
    for cause in answer["issues"]:
        place = (cause["field"], cause["code"])
        found[place] = found.get(place, 0) + cause["count"]
    return found


def require_every_row(counts: dict[str, int], *, rows: int) -> None:
    assert counts["rows"] == rows
    assert rows == sum(counts[name] for name in ("accepted", "corrected", "unchanged", "in_review", "rejected"))


@pytest.mark.timeout(600)
async def test_every_row_of_online_retail_is_accounted_for_and_its_dirt_is_found(
    marketplace: RunningMarketplace,
) -> None:
    supplier = await marketplace.active_supplier(handle="gifts")
    feed_id = await sent(supplier=supplier, content=real_file(name="online-retail/online_retail.csv.zst"))
    meanings = {
        "StockCode": "supplier_sku",
        "Description": "title",
        "Quantity": "on_hand",
        "UnitPrice": "price",
    }
    await mapped(supplier=supplier, feed_id=feed_id, meanings=meanings, currency="GBP")
    feed = await feed_in(supplier=supplier, feed_id=feed_id, states={"applied", "failed"})
    assert feed["state"] == "applied", feed
    require_every_row(feed["counts"], rows=541_909)
    causes = await causes_of(supplier=supplier, feed_id=feed_id)
    assert causes["on_hand", "on_hand_out_of_range"] == 10_624
    assert causes["price_minor", "price_not_positive"] == 2_515 + 2
    assert causes["title", "title_missing"] == 1_454
    assert causes["supplier_sku", "supplier_sku_repeated"] == 541_909 - 4_070


@pytest.mark.timeout(600)
async def test_every_row_of_the_olist_products_is_accounted_for(marketplace: RunningMarketplace) -> None:
    supplier = await marketplace.active_supplier(handle="olist")
    feed_id = await sent(supplier=supplier, content=real_file(name="olist/olist_products_dataset.csv.zst"))
    meanings = {
        "product_id": "supplier_sku",
        "product_category_name": "category",
        "product_weight_g": "weight_grams",
    }
    # The dataset has no titles, prices and quantities; they are the same for all, so that the rest can be judged.
    constants = {"title": "Anonymous product", "price": "9.90", "currency": "BRL", "on_hand": "1"}
    await mapped(supplier=supplier, feed_id=feed_id, meanings=meanings, **constants)
    feed = await feed_in(supplier=supplier, feed_id=feed_id, states={"applied", "failed"})
    assert feed["state"] == "applied", feed
    require_every_row(feed["counts"], rows=32_951)
    assert feed["counts"]["new"] == 32_951
    causes = await causes_of(supplier=supplier, feed_id=feed_id)
    assert causes["category", "category_missing"] == 610
