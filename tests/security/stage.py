"""A running marketplace with two suppliers, two storefronts and an operator, each with records and canaries.

A canary is a text that only its owner and the operator may ever be shown.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import apsw
import msgspec

from openaisle.bootstrap import open_marketplace
from openaisle.config import Settings
from openaisle.kernel.http import Operation
from tests.journeys.marketplace import (
    Caller,
    RunningMarketplace,
    application,
    line,
    order,
    running_marketplace,
    submission,
)
from tests.support.waiting import eventually

FEED_HEADER = "supplier_sku,gtin,title,description,price,currency,on_hand"


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """A supplier or storefront: who calls, and the texts that others must never be shown."""

    identifier: str
    caller: Caller
    canaries: tuple[str, ...]
    records: dict[str, str]


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """The marketplace and everybody in it; ``records`` of a party name what belongs to it."""

    marketplace: RunningMarketplace
    operations: tuple[Operation, ...]
    home: Path
    supplier: Party
    other_supplier: Party
    storefront: Party
    other_storefront: Party
    records: dict[str, str]
    strangers: Mapping[str, str | None]

    @property
    def store_file(self) -> Path:
        """The file of the store."""
        return self.home / "openaisle.db"

    def items_of(self, *parties: Party) -> dict[str, tuple[int, bytes]]:
        """Return version and body of every stored item that mentions one of the parties.

        The clocks of their duties, their scorecards and what feeds note of stock go on by themselves, whoever calls.
        """
        return {
            key: (version, body)
            for key, version, body in rows_of(self.store_file)
            if not key.startswith(("DUTIES#", "FEED_TOUCHED#", "SCORECARD#"))
            and any(party.identifier.encode() in body for party in parties)
        }


def rows_of(store_file: Path) -> list[tuple[str, int, bytes]]:
    """Return key, version and body of every item in the store."""
    connection = apsw.Connection(str(store_file), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return [
            (key, version, body if isinstance(body, bytes) else str(body).encode())
            for key, version, body in connection.execute("SELECT item_key, version, body FROM items")
        ]
    finally:
        connection.close()


def require_sound_stock(*, store_file: Path) -> int:
    """Fail unless what is reserved of every offer is what open purchase orders and reservations hold.

    For every stock level ``0 <= reserved <= on_hand`` and ``available = on_hand - reserved - safety stock``. Return how
    many levels there are.
    """
    held: dict[tuple[str, str], int] = {}
    levels: dict[tuple[str, str], dict[str, Any]] = {}
    for key, _, body in rows_of(store_file):
        partition, _, sort = key.partition("\x1f")
        record = msgspec.json.decode(body)
        if sort.startswith("STOCK#"):
            levels[record["offer_id"], record["location"]] = record
        elif partition.startswith("ORDER#") and sort.startswith("PO#"):
            for one in record["lines"]:
                live = one.get("answer", "pending") in {"pending", "accepted"}
                left = one["quantity"] - one.get("canceled_quantity", 0) - one.get("shipped_quantity", 0)
                place = (one["offer_id"], one["location"])
                held[place] = held.get(place, 0) + (left if live else 0)
        elif partition.startswith("RESERVATION#") and record["state"] == "held":
            for one in record["holds"]:
                place = (one["offer_id"], one["location"])
                held[place] = held.get(place, 0) + one["quantity"]
    for place, level in levels.items():
        assert 0 <= level["reserved"] <= level["on_hand"], level
        assert level["available"] == level["on_hand"] - level["reserved"] - level.get("safety_stock", 0), level
        assert level["reserved"] == held.get(place, 0), (level, held.get(place, 0))
    return len(levels)


@asynccontextmanager
async def peopled_marketplace(*, home: Path) -> AsyncIterator[Stage]:
    """Run a marketplace in which everybody has something to lose."""
    async with open_marketplace(settings=Settings(home=str(home))) as opened:
        operations = opened.operations
    async with running_marketplace(home=home) as marketplace:
        supplier = await _supplier(marketplace, name="alpha", gtin="4006381333931")
        other_supplier = await _supplier(marketplace, name="beta", gtin="5901234123457")
        storefront = await _storefront(marketplace, name="xenia", offer_id=supplier.records["offer_id"])
        other_storefront = await _storefront(marketplace, name="yvonne", offer_id=other_supplier.records["offer_id"])
        order_id = storefront.records["order_id"]
        supplier.records["purchase_order_id"] = await _sent(marketplace, order_id=order_id)
        other = await _sent(marketplace, order_id=other_storefront.records["order_id"])
        other_supplier.records["purchase_order_id"] = other
        for shipping, asking in ((supplier, storefront), (other_supplier, other_storefront)):
            records = await _returned(marketplace, supplier=shipping, storefront=asking)
            shipping.records.update(records)
            asking.records.update(records)
        yield Stage(
            marketplace=marketplace,
            operations=operations,
            home=home,
            supplier=supplier,
            other_supplier=other_supplier,
            storefront=storefront,
            other_storefront=other_storefront,
            records={"task_id": await _review_task(marketplace), "key_id": await _spare_key(marketplace)},
            strangers=await _strangers(marketplace),
        )


async def _supplier(marketplace: RunningMarketplace, *, name: str, gtin: str) -> Party:
    facts = application(
        legal_name=f"Canary{name} Ltda", email=f"canary-{name}@example-{name}.com", website=f"https://canary-{name}.com"
    )
    applied = await marketplace.anyone.post("/v1/supplier-applications", facts)
    caller = marketplace.caller(key=applied["api_key"])
    await marketplace.supplier_state(supplier_id=applied["supplier_id"], state="active")
    sku = f"SKU-CANARY-{name}"
    submissions = {"submissions": [submission(supplier_sku=sku, gtin=gtin, title=f"Pen of {name}")]}
    submitted = await caller.post("/v1/product-submissions", submissions)
    rejected = {"submissions": [submission(supplier_sku=f"{sku}-2", gtin="123", title=f"Pen 2 of {name}")]}
    await caller.post("/v1/product-submissions", rejected)
    fed = []
    for number in range(2):
        row = f"{sku}-F{number},,Feed pen {name} {number},A pen that marks in yellow,12.99,BRL,5"
        # A row in doubt, which waits in a group.
        row += f"\n{sku}-D{number},,={name},A pen that marks in yellow,12.99,BRL,5"
        feed = await caller.call(
            "POST", "/v1/feeds", raw=f"{FEED_HEADER}\n{row}\n".encode(), headers={"Content-Type": "text/csv"}
        )
        assert feed.status == 202, feed
        fed.append(feed.body["feed_id"])

    async def offers() -> list[dict[str, Any]] | None:
        found = (await caller.get("/v1/offers"))["offers"]
        return found if len(found) >= 2 and any(one["supplier_sku"] == sku for one in found) else None

    offer = next(one for one in await eventually(offers, what="offers") if one["supplier_sku"] == sku)

    async def mappings() -> list[dict[str, Any]] | None:
        found = await caller.get("/v1/feed-mappings")
        return found["mappings"] or None

    mapping = (await eventually(mappings, what="the mapping of a feed"))[0]

    async def groups() -> list[dict[str, Any]] | None:
        found = await caller.get(f"/v1/feeds/{fed[0]}/review-groups")
        return found["review_groups"] or None

    group = (await eventually(groups, what="the doubtful rows of a feed"))[0]
    upload = await caller.post("/v1/feed-uploads", {"byte_count": 1_000_000})
    source = await caller.post("/v1/feed-sources", {"url": f"http://127.0.0.1:9/canary-file-{name}"})

    async def looked() -> bool:
        # Once it has failed it rests, and nothing of it changes any more.
        return (await caller.get("/v1/feed-sources"))["sources"][0]["last"] is not None

    await eventually(looked, what="a look for a file")
    terms = {"zones": [{"countries": ["BR"], "transit_days": 2}]}
    await caller.send("PUT", f"/v1/suppliers/{applied['supplier_id']}/shipping-terms", terms)
    registration_number = facts["registration_number"]
    person = {"email": f"canary-{name}@people.example", "name": f"Canary{name}", "role": "read_only"}
    invited = await caller.post("/v1/users", person)
    return Party(
        identifier=applied["supplier_id"],
        caller=caller,
        canaries=(f"Canary{name}", f"canary-{name}", sku, registration_number),
        records={
            "supplier_id": applied["supplier_id"],
            "offer_id": offer["offer_id"],
            "product_id": offer["product_id"],
            "submission_id": submitted["submissions"][0]["submission_id"],
            "feed_id": fed[0],
            "group_id": group["group_id"],
            "mapping_id": mapping["mapping_id"],
            "upload_id": upload["upload_id"],
            "source_id": source["source_id"],
            "supplier_sku": sku,
            "user_id": invited["user_id"],
        },
    )


async def _storefront(marketplace: RunningMarketplace, *, name: str, offer_id: str) -> Party:
    identifier = f"storefront-{name}"
    issued = await marketplace.operator.post(
        "/v1/api-keys", {"role": "storefront", "subject_id": identifier, "label": name}
    )
    caller = marketplace.caller(key=issued["api_key"])
    orders = []
    sent = []
    for number in range(2):
        body = order(
            reference=f"canary-reference-{name}-{number}",
            lines=[line(offer={"offer_id": offer_id, "price_minor": 1299}, quantity=4)],
        )
        body["ship_to"] = {**body["ship_to"], "name": f"Canaria {name}", "email": f"shopper-{name}@example.com"}
        sent.append(body)
        headers = {"Idempotency-Key": f"canary-key-{name}-{number}"}
        orders.append(await caller.send("POST", "/v1/orders", body, headers=headers))
    endpoints = []
    for number in range(2):
        url = f"http://127.0.0.1:9/canary-hook-{name}-{number}"
        endpoints.append(await caller.post("/v1/webhook-endpoints", {"url": url}))
    wanted = {"lines": [{"offer_id": offer_id, "quantity": 1}], "seconds": 3_600}
    headers = {"Idempotency-Key": f"canary-hold-{name}"}
    held = await caller.send("POST", "/v1/reservations", wanted, headers=headers)
    export_id = await _exported(caller)
    order_file_id = await _order_file(caller, orders=sent)
    return Party(
        identifier=identifier,
        caller=caller,
        canaries=(
            f"canary-reference-{name}",
            f"Canaria {name}",
            f"shopper-{name}",
            f"canary-hook-{name}",
            endpoints[0]["signing_secret"],
        ),
        records={
            "order_id": orders[0]["order_id"],
            "reservation_id": held["reservation_id"],
            "delivered_order_id": orders[1]["order_id"],
            "endpoint_id": endpoints[0]["endpoint_id"],
            "export_id": export_id,
            "order_file_id": order_file_id,
        },
    )


async def _order_file(caller: Caller, *, orders: list[dict[str, Any]]) -> str:
    """Send the same orders as two files and wait until both have their results."""
    content = b"\n".join(msgspec.json.encode(one) for one in orders)
    for _ in range(2):
        headers = {"Content-Type": "application/jsonl"}
        answered = await caller.call("POST", "/v1/order-files?file_name=canary", raw=content, headers=headers)
        assert answered.status == 202, answered

    async def applied() -> str | None:
        files = (await caller.get("/v1/order-files"))["order_files"]
        return str(files[0]["file_id"]) if all(one["state"] == "applied" for one in files) else None

    return await eventually(applied, what="files of orders with their results")


async def _exported(caller: Caller) -> str:
    """Ask for two exports and wait until both are written, so that nothing of them changes any more."""
    for form in ("json_lines", "csv"):
        await caller.post("/v1/product-exports", {"format": form, "scope": "all"})

    async def ask() -> str | None:
        exports = (await caller.get("/v1/product-exports"))["exports"]
        return str(exports[0]["export_id"]) if all(one["state"] == "finished" for one in exports) else None

    return await eventually(ask, what="exports")


async def _sent(marketplace: RunningMarketplace, *, order_id: str) -> str:
    """Wait until the suppliers have every purchase order of the order, so that nothing moves by itself any more."""

    async def ask() -> str | None:
        found = await marketplace.operator.get(f"/v1/orders/{order_id}")
        (one,) = found["purchase_orders"]
        return str(one["purchase_order_id"]) if one["state"] == "sent" else None

    return await eventually(ask, what="purchase orders are sent")


async def _returned(marketplace: RunningMarketplace, *, supplier: Party, storefront: Party) -> dict[str, str]:
    """Let goods of the second order come back and the storefront complain about them, each twice."""
    order_id = storefront.records["delivered_order_id"]
    purchase_order = f"/v1/purchase-orders/{await _sent(marketplace, order_id=order_id)}"
    accepted = {"lines": [{"line_number": 1, "decision": "accepted"}]}
    await supplier.caller.post(f"{purchase_order}/acknowledgment", accepted)
    await supplier.caller.post(f"{purchase_order}/shipments", {"carrier": "DHL", "tracking_number": "JJD000001"})
    await supplier.caller.post(f"{purchase_order}/deliveries", {})
    records = {}
    for number in range(2):
        line_back = {"line_number": 1, "quantity": 1, "reason": "changed_mind"}
        wanted = {"reference": f"canary-return-{number}", "lines": [line_back]}
        asked = await storefront.caller.post(f"/v1/orders/{order_id}/returns", wanted)
        records["return_id"] = asked["returns"][0]["return_id"]
        came = {"line_number": 1, "quantity": 1, "condition": "opened"}
        path = f"/v1/returns/{records['return_id']}/receipts"
        records["refund_id"] = (await supplier.caller.post(path, {"reference": "1", "lines": [came]}))["refund_id"]
        told = {"reference": f"canary-incident-{number}", "kind": "damaged", "text": "It is broken."}
        incident = await storefront.caller.post(f"/v1/orders/{order_id}/incidents", told)
        records["incident_id"] = incident["incident_id"]
    path = f"/v1/incidents/{records['incident_id']}/files?file_name=broken.png"
    picture = b"\x89PNG\r\n\x1a\n" + b"broken" * 3
    added = await storefront.caller.call("POST", path, raw=picture, headers={"Content-Type": "image/png"})
    return records | {"attachment_id": added.body["attachment_id"]}


async def _review_task(marketplace: RunningMarketplace) -> str:
    await marketplace.anyone.post(
        "/v1/supplier-applications", application(legal_name="Doubtful Ltda", tax_id="11222333000180")
    )

    async def ask() -> str | None:
        tasks = (await marketplace.operator.get("/v1/review-tasks"))["review_tasks"]
        return str(tasks[0]["task_id"]) if tasks else None

    return await eventually(ask, what="a review task")


async def _spare_key(marketplace: RunningMarketplace) -> str:
    body = {"role": "operator", "subject_id": "spare", "label": "spare"}
    issued = await marketplace.operator.post("/v1/api-keys", body)
    return str(issued["key"]["key_id"])


async def _strangers(marketplace: RunningMarketplace) -> dict[str, str | None]:
    """Return texts that open nothing: none, ones that were never keys, and one revoked key for each role."""
    good = marketplace.operator.key or ""
    strangers: dict[str, str | None] = {
        "nobody": None,
        "nonsense": "nonsense",
        "altered": good[:-2] + ("AA" if not good.endswith("AA") else "BB"),
        "promoted": (marketplace.storefront.key or "").replace("storefront", "operator"),
    }
    for role in ("operator", "supplier", "storefront"):
        body = {"role": role, "subject_id": f"revoked-{role}", "label": "revoked"}
        issued = await marketplace.operator.post("/v1/api-keys", body)
        await marketplace.operator.send("DELETE", f"/v1/api-keys/{issued['key']['key_id']}", None)
        strangers[f"revoked {role}"] = issued["api_key"]
    return strangers
