"""Pictures of products: fetched from their addresses after a feed, measured, and told of."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from PIL import Image

from tests.journeys.marketplace import RunningMarketplace
from tests.journeys.test_products import fed
from tests.support.waiting import eventually


def _png(*, side: int) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (side, side), "teal").save(written, format="PNG")
    return written.getvalue()


@pytest.fixture
async def pictures() -> AsyncIterator[str]:
    """The address of a server with a sound picture and a small one."""

    async def answered(request: web.Request) -> web.Response:
        side = {"sound.png": 500, "small.png": 20}.get(request.match_info["name"])
        if side is None:
            return web.Response(status=404)
        return web.Response(body=_png(side=side), content_type="image/png", headers={"ETag": '"one"'})

    application = web.Application()
    application.router.add_get("/{name}", answered)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}"
    await runner.cleanup()


async def test_pictures_of_a_feed_are_fetched_and_what_is_wrong_with_them_is_told(
    marketplace: RunningMarketplace, pictures: str
) -> None:
    supplier = await marketplace.active_supplier(handle="papelaria")
    urls = " ".join(f"{pictures}/{name}" for name in ("sound.png", "small.png", "gone.png"))
    content = f'supplier_sku,title,price,currency,on_hand,image_urls\nPEN-1,Highlighter,12.99,BRL,5,"{urls}"\n'
    feed = await fed(supplier=supplier, content=content.encode())
    assert feed["counts"]["accepted"] + feed["counts"]["corrected"] == 1, feed
    (offer,) = (await supplier.caller.get("/v1/offers"))["offers"]

    async def ask() -> dict[str, Any] | None:
        found = await supplier.caller.get(f"/v1/products/{offer['product_id']}/pictures")
        return found if all(one["state"] != "waiting" for one in found["pictures"]) else None

    found = await eventually(ask, what="the pictures were looked at")
    assert [(one["state"], one["width"]) for one in found["pictures"]] == [
        ("sound", 500), ("faulty", 20), ("faulty", None),
    ]  # fmt: skip
    assert [one["code"] for one in found["issues"]] == ["image_too_small", "image_missing"]
