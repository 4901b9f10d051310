"""A supplier that speaks X12: a whole trading partner takes our 850; what it answers, ships and bills is understood."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from mockedi.testing import Mock

from openaisle.orders.edi.orders_out import x12_number
from tests.journeys.marketplace import ActiveSupplier, RunningMarketplace, line, running_marketplace
from tests.support.waiting import eventually

PARTNERS = {"own_identifier": "OPENAISLE", "partner_identifier": "MOCKEDI", "test": True}


class Trade:
    """A marketplace, a supplier connected by X12, and the partner's system behind its folder."""

    def __init__(
        self, *, marketplace: RunningMarketplace, supplier: ActiveSupplier, partner: Mock, folder: Path
    ) -> None:
        self.marketplace = marketplace
        self.supplier = supplier
        self.partner = partner
        self.folder = folder

    async def behaves(self, behavior: str) -> None:
        await asyncio.to_thread(self.partner.behaviour, "OPENAISLE", behavior)

    async def ordered(self, **quantities: int) -> str:
        """Place an order of widgets and return its purchase order."""
        prices = {"WIDGET-001": 1250, "WIDGET-002": 1375}
        gtins = {"WIDGET-001": "4006381333931", "WIDGET-002": "4006381333948"}
        lines = []
        for name, quantity in quantities.items():
            sku = name.replace("_", "-").upper()
            facts = {"supplier_sku": sku, "gtin": gtins[sku], "price_minor": prices[sku], "currency": "USD"}
            offer = await self.marketplace.offered(supplier=self.supplier, **facts)
            lines.append(line(offer=offer, quantity=quantity))
        placed = await self.marketplace.placed(lines=lines, currency="USD")
        assert placed.status == 201, placed
        (purchase_order,) = placed.body["purchase_orders"]
        return str(purchase_order["purchase_order_id"])

    async def until(self, purchase_order_id: str, state: str) -> dict[str, Any]:
        async def ask() -> dict[str, Any] | None:
            found = await self.supplier.caller.get(f"/v1/purchase-orders/{purchase_order_id}")
            return found if found["state"] == state else None

        return await eventually(ask, what=f"{purchase_order_id} becomes {state}")

    async def interchanges(self) -> list[dict[str, Any]]:
        return (await self.supplier.caller.get("/v1/edi-interchanges"))["interchanges"]

    async def invoice_of(self, purchase_order_id: str) -> dict[str, Any]:
        async def ask() -> dict[str, Any] | None:
            found = await self.marketplace.operator.get(
                f"/v1/supplier-invoices?supplier_id={self.supplier.supplier_id}"
            )
            named = [one for one in found["invoices"] if one["purchase_order_id"] == purchase_order_id]
            return named[0] if named else None

        return await eventually(ask, what=f"an invoice for {purchase_order_id}")

    async def invoices(self) -> list[dict[str, Any]]:
        async def ask() -> list[dict[str, Any]] | None:
            return (await self.supplier.caller.get("/v1/supplier-invoices"))["invoices"] or None

        return await eventually(ask, what="an invoice")


@asynccontextmanager
async def trading(folder: Path, **given: Any) -> AsyncIterator[Trade]:
    exchange = folder / "exchange"
    async with running_marketplace(home=folder / "home", exchange_folder=str(exchange)) as marketplace:
        supplier = await marketplace.active_supplier(handle="widgets")
        place = exchange / supplier.supplier_id
        partner = await asyncio.to_thread(
            Mock.start,
            drop_dir=str(place / "out"),
            pickup_dir=str(place / "in"),
            drop_interval_ms=100,
            drop_settle_ms=0,
            **given,
        )
        try:
            await asyncio.to_thread(partner.expect, "POST", "/_mock/partners", {"id": "OPENAISLE"}, 201)
            await supplier.caller.send(
                "PUT",
                f"/v1/suppliers/{supplier.supplier_id}/connection",
                {"transport": "x12", "x12": PARTNERS},
            )
            yield Trade(marketplace=marketplace, supplier=supplier, partner=partner, folder=place)
        finally:
            await asyncio.to_thread(partner.close)


async def test_a_partner_takes_a_purchase_order_and_answers_ships_and_bills_it(tmp_path: Path) -> None:
    async with trading(tmp_path) as trade:
        # In this mood it rejects whatever has any finding at all.
        await trade.behaves("strict")
        identifier = await trade.ordered(widget_001=3, widget_002=1)
        shipped = await trade.until(identifier, "shipped")
        assert [one["shipped_quantity"] for one in shipped["lines"]] == [3, 1]
        assert shipped["shipments"][0]["carrier"] == "UPS"
        (invoice,) = await trade.invoices()
        assert (invoice["purchase_order_id"], invoice["total_minor"]) == (identifier, 3 * 1250 + 1375)
        assert invoice.get("findings", []) == []

        async def all_acknowledged() -> bool:
            return not await asyncio.to_thread(trade.partner.unacknowledged)

        await eventually(all_acknowledged, what="the partner has our 997 for all that it sent")
        by_code = {one["sets"][0]["code"]: one for one in await trade.interchanges() if one["direction"] == "in"}
        assert {code: one["sets"][0]["verdict"] for code, one in by_code.items()} == dict.fromkeys(
            ("997", "855", "856", "810"), "A"
        )
        ours = [one for one in await trade.interchanges() if one["direction"] == "out"]
        assert sorted(int(one["control_number"]) for one in ours) == list(range(1, len(ours) + 1))
        (sent,) = [one for one in ours if one["sets"][0]["code"] == "850"]
        assert (sent["state"], sent["sets"][0]["verdict"]) == ("acknowledged", "A")
        seen = await asyncio.to_thread(trade.partner.order, sent_number(identifier))
        assert [(one["sku"], one["quantity"]) for one in seen["lines"]] == [("WIDGET-001", "3"), ("WIDGET-002", "1")]


async def test_a_partner_that_does_not_do_as_asked_is_understood_too(tmp_path: Path) -> None:
    async with trading(tmp_path) as trade:
        await trade.behaves("reject-line")
        identifier = await trade.ordered(widget_001=2, widget_002=1)
        shipped = await trade.until(identifier, "shipped")
        assert [one["answer"] for one in shipped["lines"]] == ["accepted", "rejected"]
        assert "discontinued" in shipped["lines"][1]["reason"]

        await trade.behaves("out-of-order")
        identifier = await trade.ordered(widget_001=1)
        await trade.until(identifier, "shipped")
        early = await trade.invoice_of(identifier)
        assert [one["code"] for one in early["findings"]] == ["quantity_exceeds_shipped"]

        await trade.behaves("short-ship")
        identifier = await trade.ordered(widget_001=10)
        shipped = await trade.until(identifier, "shipped")
        (row,) = shipped["lines"]
        assert row["shipped_quantity"] + row["withdrawn_quantity"] == 10
        assert 0 < row["shipped_quantity"] < 10

        await trade.behaves("over-ship")
        identifier = await trade.ordered(widget_001=10)
        billed = await trade.invoice_of(identifier)
        assert "quantity_exceeds_shipped" in [one["code"] for one in billed["findings"]]
        held = await trade.until(identifier, "accepted")
        assert held["lines"][0]["shipped_quantity"] == 0


async def test_what_is_canceled_after_it_was_sent_is_told_by_860_and_its_answer_is_noted(tmp_path: Path) -> None:
    async with trading(tmp_path, despatch_delay_ms=3_600_000, invoice_delay_ms=3_600_000) as trade:
        identifier = await trade.ordered(widget_001=3)
        accepted = await trade.until(identifier, "accepted")
        path = f"/v1/orders/{accepted['order_id']}/cancellations"
        await trade.marketplace.storefront.post(path, {"reason": "changed mind"})

        async def answered() -> dict[str, Any] | None:
            told = [one for one in await trade.interchanges() if one["sets"] and one["sets"][0]["code"] == "865"]
            return told[0] if told and told[0]["sets"][0].get("verdict") else None

        answer = await eventually(answered, what="the 865")
        assert (answer["sets"][0]["verdict"], answer["sets"][0]["subjects"]) == ("A", [identifier])
        codes = {one["sets"][0]["code"]: one["state"] for one in await trade.interchanges() if one["sets"]}
        assert codes["860"] == "acknowledged"
        seen = await asyncio.to_thread(trade.partner.order, sent_number(identifier))
        assert seen["status"] == "cancelled"


async def test_what_a_partner_cannot_read_is_told_and_what_it_sends_broken_is_told_to_it(tmp_path: Path) -> None:
    async with trading(tmp_path) as trade:
        await trade.behaves("reject-ack")
        identifier = await trade.ordered(widget_001=1)

        async def rejected() -> bool:
            return any(one["state"] == "rejected" for one in await trade.interchanges())

        await eventually(rejected, what="the 850 is rejected")
        whole = await trade.marketplace.operator.get(f"/v1/purchase-orders/{identifier}")
        assert whole["state"] == "sent"

        await trade.behaves("corrupt")
        identifier = await trade.ordered(widget_001=2)
        # A count that is one out loses nothing: it is read, and told.
        await trade.until(identifier, "shipped")
        answered = [one for one in await trade.interchanges() if one["sets"] and one["sets"][0]["code"] == "855"]
        assert (answered[0]["sets"][0]["verdict"], answered[0]["sets"][0]["notes"]) == ("E", ["997 code 4"])


def sent_number(purchase_order_id: str) -> str:
    """Return the number that the partner knows a purchase order by."""
    return x12_number(purchase_order_id=purchase_order_id)
