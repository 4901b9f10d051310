"""What the documentation of suppliers' systems and webhooks shows is what the code sends and understands."""

from __future__ import annotations

import re
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from openaisle_examples.suppliers.documents import PURCHASE_ORDERS, STOCK_QUESTION
from standardwebhooks.webhooks import WebhookVerificationError

from openaisle.adapters.webhook_signer import StandardWebhooksSigner
from openaisle.orders.channels.documents import (
    CancellationAnswer,
    CancellationDocument,
    PurchaseOrderAnswer,
    PurchaseOrderDocument,
    StockAnswer,
)
from openaisle.webhooks.cloud_events import CloudEvent
from openaisle.webhooks.model import MAXIMUM_ENDPOINTS_PER_OWNER, PAUSES_SECONDS

DOCUMENTS = Path(__file__).resolve().parents[3] / "docs"
EXAMPLE = re.compile(r"<!-- example: (?P<name>[a-z ]+) -->\n```json\n(?P<text>.*?)```", re.DOTALL)
PYTHON = re.compile(r"```python\n(?P<text>.*?)```", re.DOTALL)


def examples(document: str) -> dict[str, bytes]:
    text = (DOCUMENTS / document).read_text(encoding="utf-8")
    return {found["name"]: found["text"].encode() for found in EXAMPLE.finditer(text)}


def fields_of(struct: type[msgspec.Struct]) -> set[str]:
    return {field.encode_name for field in msgspec.structs.fields(struct)}


def test_the_examples_of_the_supplier_api_are_what_is_sent_and_understood():
    shown = examples("reference/supplier-api.md")
    (sent,) = msgspec.json.decode(shown["purchase orders"])["purchase_orders"]
    assert set(sent) == fields_of(PurchaseOrderDocument)
    assert msgspec.convert(sent, PurchaseOrderDocument)
    assert PURCHASE_ORDERS.decode(shown["purchase orders"]).purchase_orders[0].units == 3
    answers = msgspec.json.decode(shown["acknowledgments"])["acknowledgments"]
    decisions = [answer.decision for answer in msgspec.convert(answers, list[PurchaseOrderAnswer])]
    assert decisions == ["accepted", "rejected", "partial", "later"]
    (canceled,) = msgspec.json.decode(shown["cancellations"])["cancellations"]
    assert set(canceled) == fields_of(CancellationDocument)
    assert msgspec.convert(canceled, CancellationDocument).lines[0].remaining_quantity == 1
    told = msgspec.json.decode(shown["cancellation answers"])["cancellations"]
    assert msgspec.convert(told, list[CancellationAnswer])[0].decision == "canceled"
    assert len(STOCK_QUESTION.decode(shown["stock question"]).supplier_skus) == 2
    levels = msgspec.json.decode(shown["stock levels"])["stock_levels"]
    assert [level.on_hand for level in msgspec.convert(levels, list[StockAnswer])] == [12, 0]


def test_the_example_of_an_event_has_all_its_attributes():
    shown = msgspec.json.decode(examples("reference/webhooks.md")["event"])
    assert set(shown) == fields_of(CloudEvent)


def test_the_numbers_of_the_reference_are_those_of_the_code():
    text = (DOCUMENTS / "reference/webhooks.md").read_text(encoding="utf-8")
    pauses = [f"{seconds:,}" for seconds in PAUSES_SECONDS]
    assert " ".join(text.split()).count(f"after {', '.join(pauses[:-1])} and then every {pauses[-1]} seconds") == 1
    assert f"An owner may have {MAXIMUM_ENDPOINTS_PER_OWNER} endpoints." in text


def test_the_receiver_of_the_how_to_page_takes_each_event_once_and_only_signed():
    text = (DOCUMENTS / "how-to/receive-webhooks.md").read_text(encoding="utf-8")
    found = PYTHON.search(text)
    assert found is not None
    page: dict[str, Any] = {}
    exec(found["text"], page)  # the page's own code, which it promises works
    store = sqlite3.connect(":memory:")
    store.execute("CREATE TABLE known_events (id TEXT PRIMARY KEY)")
    store.execute("CREATE TABLE parcels (order_id TEXT, tracking_number TEXT)")
    signer = StandardWebhooksSigner()
    secret = signer.new_secret()
    shipped = {"id": "1-1", "type": "purchase_order.shipped", "data": {"order_id": "ord_1", "tracking_number": "T1"}}
    for told in (shipped, [shipped], [shipped, {"id": "2-1", "type": "order.placed", "data": {}}]):
        body = msgspec.json.encode(told)
        headers = signer.headers(secrets=(secret,), message_id="msg_1", at=datetime.now(UTC), body=body)
        page["receive"](body=body, headers=headers, secret=secret, store=store)
        with pytest.raises(WebhookVerificationError):
            page["receive"](body=body + b" ", headers=headers, secret=secret, store=store)
    assert store.execute("SELECT * FROM parcels").fetchall() == [("ord_1", "T1")]
    assert store.execute("SELECT count(*) FROM known_events").fetchone() == (2,)
    store.close()
