"""No request whatever makes the API fail: each answer is a success, or a problem that the operation documents.

Afterwards the stock adds up, and what was taken in breaks none of the marketplace's own work.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openaisle.bootstrap import Marketplace, open_marketplace
from openaisle.config import Settings
from openaisle.entrypoints.http.application import http_application
from openaisle.entrypoints.http.openapi import errors_of
from openaisle.kernel.context import Role, system_context
from openaisle.kernel.errors import every_error
from openaisle.kernel.http import Operation
from tests.factories.http import Called, call
from tests.journeys.marketplace import application, line, order, submission
from tests.security.fuzzing import CURSORS, PATH_TEXTS, WRONG_TEXTS, bodies, patterns_of, queries, spoiled
from tests.security.stage import require_sound_stock
from tests.support.waiting import eventually

EXAMPLES = 25


class Target:
    """An open marketplace without a server: the same application, called in this process."""

    def __init__(self, *, marketplace: Marketplace, loop: asyncio.AbstractEventLoop, home: Path) -> None:
        self.marketplace = marketplace
        self.home = home
        self.operations = {one.name: one for one in marketplace.operations}
        self.keys: dict[Role, str] = {}
        self.records: dict[str, str] = {}
        self._application = http_application(marketplace=marketplace)
        self._loop = loop

    def run(self, work: Any) -> Any:
        return self._loop.run_until_complete(work)

    async def key(self, *, role: Role, subject_id: str) -> str:
        context = system_context(name="test", at=self.marketplace.clock.now(), correlation_id="test")
        _, text = await self.marketplace.rooms.api_keys.issue(
            role=role, subject_id=subject_id, label="test", context=context
        )
        return text

    def call(self, **request: Any) -> Called:
        return self.run(call(self._application, **request))

    def asked(self, method: str, path: str, body: object, *, role: Role) -> Any:
        headers = {"content-type": "application/json", "idempotency-key": "first"}
        answered = self.call(
            method=method, path=path, body=msgspec.json.encode(body), headers=headers, key=self.keys[role]
        )
        assert answered.status < 300, answered
        return answered.json()

    def work(self) -> None:
        """Let the marketplace do its own work until it is done with everything."""

        async def until_done() -> None:
            pipes = self.marketplace.pipe_runner
            running = [asyncio.create_task(one.run()) for one in (pipes, self.marketplace.sources["reviews"])]

            async def is_done() -> bool:
                engines = self.marketplace.engines
                depth = await engines.manual_verification.depth(now=engines.clock.now())
                return not depth and all(not one.behind and one.is_running_here for one in await pipes.status())

            try:
                await eventually(is_done, what="the pipes are done with everything")
            finally:
                for task in running:
                    task.cancel()
                await asyncio.gather(*running, return_exceptions=True)

        self.run(until_done())


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    home = tmp_path_factory.mktemp("fuzzed") / "home"
    loop = asyncio.new_event_loop()
    chosen = Settings(
        home=str(home), durable=False, allowed_private_hosts=("127.0.0.1",), outbound_plain_http_allowed=True
    )
    opening = open_marketplace(settings=chosen)
    target = Target(marketplace=loop.run_until_complete(opening.__aenter__()), loop=loop, home=home)
    _people(target)
    yield target
    loop.run_until_complete(opening.__aexit__(None, None, None))
    loop.close()


def _people(target: Target) -> None:
    target.keys[Role.OPERATOR] = target.run(target.key(role=Role.OPERATOR, subject_id="ana"))
    target.keys[Role.STOREFRONT] = target.run(target.key(role=Role.STOREFRONT, subject_id="shop"))
    target.keys[Role.SUPPLIER] = target.keys[Role.OPERATOR]
    applied = target.asked("POST", "/v1/supplier-applications", application(), role=Role.OPERATOR)
    target.keys[Role.SUPPLIER] = applied["api_key"]
    doubtful = application(tax_id="11222333000180")
    target.asked("POST", "/v1/supplier-applications", doubtful, role=Role.OPERATOR)
    target.work()
    target.asked("POST", "/v1/product-submissions", {"submissions": [submission()]}, role=Role.SUPPLIER)
    target.work()
    (offer,) = target.asked("GET", "/v1/offers", None, role=Role.SUPPLIER)["offers"]
    placed = target.asked("POST", "/v1/orders", order(lines=[line(offer=offer, quantity=9)]), role=Role.STOREFRONT)
    hook = {"url": "http://127.0.0.1:9/hook"}
    endpoint = target.asked("POST", "/v1/webhook-endpoints", hook, role=Role.STOREFRONT)
    (task,) = target.asked("GET", "/v1/review-tasks", None, role=Role.OPERATOR)["review_tasks"]
    target.records.update(
        supplier_id=applied["supplier_id"],
        offer_id=offer["offer_id"],
        product_id=offer["product_id"],
        order_id=placed["order_id"],
        purchase_order_id=placed["purchase_orders"][0]["purchase_order_id"],
        endpoint_id=endpoint["endpoint_id"],
        task_id=task["task_id"],
    )
    target.records["rule_id"] = _kept_rule(target)
    target.records |= _returned(target, offer=offer)


def _returned(target: Target, *, offer: Any) -> dict[str, str]:
    """Let goods of an order of its own come back, and somebody complain about them."""
    body = order(lines=[line(offer=offer, quantity=9)])
    headers = {"content-type": "application/json", "idempotency-key": "returned"}
    placed = target.call(
        method="POST",
        path="/v1/orders",
        body=msgspec.json.encode(body),
        headers=headers,
        key=target.keys[Role.STOREFRONT],
    ).json()
    order_id, storefront, supplier = placed["order_id"], Role.STOREFRONT, Role.SUPPLIER
    purchase_order = f"/v1/purchase-orders/{placed['purchase_orders'][0]['purchase_order_id']}"
    accepted = {"lines": [{"line_number": 1, "decision": "accepted"}]}
    target.asked("POST", f"{purchase_order}/acknowledgment", accepted, role=supplier)
    target.asked("POST", f"{purchase_order}/shipments", {"carrier": "DHL", "tracking_number": "JJD1"}, role=supplier)
    target.asked("POST", f"{purchase_order}/deliveries", {}, role=supplier)
    back = {"reference": "1", "lines": [{"line_number": 1, "quantity": 1, "reason": "damaged"}]}
    asked = target.asked("POST", f"/v1/orders/{order_id}/returns", back, role=storefront)["returns"][0]
    came = {"reference": "1", "lines": [{"line_number": 1, "quantity": 1, "condition": "opened"}]}
    done = target.asked("POST", f"/v1/returns/{asked['return_id']}/receipts", came, role=supplier)
    back["reference"] = "2"
    waiting = target.asked("POST", f"/v1/orders/{order_id}/returns", back, role=storefront)["returns"][0]
    told = {"reference": "1", "kind": "damaged", "text": "It is broken."}
    incident = target.asked("POST", f"/v1/orders/{order_id}/incidents", told, role=storefront)
    return {
        "return_id": waiting["return_id"],
        "refund_id": done["refund_id"],
        "incident_id": incident["incident_id"],
    }


def _kept_rule(target: Target) -> str:
    doubtful = {"submissions": [submission(supplier_sku="RULE-1", title="=Mug")]}
    target.asked("POST", "/v1/product-submissions", doubtful, role=Role.SUPPLIER)
    target.work()
    # The pipes are done once the review is asked for; the queue may still hold it.
    target.run(target.marketplace.sources["reviews"].run_once())  # type: ignore[attr-defined]
    path = "/v1/review-tasks"
    tasks = target.asked("GET", path, None, role=Role.OPERATOR)["review_tasks"]
    task = next(one for one in tasks if one["subject_kind"] == "product_submission")
    decision = {"task_ids": [task["task_id"]], "decision": "approved", "reason": "So it is called."}
    target.asked("POST", f"{path}/resolutions", decision, role=Role.OPERATOR)
    kept = {"code": "formula_cell", "field": "title"}
    rule = target.asked("POST", f"{path}/{task['task_id']}/rules", kept, role=Role.OPERATOR)
    target.asked("POST", f"/v1/review-rules/{rule['rule_id']}/test", None, role=Role.OPERATOR)
    return str(rule["rule_id"])


def documented(operation: Operation) -> set[int]:
    return {error.status for error in errors_of(operation=operation)} - {500} | {operation.status}


def require_documented(called: Called, *, operation: Operation, sent: Any) -> None:
    told = f"{operation.name} answered {called.status} {called.body[:600]!r} to {str(sent)[:600]}"
    assert called.status in documented(operation), told
    if called.status >= 400:
        assert called.headers["content-type"] == "application/problem+json", told
        problem = called.json()
        codes = {error.code: error.status for error in every_error()}
        assert codes[problem["code"]] == called.status == problem["status"], told
        assert problem["mend"], told
        assert len(called.body) < 60_000, told


# What ends a key or an endpoint would make the examples after it all the same.
NAMES = [
    "begin_supplier_application", "fill_in_application_section", "list_missing_facts", "submit_supplier_application",
    "send_mailbox_link", "confirm_mailbox",
    "answer_reviewer", "add_supplier_document", "list_supplier_documents", "download_supplier_document",
    "remove_supplier_document", "revise_supplier_facts", "offboard_supplier", "withdraw_offboarding",
    "reverify_supplier", "publish_terms", "list_terms", "get_terms", "list_terms_answers", "get_supplier_terms",
    "agree_to_terms", "terminate_because_of_terms",
    "apply_as_supplier", "amend_supplier_application", "list_suppliers", "get_supplier", "suspend_supplier",
    "reinstate_supplier", "connect_supplier", "rotate_supplier_signing_secret", "list_review_tasks",
    "get_review_task", "get_review_history", "claim_review_task", "release_review_task", "note_review_task",
    "resolve_review_task", "resolve_review_tasks", "keep_review_rule", "list_review_rules", "get_review_rule",
    "list_review_rule_applications", "test_review_rule", "revise_review_rule", "switch_on_review_rule",
    "switch_off_review_rule", "submit_products", "get_product_submission",
    "list_product_submissions", "send_feed", "get_feed", "list_feeds", "list_feed_issues", "list_products",
    "list_feed_causes", "list_feed_rows", "list_review_groups", "get_review_group", "list_review_group_rows",
    "confirm_feed", "cancel_feed", "retry_feed", "roll_back_feed",
    "set_product_state", "set_offer_state", "get_product", "list_offers", "get_inventory", "set_stock_levels",
    "change_order_address", "add_order_note", "hold_order", "release_order", "request_order_confirmation",
    "grant_order_goodwill", "send_order_events", "send_order_file", "list_order_files", "get_order_file",
    "list_order_file_results", "download_order_file_report",
    "state_shipping_terms", "read_shipping_terms", "promise_deliveries", "compare_allocation_weights",
    "hold_stock", "list_reservations", "get_reservation", "release_reservation", "set_safety_stock",
    "place_order", "cancel_order", "get_order", "list_orders", "get_purchase_order", "list_purchase_orders",
    "acknowledge_purchase_order", "ship_purchase_order", "report_shipments", "deliver_purchase_order",
    "withdraw_from_purchase_order", "decide_substitutes", "get_packing_slip", "get_label",
    "report_deliveries", "register_webhook_endpoint", "list_webhook_endpoints", "get_webhook_endpoint",
    "set_webhook_endpoint_state", "change_webhook_secret", "delete_webhook_endpoint", "get_overview",
    "list_webhook_deliveries", "resend_webhook_events", "list_webhook_resends", "list_events",
    "issue_api_key", "list_api_keys", "revoke_api_key", "list_executions", "get_execution", "list_dead_letters",
    "send_dead_letters_again", "load_category_tree", "get_category_tree", "list_categories", "suggest_categories",
    "get_category_schema", "write_category_schema", "list_category_schema_versions", "get_category_json_schema",
    "get_category_template", "list_feed_mapping_fields", "list_feed_mappings", "get_feed_mapping",
    "confirm_feed_mapping", "delete_feed_mapping", "preview_feed", "try_feed_mapping", "confirm_mapping_of_feed",
    "begin_feed_upload", "append_to_feed_upload", "get_feed_upload", "complete_feed_upload", "abandon_feed_upload",
    "follow_feed", "download_feed_report", "add_feed_source", "list_feed_sources", "pull_feed_source",
    "remove_feed_source", "get_scorecard", "list_scorecards", "decide_scorecard",
    "send_edi_interchange", "list_edi_interchanges", "get_edi_interchange", "download_edi_interchange",
    "list_supplier_invoices", "get_supplier_invoice",
]  # fmt: skip


def test_operations_that_came_later_are_fuzzed_too(target: Target) -> None:
    assert set(NAMES) <= set(target.operations), "an operation is gone"
    for name in set(target.operations) - set(NAMES):
        require_sound_answers(target, name)


@pytest.mark.parametrize("name", NAMES)
def test_whatever_is_sent_is_answered_as_documented(target: Target, name: str) -> None:
    require_sound_answers(target, name)


def require_sound_answers(target: Target, name: str) -> None:
    operation = target.operations[name]
    media_type = operation.file_media_types[0] if operation.file_media_types else "application/json"
    roles = sorted(operation.roles) or [Role.OPERATOR]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def answers(data: st.DataObject) -> None:
        path = operation.path
        for parameter in re.findall(r"\{(\w+)\}", operation.path):
            known = target.records.get(parameter, "unknown")
            value = data.draw(st.one_of(st.just(known), st.just(known), PATH_TEXTS))
            path = path.replace("{" + parameter + "}", value.replace("/", "%2F") or "-")
        body = data.draw(bodies(model=operation.body)) if operation.body is not None else b""
        body = _with_records(body, target=target, data=data)
        if operation.file_media_types:
            body = data.draw(st.binary(max_size=2_000))
        query = data.draw(queries(model=operation.query))
        headers = {
            "content-type": media_type,
            "idempotency-key": data.draw(st.sampled_from(["first", "k", "key-of-example", "x" * 200])),
        }
        key = target.keys[data.draw(st.sampled_from(roles))]
        called = target.call(
            method=operation.method, path=path, query=urlencode(query), body=body, headers=headers, key=key
        )
        require_documented(called, operation=operation, sent=(path, query, body))

    answers()


def _with_records(body: bytes, *, target: Target, data: st.DataObject) -> bytes:
    """Put real identifiers where identifiers stand, now and then: what is unknown is refused before all else."""
    if data.draw(st.booleans()):
        for name in ("offer_id", "product_id", "purchase_order_id"):
            known = msgspec.json.encode(target.records[name])
            body = re.sub(rb'"%s": "[^"\\]*"' % name.encode(), b'"%s": %s' % (name.encode(), known), body)
    return body


# Bodies in which nothing is wrong, so that each wrong value gets as far as it can. Those of operations that change
# what the others need name a record that does not exist.
GOOD: dict[str, Any] = {
    "apply_as_supplier": application(doing_business_as="Verde", business_model="marketplace"),
    "amend_supplier_application": {"legal_name": "Verde", "address": {"city": "Santos", "country": None}},
    "suspend_supplier": {"reason": "Late."},
    "reinstate_supplier": {"reason": "Sorry."},
    "connect_supplier": {
        "order_acceptance_url": "http://127.0.0.1:9/a",
        "inventory_url": "http://127.0.0.1:9/b",
        "timeout_seconds": 1,
        "maximum_batch": 1,
        "acknowledge_within_seconds": 60,
        "inventory_freshness_seconds": 1,
    },
    "claim_review_task": {"assignee": "maria"},
    "resolve_review_task": {"decision": "corrected", "reason": "Typing error.", "corrections": {"tax_id": "1"}},
    "submit_products": {
        "submissions": [
            submission(attributes={"color": "red"}, product_reference="R-1", location="default", condition="new")
        ]
    },
    "set_product_state": {"state": "active"},
    "set_offer_state": {"state": "active"},
    "set_stock_levels": {"stock_levels": [{"supplier_sku": "SKU-1", "location": "default", "on_hand": 100}]},
    "hold_stock": {"lines": [{"offer_id": "off_1", "product_id": None, "quantity": 1}], "seconds": 60},
    "set_safety_stock": {"location": "default", "safety_stock": 0},
    "cancel_order": {"lines": [{"line_number": 1, "quantity": 10_000}], "reason": "No."},
    "acknowledge_purchase_order": {
        "lines": [
            {"line_number": 9, "decision": "rejected", "reason": "No.", "expected_ship_date": "2026-11-24"},
        ]
    },
    "ship_purchase_order": {
        "carrier": "DHL",
        "tracking_number": "JJD0001",
        "lines": [{"line_number": 1, "quantity": 10_000}],
        "service": "Paket",
        "expected_delivery_date": "2026-11-30",
        "packages": [
            {
                "tracking_number": "JJD0001",
                "sscc": "006141411234567890",
                "weight_grams": 1,
                "length_mm": 1,
                "width_mm": 1,
                "height_mm": 1,
                "lines": [{"line_number": 1, "quantity": 1}],
            }
        ],
        "serials": [{"line_number": 1, "serial_numbers": ["S-1"]}],
    },
    "withdraw_from_purchase_order": {"lines": [{"line_number": 9, "quantity": 1}], "reason": "Broken."},
    "decide_substitutes": {"lines": [{"line_number": 9, "granted": True}], "reason": "No."},
    "report_shipments": {"items": [{"purchase_order_id": "po_1", "carrier": "DHL", "tracking_number": "JJD0001"}]},
    "deliver_purchase_order": {"shipment_id": "shp_1", "delivered_at": "2026-11-23T10:00:00Z"},
    "report_deliveries": {"items": [{"purchase_order_id": "po_1", "delivered_at": "2026-11-23T10:00:00Z"}]},
    "register_webhook_endpoint": {"url": "http://127.0.0.1:9/x", "event_types": ["order.placed"], "batch_size": 5},
    "set_webhook_endpoint_state": {"state": "active", "reason": "x"},
    "resend_webhook_events": {"event_id": "130-1"},
    "issue_api_key": {"role": "storefront", "subject_id": "shop", "label": "x"},
}


def _good(target: Target, name: str) -> Any:
    if name != "place_order":
        return GOOD[name]
    lines = [{"offer_id": target.records["offer_id"], "product_id": None, "quantity": 1, "line_number": 1}]
    lines[0] |= {"unit_price_minor": 1299, "shipping_minor": 5}
    body = order(lines=lines)
    body["ship_to"] |= {"phone": "+55 41 1", "email": "a@b.example"}
    return body


def _path(target: Target, operation: Operation) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: target.records.get(found[1], "unknown"), operation.path)


@pytest.mark.parametrize("name", [*GOOD, "place_order"])
def test_one_wrong_value_at_any_place_is_answered_as_documented(target: Target, name: str) -> None:
    operation = target.operations[name]
    (key, *_) = [target.keys[role] for role in sorted(operation.roles)] or [""]
    good = _good(target, name)
    for number, (sent, body) in enumerate(spoiled(good)):
        headers = {"content-type": "application/json", "idempotency-key": f"{name}-{number}"}
        called = target.call(
            method=operation.method, path=_path(target, operation), body=body, headers=headers, key=key
        )
        require_documented(called, operation=operation, sent=sent)


def test_a_good_body_is_one_that_the_operation_takes(target: Target) -> None:
    for name in [*GOOD, "place_order"]:
        operation = target.operations[name]
        headers = {"content-type": "application/json", "idempotency-key": "good"}
        (key, *_) = [target.keys[role] for role in sorted(operation.roles)] or [""]
        body = msgspec.json.encode(_good(target, name))
        called = target.call(
            method=operation.method, path=_path(target, operation), body=body, headers=headers, key=key
        )
        refused = called.status >= 400 and called.json()["code"] in {"request-invalid", "malformed-json"}
        assert not refused, (name, called)


def test_patterns_are_met_to_the_very_end(target: Target) -> None:
    """Python's $ lets a line feed pass that ends a text, which then stands in keys, files and headers."""
    for operation in target.operations.values():
        for model in (operation.body, operation.query):
            for place, pattern in patterns_of(model) if model is not None else ():
                assert not pattern.endswith("$"), (operation.name, place, pattern)
                assert "\\d" not in pattern, (operation.name, place, "takes digits of every script")


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith(("list_", "get_"))])
def test_one_wrong_parameter_is_answered_as_documented(target: Target, name: str) -> None:
    operation = target.operations[name]
    fields = msgspec.structs.fields(operation.query) if operation.query is not None else ()
    for role in operation.roles:
        for field in fields:
            for value in (*WRONG_TEXTS, *CURSORS):
                query = urlencode({field.encode_name: value.encode("utf-8", "replace")})
                called = target.call(path=_path(target, operation), query=query, key=target.keys[role])
                require_documented(called, operation=operation, sent=(role, query))


def test_afterwards_the_stock_adds_up_and_nothing_breaks_the_marketplaces_own_work(target: Target) -> None:
    target.work()
    assert require_sound_stock(store_file=target.home / "openaisle.db") > 0
    broken = target.run(target.marketplace.engines.set_aside.dead_letters(limit=10))
    assert [letter.body[:600] for letter in broken] == []
