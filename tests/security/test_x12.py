"""X12 from suppliers: what is one supplier's reaches no other, and hostile files are answered, not obeyed."""

from __future__ import annotations

from pathlib import Path

from tests.factories.x12 import answer, interchange, invoice, stock_report
from tests.journeys.marketplace import Answered, Caller, running_marketplace

PARTNERS = {"own_identifier": "OPENAISLE", "partner_identifier": "BERGMANN"}


async def sent(caller: Caller, text: str, *, query: str = "") -> Answered:
    headers = {"Content-Type": "application/edi-x12"}
    return await caller.call("POST", f"/v1/edi-interchanges{query}", raw=text.encode(), headers=headers)


async def test_interchanges_and_invoices_are_their_suppliers_alone(tmp_path: Path) -> None:
    async with running_marketplace(home=tmp_path / "home") as marketplace:
        suppliers = [await marketplace.active_supplier(handle=name) for name in ("alpha", "beta")]
        alpha, beta = (one.caller for one in suppliers)
        stranger = await marketplace.active_supplier(handle="gamma")
        assert (await sent(stranger.caller, interchange(stock_report(("A", "1"))))).code == "x12-partner-unknown"
        for one in suppliers:
            path = f"/v1/suppliers/{one.supplier_id}/connection"
            await one.caller.send("PUT", path, {"transport": "x12", "x12": PARTNERS})
        bill = invoice("SECRET-ORDER", "IT1*1*1*EA*1.00**VP*SECRET", total=100, named="SECRET-1")
        answered = await sent(alpha, interchange(bill))
        assert answered.status == 200, answered
        interchange_id = answered.body["interchanges"][0]["interchange"]["interchange_id"]
        (known,) = (await alpha.get("/v1/supplier-invoices"))["invoices"]
        paths = [
            f"/v1/edi-interchanges/{interchange_id}",
            f"/v1/edi-interchanges/{interchange_id}/text",
            f"/v1/supplier-invoices/{known['invoice_id']}",
        ]
        for path in paths:
            assert (await alpha.call("GET", path)).status == 200, path
            assert (await marketplace.operator.call("GET", path)).status == 200, path
            foreign, invented = await beta.call("GET", path), await beta.call("GET", path.replace("0", "1"))
            assert (foreign.status, foreign.code) == (invented.status, invented.code) == (404, foreign.code)
            assert (await marketplace.storefront.call("GET", path)).status == 403, path
        for path in ("/v1/edi-interchanges", "/v1/supplier-invoices"):
            query = f"{path}?supplier_id={suppliers[0].supplier_id}"
            page = await beta.get(query)
            assert "SECRET" not in str(page)
            assert interchange_id not in str(page)
            assert (await marketplace.operator.call("GET", path)).status == 422
            assert interchange_id in str(await marketplace.operator.get(query))
        # Whom it names in the query, a supplier sends for itself.
        stolen = await sent(beta, interchange(answer("SECRET-ORDER")), query=f"?supplier_id={suppliers[0].supplier_id}")
        assert stolen.body["interchanges"][0]["interchange"]["supplier_id"] == suppliers[1].supplier_id


async def test_hostile_files_are_answered_by_name(tmp_path: Path) -> None:
    async with running_marketplace(home=tmp_path / "home") as marketplace:
        supplier = await marketplace.active_supplier(handle="alpha")
        path = f"/v1/suppliers/{supplier.supplier_id}/connection"
        await supplier.caller.send("PUT", path, {"transport": "x12", "x12": PARTNERS})
        for text in ("", "ISA" * 100_000, "<xml/>", "PK\x03\x04", interchange(answer("A")).replace("*P*>~", "*P***")):
            assert (await sent(supplier.caller, text)).code == "x12-unreadable"
        nested = interchange(answer("A'; DROP TABLE items; --" + "\\" * 5_000))
        endless = interchange(stock_report(*(("SKU" * 400, "9" * 40) for _ in range(2_000))), control_number=2)
        levels = [f"HL*{number}*{number % 50}*I" for number in range(1, 3_000)]
        circles = interchange(("856", ["BSN*00*SHIP1*20261124*1200", *levels]), control_number=3)
        for text in (nested, endless, circles):
            answered = await sent(supplier.caller, text)
            assert answered.status == 200, answered
            assert len(str(answered.body)) < 100_000
