"""Every way in, through HTTP and beside it: a file in parts, in a folder, at an address; followed, and given back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from tests.journeys.marketplace import ActiveSupplier, running_marketplace
from tests.support.waiting import eventually

HEADER = "supplier_sku,title,price,currency,on_hand,category\n"
PART = 262_144


def feed(*, rows: int, prefix: str = "SKU") -> bytes:
    text = "A mug that keeps what is in it warm " * 2
    return (HEADER + "".join(f"{prefix}-{n},{text}{n},9.90,EUR,5,mugs\n" for n in range(rows))).encode()


async def applied(supplier: ActiveSupplier, feed_id: str) -> dict[str, Any]:
    async def ask() -> dict[str, Any] | None:
        found: dict[str, Any] = await supplier.caller.get(f"/v1/feeds/{feed_id}")
        return found if found["state"] in {"applied", "failed", "held"} else None

    found = await eventually(ask, what="the feed is done")
    assert found["state"] == "applied", found
    return found


async def test_a_file_in_parts_is_followed_and_comes_back(tmp_path: Path) -> None:
    content = feed(rows=6_000)
    async with running_marketplace(home=tmp_path / "home", durable=False) as marketplace:
        supplier = await marketplace.active_supplier(handle="bergmann")
        caller = supplier.caller
        begun = await caller.post("/v1/feed-uploads", {"byte_count": len(content), "file_name": "mugs.csv"})
        path = f"/v1/feed-uploads/{begun['upload_id']}"
        headers = {"Content-Type": "application/octet-stream"}
        for start in range(0, len(content), PART):
            part = content[start : start + PART]
            sent = await caller.call("PUT", f"{path}/parts?offset={start}", raw=part, headers=headers)
            assert sent.body["received_bytes"] == start + len(part)
        again = await caller.call("PUT", f"{path}/parts?offset=0", raw=content[:PART], headers=headers)
        assert (again.status, again.code) == (409, "upload-offset-wrong")
        completed = await caller.call("POST", f"{path}/completion")
        feed_id = completed.body["feed_id"]

        followed = await caller.call("GET", f"/v1/feeds/{feed_id}/progress")
        assert followed.headers["content-type"] == "text/event-stream"
        events = [
            msgspec.json.decode(event.partition("data: ")[2])
            for event in followed.body.decode().split("\n\n")
            if event.startswith("event: progress")
        ]
        assert (events[-1]["state"], events[-1]["ended"], events[-1]["rows_done"]) == ("applied", True, 6_000)

        assert (await applied(supplier, feed_id))["counts"]["new"] == 6_000
        report = await caller.call("GET", f"/v1/feeds/{feed_id}/report")
        assert report.headers["content-disposition"] == 'attachment; filename="mugs-report.csv"'
        lines = report.body.decode("utf-8-sig").splitlines()
        assert len(lines) == 6_001
        assert lines[1].startswith("corrected,") or lines[1].startswith("accepted,")
        workbook = await caller.call("GET", f"/v1/feeds/{feed_id}/report?format=xlsx")
        assert workbook.body[:2] == b"PK"


async def test_a_file_left_in_a_folder_and_one_at_an_address_are_taken_in(tmp_path: Path) -> None:
    asked: list[str | None] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.headers.get("If-None-Match"))
        assert request.headers["Authorization"] == "Basic YmVyZ21hbm46c2VjcmV0"
        if request.headers.get("If-None-Match") == '"one"':
            return web.Response(status=304)
        return web.Response(body=feed(rows=20, prefix="PULL"), headers={"ETag": '"one"'})

    application = web.Application()
    application.router.add_get("/export/products.csv", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/export/products.csv"
    inbox = tmp_path / "inbox"
    home = tmp_path / "home"
    async with running_marketplace(home=home, durable=False, feed_folder=str(inbox)) as marketplace:
        supplier = await marketplace.active_supplier(handle="bergmann")
        folder = inbox / supplier.supplier_id
        folder.mkdir(parents=True)
        (folder / "mugs.csv").write_bytes(feed(rows=30, prefix="LEFT"))
        body = {"url": url, "user_name": "bergmann", "password": "secret"}
        source = await supplier.caller.post("/v1/feed-sources", body)
        assert "secret" not in msgspec.json.encode(source).decode()

        async def pulled(result: str) -> dict[str, Any] | None:
            (found,) = (await supplier.caller.get("/v1/feed-sources"))["sources"]
            return found["last"] if found["last"] and found["last"]["result"] == result else None

        last = await eventually(lambda: pulled("taken"), what="the file is fetched")
        assert (await applied(supplier, last["feed_id"]))["counts"]["rows"] == 20
        await supplier.caller.call("POST", f"/v1/feed-sources/{source['source_id']}/pull")
        await eventually(lambda: pulled("unchanged"), what="nothing is new")
        assert asked == [None, '"one"']

        async def taken() -> Path | None:
            return next(folder.glob("taken/mugs.fed_*.csv"), None)

        moved = await eventually(taken, what="the file is taken")
        assert (await applied(supplier, moved.name.split(".")[1]))["counts"]["rows"] == 30
    await runner.cleanup()
