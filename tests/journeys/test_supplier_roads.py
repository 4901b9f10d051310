"""Suppliers by every road: a mail with a link, a folder of files, and cancellations that reach who has the order."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import aiohttp

from tests.journeys.marketplace import ActiveSupplier, RunningMarketplace, order, running_marketplace
from tests.support.waiting import eventually

CSRF = re.compile(r'name="csrf" value="([^"]+)"')
LINK = re.compile(r"/portal/purchase-order\?token=[\w.=-]+")


async def connected(*, supplier: ActiveSupplier, **settings: Any) -> dict[str, Any]:
    return await supplier.caller.send("PUT", f"/v1/suppliers/{supplier.supplier_id}/connection", settings)


async def purchase_order(*, marketplace: RunningMarketplace, supplier: ActiveSupplier, **changes: Any) -> str:
    offer = await marketplace.offered(supplier=supplier)
    lines = [{"offer_id": offer["offer_id"], "quantity": 2, "unit_price_minor": 1299}]
    placed = await marketplace.placed(lines=lines, **changes)
    assert placed.status == 201, placed
    return str(placed.body["purchase_orders"][0]["purchase_order_id"])


async def state_of(*, supplier: ActiveSupplier, purchase_order_id: str, state: str) -> dict[str, Any]:
    async def ask() -> dict[str, Any] | None:
        found = await supplier.caller.get(f"/v1/purchase-orders/{purchase_order_id}")
        return found if found["state"] == state else None

    return await eventually(ask, what=f"{purchase_order_id} becomes {state}")


async def test_a_supplier_answers_and_ships_by_the_link_of_a_mail(tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with running_marketplace(home=home) as marketplace:
        supplier = await marketplace.active_supplier(handle="bergmann")
        await connected(supplier=supplier, transport="email", email="orders@bergmann.example")
        identifier = await purchase_order(marketplace=marketplace, supplier=supplier)
        await state_of(supplier=supplier, purchase_order_id=identifier, state="sent")
        mail = await eventually(lambda: mail_about(home=home, identifier=identifier), what="the mail")
        # The mail says where it goes, and not who gets it.
        assert order()["ship_to"]["name"] not in mail
        assert order()["ship_to"]["street_lines"][0] not in mail
        link = marketplace.address + LINK.search(mail)[0]
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
            page = await read(browser, link)
            assert order()["ship_to"]["name"] not in page
            answered = {"action": "answer", "line_1": "accepted"}
            page = await send(browser, link, page, answered)
            assert order()["ship_to"]["name"] in page
            await state_of(supplier=supplier, purchase_order_id=identifier, state="accepted")
            shipped = {"action": "ship", "carrier": "DHL", "tracking_number": "00340434161094000001"}
            await send(browser, link, page, shipped)
            await state_of(supplier=supplier, purchase_order_id=identifier, state="shipped")
            # A link that was altered opens nothing, and so does a right one once the supplier goes by another road.
            assert await status(browser, link[:-4] + "AAAA") == 403
            await connected(supplier=supplier, transport="portal")
            await eventually(lambda: is_status(browser, link, 403), what="the link ends")


async def test_a_supplier_exchanges_files(tmp_path: Path) -> None:
    folder = tmp_path / "exchange"
    async with running_marketplace(home=tmp_path / "home", exchange_folder=str(folder)) as marketplace:
        supplier = await marketplace.active_supplier(handle="bergmann")
        await connected(supplier=supplier, transport="folder")
        identifier = await purchase_order(marketplace=marketplace, supplier=supplier)
        await state_of(supplier=supplier, purchase_order_id=identifier, state="sent")
        place = folder / supplier.supplier_id
        written = (place / "out" / f"purchase-order-{identifier}.csv").read_text()
        assert f"{identifier}," in written
        (place / "in").mkdir()
        (place / "in" / "answers.csv").write_text(f"purchase_order_id,decision\n{identifier},accepted\npo_x,accepted\n")
        await state_of(supplier=supplier, purchase_order_id=identifier, state="accepted")

        async def report() -> str | None:
            notes = list((place / "in" / "taken").glob("answers.*.reason.txt"))
            return notes[0].read_text() if notes else None

        assert "row 3" in await eventually(report, what="the report beside the file")


async def test_what_is_canceled_after_the_supplier_had_it_reaches_its_system(marketplace: RunningMarketplace) -> None:
    supplier = await marketplace.active_supplier(handle="bergmann", ships=False)
    urls = {
        "order_acceptance_url": marketplace.simulated.order_acceptance_url(handle="bergmann"),
        "cancellation_url": marketplace.simulated.cancellation_url(handle="bergmann"),
    }
    await connected(supplier=supplier, **urls)
    offer = await marketplace.offered(supplier=supplier)
    lines = [{"offer_id": offer["offer_id"], "quantity": 2, "unit_price_minor": 1299}]
    placed = (await marketplace.placed(lines=lines)).body
    identifier = placed["purchase_orders"][0]["purchase_order_id"]
    await state_of(supplier=supplier, purchase_order_id=identifier, state="accepted")
    await marketplace.storefront.post(f"/v1/orders/{placed['order_id']}/cancellations", {"reason": "changed mind"})

    async def canceled() -> dict[str, int] | None:
        return marketplace.simulated.canceled(handle="bergmann").get(identifier)

    assert await eventually(canceled, what="the cancellation at the supplier") == {"1": 2}

    async def told() -> bool:
        whole = await marketplace.operator.get(f"/v1/orders/{placed['order_id']}")
        return any(entry["action"] == "cancellation_told" for entry in whole["timeline"])

    await eventually(told, what="the order's timeline")
    assert (await marketplace.operator.get("/v1/waiting-cancellations"))["cancellations"] == []


async def mail_about(*, home: Path, identifier: str) -> str | None:
    for file in sorted((home / "mail").rglob("*")):
        if file.is_file():
            text = file.read_text(errors="replace").replace("=\n", "").replace("=3D", "=")
            if identifier in text and LINK.search(text):
                return text
    return None


async def read(browser: aiohttp.ClientSession, link: str) -> str:
    async with browser.get(link) as response:
        assert response.status == 200
        assert response.headers["referrer-policy"] in {"no-referrer", "same-origin"}
        return await response.text()


async def send(browser: aiohttp.ClientSession, link: str, page: str, fields: dict[str, str]) -> str:
    address, _, token = link.partition("?token=")
    origin = "/".join(link.split("/")[:3])
    data = {"csrf": CSRF.search(page)[1], "token": token, **fields}
    async with browser.post(address, data=data, headers={"Origin": origin}) as response:
        assert response.status == 200, await response.text()
        return await response.text()


async def status(browser: aiohttp.ClientSession, link: str) -> int:
    async with browser.get(link) as response:
        return response.status


async def is_status(browser: aiohttp.ClientSession, link: str, wanted: int) -> bool:
    return await status(browser, link) == wanted
