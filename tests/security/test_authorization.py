"""Who may call what: every operation against every kind of caller, and every record against everybody else.

What a role may call follows from the operations. Which operations reach single records is listed here, and an
operation that is listed nowhere fails, so nobody adds one without saying whose records it reaches.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from openaisle.kernel.context import Role
from openaisle.kernel.http import Operation
from tests.journeys.marketplace import Answered, Caller, order
from tests.security.stage import Party, Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONNECTION = {"order_acceptance_url": "http://127.0.0.1:9/stolen"}
PARCEL = {"carrier": "DHL", "tracking_number": "STOLEN1"}
# Operations on one record of a supplier: the body is one that its owner might send.
OF_A_SUPPLIER: dict[str, Any] = {
    "amend_supplier_application": {"legal_name": "Stolen Ltda"},
    "revise_supplier_facts": {"legal_name": "Stolen Ltda"},
    "fill_in_application_section": {"legal_name": "Stolen Ltda"},
    "list_missing_facts": None,
    "submit_supplier_application": None,
    "answer_reviewer": {"answer": "Let me in."},
    "send_mailbox_link": None,
    "list_supplier_documents": None,
    "remove_supplier_document": None,
    "get_supplier": None,
    "get_supplier_duties": None,
    "get_scorecard": None,
    "get_supplier_terms": None,
    "agree_to_terms": None,
    "terminate_because_of_terms": {},
    "certify_supplier": {"certified_by": "Nobody"},
    "reveal_supplier_field": {"field": "tax_id"},
    "change_user_role": {"role": "orders"},
    "change_user_state": {"state": "disabled"},
    "connect_supplier": CONNECTION,
    "state_shipping_terms": {"processing_days": 90},
    "read_shipping_terms": None,
    "rotate_supplier_signing_secret": None,
    "get_product_submission": None,
    "get_feed": None,
    "list_feed_issues": None,
    "list_feed_causes": None,
    "list_feed_rows": None,
    "list_review_groups": None,
    "get_review_group": None,
    "list_review_group_rows": None,
    "confirm_feed": None,
    "cancel_feed": None,
    "retry_feed": None,
    "roll_back_feed": None,
    "follow_feed": None,
    "download_feed_report": None,
    "get_feed_upload": None,
    "complete_feed_upload": None,
    "abandon_feed_upload": None,
    "pull_feed_source": None,
    "remove_feed_source": None,
    "preview_feed": None,
    "try_feed_mapping": {"columns": [{"header": "stolen"}]},
    "get_feed_mapping": None,
    "confirm_feed_mapping": {"columns": [{"header": "stolen"}]},
    "confirm_mapping_of_feed": {"columns": [{"header": "stolen"}]},
    "delete_feed_mapping": None,
    "get_product_quality": None,
    "get_supplier_product_quality": None,
    "set_offer_state": {"state": "paused"},
    "set_safety_stock": {"safety_stock": 9},
    "get_purchase_order": None,
    "acknowledge_purchase_order": {"lines": [{"line_number": 1, "decision": "rejected"}]},
    "ship_purchase_order": PARCEL,
    "deliver_purchase_order": {},
    "withdraw_from_purchase_order": {"reason": "Stolen."},
    "get_return": None,
    "authorize_return": {},
    "refuse_return": {"reason": "Stolen."},
    "receive_return": {"reference": "STOLEN", "lines": [{"line_number": 1, "quantity": 1, "condition": "as_new"}]},
    "add_incident_message": {"reference": "STOLEN", "text": "Stolen."},
    "escalate_incident": {"reason": "Stolen."},
    "download_incident_file": None,
}
OF_A_STOREFRONT: dict[str, Any] = {
    "request_return": {
        "reference": "STOLEN",
        "lines": [{"line_number": 1, "quantity": 1, "reason": "damaged"}],
    },
    "get_order_returns": None,
    "get_return_label": None,
    "withdraw_return": {},
    "report_return_parcel": PARCEL,
    "get_refund": None,
    "confirm_refund": {"payment_reference": "STOLEN"},
    "fail_refund": {"reason": "Stolen."},
    "open_incident": {"reference": "STOLEN", "kind": "damaged", "text": "Stolen."},
    "get_order_incidents": None,
    "get_incident": None,
    "reopen_incident": {"reason": "Stolen."},
    "resolve_incident": {"outcome": "withdrawn"},
    "get_reservation": None,
    "release_reservation": None,
    "cancel_order": {},
    "change_order_address": {
        "name": "A Thief",
        "street_lines": ["Elsewhere 1"],
        "city": "Curitiba",
        "postal_code": "80010-000",
        "country": "BR",
    },
    "add_order_note": {"text": "Give it to me."},
    "hold_order": {"reason": "Mine."},
    "release_order": None,
    "request_order_confirmation": None,
    "grant_order_goodwill": {"amount_minor": 1, "reason": "Mine."},
    "get_order_file": None,
    "list_order_file_results": None,
    "download_order_file_report": None,
    "get_order": None,
    "get_product_export": None,
    "download_product_export": None,
    "get_webhook_endpoint": None,
    "set_webhook_endpoint_state": {"state": "paused"},
    "change_webhook_secret": None,
    "list_webhook_deliveries": None,
    "resend_webhook_events": {"since": "2020-01-01T00:00:00Z"},
    "list_webhook_resends": None,
    "delete_webhook_endpoint": None,
}
# Operations that name other's records in a query or a body, and answer with what is the caller's own.
BY_A_QUERY: dict[str, Callable[[Stage], tuple[str, Any, Party]]] = {
    "list_users": lambda stage: (f"?supplier_id={stage.supplier.identifier}", None, stage.other_supplier),
    "list_offers": lambda stage: (f"?supplier_id={stage.supplier.identifier}", None, stage.other_supplier),
    "list_feed_mappings": lambda stage: (f"?supplier_id={stage.supplier.identifier}", None, stage.other_supplier),
    "list_purchase_orders": lambda stage: (f"?supplier_id={stage.supplier.identifier}", None, stage.other_supplier),
    "get_inventory": lambda stage: (f"?offer_id={stage.supplier.records['offer_id']}", None, stage.other_supplier),
    "report_shipments": lambda stage: ("", _batch(stage, **PARCEL), stage.other_supplier),
    "report_deliveries": lambda stage: ("", _batch(stage), stage.other_supplier),
    "set_stock_levels": lambda stage: (
        "",
        {"stock_levels": [{"supplier_sku": stage.supplier.records["supplier_sku"], "on_hand": 0}]},
        stage.other_supplier,
    ),
}
# Lists in which everybody sees only what is their own, also with a cursor out of another's list.
OWN_LISTS: dict[str, tuple[Role, ...]] = {
    "list_product_submissions": (Role.SUPPLIER,),
    "list_feeds": (Role.SUPPLIER,),
    "list_purchase_orders": (Role.SUPPLIER,),
    "list_offers": (Role.SUPPLIER,),
    "list_orders": (Role.STOREFRONT,),
    "list_order_files": (Role.STOREFRONT,),
    "list_reservations": (Role.STOREFRONT,),
    "list_webhook_endpoints": (Role.STOREFRONT,),
    "list_product_exports": (Role.STOREFRONT,),
    "list_returns": (Role.SUPPLIER, Role.STOREFRONT),
    "list_refunds": (Role.STOREFRONT,),
    "list_incidents": (Role.SUPPLIER, Role.STOREFRONT),
    "list_events": (Role.SUPPLIER, Role.STOREFRONT),
}
# The catalog and who trades in it are shown to shoppers; what a supplier sees of it is told by a test of its own.
# Terms are the same for all.
SHARED = {"list_products", "get_product", "get_product_pictures", "get_trader", "list_terms", "get_terms"} | {
    "search_products",
    "list_product_changes",
}
# What categories ask, and what columns can mean, is the same for every supplier.
CATEGORIES = {
    "list_feed_mapping_fields",
    "get_category_tree",
    "list_categories",
    "suggest_categories",
    "get_category_schema",
    "get_category_json_schema",
    "get_category_template",
}
# Whoever calls these makes something of their own and names nobody else's record.
MAKING = {
    "apply_as_supplier",
    "begin_supplier_application",
    "submit_products",
    "send_feed",
    "begin_feed_upload",
    "add_feed_source",
    "place_order",
    "hold_stock",
    "promise_deliveries",
    "send_order_events",
    "send_order_file",
    "request_product_export",
    "register_webhook_endpoint",
    "invite_user",
}
# A test of its own hands a document in, and lets another supplier ask for it.
DOCUMENTS = {"add_supplier_document", "download_supplier_document"}
# Likewise a file of an incident, of which the two it is between are the only parties.
THREADS = {"add_incident_file"}
# Likewise a part of a file, and the addresses from which files are fetched.
WAYS_IN = {"append_to_feed_upload", "list_feed_sources"}
# Papers are there only once a purchase order is accepted, and consent is asked of the storefront of a supplier's
# purchase order: tests of their own.
SHIPPING = {"get_packing_slip", "get_label", "decide_substitutes"}
# Interchanges and invoices are there once a supplier is connected by X12: tests of their own (test_x12.py).
X12 = {
    "send_edi_interchange",
    "list_edi_interchanges",
    "get_edi_interchange",
    "download_edi_interchange",
    "list_supplier_invoices",
    "get_supplier_invoice",
}
# These are about the caller alone, or about who holds a password or a link.
ABOUT_ONESELF = {
    "get_own_account",
    "change_own_password",
    "begin_authenticator",
    "confirm_authenticator",
    "open_session",
    "list_sessions",
    "end_session",
    "end_sessions",
    "request_password_reset",
    "set_password",
    "confirm_mailbox",
}


def _batch(stage: Stage, **facts: Any) -> dict[str, Any]:
    return {"items": [{"purchase_order_id": stage.supplier.records["purchase_order_id"], **facts}]}


def path_of(operation: Operation, *, records: dict[str, str]) -> str:
    path = operation.path
    for name, value in records.items():
        path = path.replace("{" + name + "}", value)
    return path if "{" not in path else path.replace("{", "").replace("}", "")


def caller_of(stage: Stage, *, role: Role) -> Caller:
    return {
        Role.OPERATOR: stage.marketplace.operator,
        Role.SUPPLIER: stage.other_supplier.caller,
        Role.STOREFRONT: stage.other_storefront.caller,
    }[role]


def leaked(answered: Answered, *, party: Party) -> list[str]:
    text = answered.body if isinstance(answered.body, bytes) else msgspec.json.encode(answered.body)
    return [canary for canary in party.canaries if canary.encode() in text]


async def test_every_operation_says_whose_records_it_reaches(stage: Stage) -> None:
    reached = {
        *OF_A_SUPPLIER,
        *OF_A_STOREFRONT,
        *BY_A_QUERY,
        *OWN_LISTS,
        *SHARED,
        *CATEGORIES,
        *MAKING,
        *DOCUMENTS,
        *THREADS,
        *WAYS_IN,
        *SHIPPING,
        *X12,
        *ABOUT_ONESELF,
    }
    for operation in stage.operations:
        if operation.roles == frozenset({Role.OPERATOR}):
            assert operation.name not in reached, operation.name
        else:
            assert operation.name in reached, f"{operation.name} is new: say whose records it reaches"
    assert reached <= {operation.name for operation in stage.operations}, "an operation is gone"


async def test_strangers_reach_nothing_that_asks_for_a_key(stage: Stage) -> None:
    before = stage.items_of(stage.supplier, stage.storefront)
    records = {**stage.supplier.records, **stage.storefront.records, **stage.records}
    for operation in stage.operations:
        if not operation.roles:
            continue
        for name, key in stage.strangers.items():
            answered = await stage.marketplace.caller(key=key).call(
                operation.method, path_of(operation, records=records), raw=b"{}"
            )
            expected = "key-missing" if key is None else "key-unknown"
            assert (answered.status, answered.code) == (401, expected), (operation.name, name, answered)
            assert leaked(answered, party=stage.supplier) == leaked(answered, party=stage.storefront) == []
    assert stage.items_of(stage.supplier, stage.storefront) == before


async def test_every_role_reaches_just_what_its_operations_state(stage: Stage) -> None:
    before = stage.items_of(stage.supplier, stage.storefront)
    for operation in stage.operations:
        for role in (Role.OPERATOR, Role.SUPPLIER, Role.STOREFRONT):
            caller = caller_of(stage, role=role)
            answered = await caller.call(operation.method, path_of(operation, records={}), raw=b"[")
            if not operation.roles or role in operation.roles:
                assert answered.status not in {401, 403, 500}, (operation.name, role, answered)
            else:
                assert (answered.status, answered.code) == (403, "forbidden"), (operation.name, role, answered)
    assert stage.items_of(stage.supplier, stage.storefront) == before


@pytest.mark.parametrize("name", [*OF_A_SUPPLIER, *OF_A_STOREFRONT])
async def test_another_ones_record_is_unknown_and_stays_as_it_is(stage: Stage, name: str) -> None:
    operation = next(one for one in stage.operations if one.name == name)
    is_suppliers = name in OF_A_SUPPLIER
    owner = stage.supplier if is_suppliers else stage.storefront
    foreigner = stage.other_supplier if is_suppliers else stage.other_storefront
    body = (OF_A_SUPPLIER if is_suppliers else OF_A_STOREFRONT)[name]
    before = stage.items_of(owner)
    path = path_of(operation, records=owner.records)

    answered = await foreigner.caller.call(operation.method, path, body)
    invented = await foreigner.caller.call(operation.method, path_of(operation, records=_invented(owner)), body)

    assert answered.status == 404, answered
    assert leaked(answered, party=owner) == []
    assert (invented.status, invented.code) == (answered.status, answered.code), "an answer tells whether it exists"
    assert stage.items_of(owner) == before
    if operation.method == "GET":
        assert (await owner.caller.call("GET", path)).status == 200, "else the test would prove nothing"


def _invented(owner: Party) -> dict[str, str]:
    return {
        name: value[:5] + ("0" if value[5] != "0" else "1") + value[6:] if "_" in value[:4] else value
        for name, value in owner.records.items()
    }


@pytest.mark.parametrize("name", BY_A_QUERY)
async def test_naming_another_ones_record_in_a_query_or_body_reaches_nothing_of_it(stage: Stage, name: str) -> None:
    operation = next(one for one in stage.operations if one.name == name)
    query, body, foreigner = BY_A_QUERY[name](stage)
    before = stage.items_of(stage.supplier)

    answered = await foreigner.caller.call(operation.method, operation.path + query, body)

    assert answered.status in {200, 404}, answered
    if answered.status == 200 and body is not None:
        assert [one.get("status") in {404, "refused"} for one in answered.body["results"]] == [True], answered
    # What the caller itself has just said is no news to it.
    said = stage.supplier.records["supplier_sku"] if name == "set_stock_levels" else ""
    assert [canary for canary in leaked(answered, party=stage.supplier) if canary not in said] == []
    assert stage.items_of(stage.supplier) == before


@pytest.mark.parametrize(("name", "role"), [(name, role) for name, roles in OWN_LISTS.items() for role in roles])
async def test_a_list_shows_only_what_is_the_callers_own(stage: Stage, name: str, role: Role) -> None:
    operation = next(one for one in stage.operations if one.name == name)
    is_suppliers = role is Role.SUPPLIER
    owner = stage.supplier if is_suppliers else stage.storefront
    foreigner = stage.other_supplier if is_suppliers else stage.other_storefront
    # Some events, such as webhooks' product.changed, are for every storefront.
    own_only = "&types=purchase_order.created" if name == "list_events" else ""
    own = await owner.caller.call("GET", f"{operation.path}?limit=1{own_only}")
    assert leaked(own, party=owner) or owner.identifier.encode() in msgspec.json.encode(own.body), "it proves nothing"
    cursor = own.body["next_after"]
    assert cursor is not None

    for query in ("", f"?after={cursor}", f"?limit=500&after={cursor}"):
        answered = await foreigner.caller.call("GET", operation.path + query)
        assert answered.status in {200, 422}, answered
        assert leaked(answered, party=owner) == []
        assert owner.identifier.encode() not in msgspec.json.encode(answered.body), query


async def test_another_ones_document_is_neither_handed_in_nor_out(stage: Stage) -> None:
    path = f"/v1/suppliers/{stage.supplier.identifier}/documents"
    query = "?kind=other&file_name=extract.pdf"
    headers = {"Content-Type": "application/pdf"}
    content = b"%PDF-1.7 nobody else's business"
    added = await stage.supplier.caller.call("POST", path + query, raw=content, headers=headers)
    document = f"{path}/{added.body['document_id']}"
    before = stage.items_of(stage.supplier)

    answers = [
        await stage.other_supplier.caller.call("POST", path + query, raw=content, headers=headers),
        await stage.other_supplier.caller.call("GET", document),
        await stage.other_supplier.caller.call("DELETE", document),
    ]

    assert [(one.status, one.code) for one in answers] == [(404, "supplier-missing")] * 3
    assert stage.items_of(stage.supplier) == before
    own = await stage.supplier.caller.call("GET", document)
    assert (own.status, own.body) == (200, content)
    assert own.headers["content-disposition"] == 'attachment; filename="extract.pdf"'


async def test_nobody_else_reads_or_feeds_an_incident_or_a_return(stage: Stage) -> None:
    incident = f"/v1/incidents/{stage.storefront.records['incident_id']}"
    back = f"/v1/returns/{stage.storefront.records['return_id']}"
    headers = {"Content-Type": "image/png"}
    content = b"\x89PNG\r\n\x1a\n" + b"stolen" * 3
    before = stage.items_of(stage.supplier, stage.storefront)
    for stranger in (stage.other_supplier.caller, stage.other_storefront.caller):
        path = f"{incident}/files?file_name=stolen.png"
        sent = await stranger.call("POST", path, raw=content, headers=headers)
        assert (sent.status, sent.code) == (404, "incident-unknown")
        assert [(await stranger.call("GET", one)).status for one in (incident, back)] == [404, 404]
    assert stage.items_of(stage.supplier, stage.storefront) == before
    for party in (stage.supplier.caller, stage.storefront.caller):
        assert [(await party.call("GET", one)).status for one in (incident, back)] == [200, 200]


async def test_nobody_adds_to_anothers_upload_or_sees_where_its_files_come_from(stage: Stage) -> None:
    path = f"/v1/feed-uploads/{stage.supplier.records['upload_id']}/parts?offset=0"
    headers = {"Content-Type": "application/octet-stream"}
    before = stage.items_of(stage.supplier)
    answered = await stage.other_supplier.caller.call("PUT", path, raw=b"stolen", headers=headers)
    assert (answered.status, answered.code) == (404, "upload-unknown")
    listed = await stage.other_supplier.caller.call("GET", "/v1/feed-sources")
    assert stage.supplier.records["source_id"].encode() not in msgspec.json.encode(listed.body)
    assert stage.items_of(stage.supplier) == before
    own = await stage.supplier.caller.call("GET", "/v1/feed-sources")
    assert [one["source_id"] for one in own.body["sources"]] == [stage.supplier.records["source_id"]]


async def test_a_supplier_sees_a_product_without_the_terms_of_others(stage: Stage) -> None:
    product_id = stage.supplier.records["product_id"]
    answered = await stage.other_supplier.caller.call("GET", f"/v1/products/{product_id}")
    assert (answered.status, answered.body["offers"]) == (200, [])
    assert leaked(answered, party=stage.supplier) == []
    listed = await stage.other_supplier.caller.call("GET", "/v1/products?limit=500")
    assert leaked(listed, party=stage.supplier) == []


async def test_nobody_is_told_who_supplied_a_products_facts_but_the_operator(stage: Stage) -> None:
    product_id = stage.supplier.records["product_id"]
    for path in (f"/v1/products/{product_id}", "/v1/products?limit=500"):
        answered = await stage.other_supplier.caller.call("GET", path)
        assert stage.supplier.identifier.encode() not in msgspec.json.encode(answered.body), path


async def test_an_idempotency_key_of_another_storefront_gives_nothing_away(stage: Stage) -> None:
    offer_id = stage.other_supplier.records["offer_id"]
    body = order(
        reference="canary-reference-xenia-0", lines=[{"offer_id": offer_id, "quantity": 1, "unit_price_minor": 1299}]
    )
    headers = {"Idempotency-Key": "canary-key-xenia-0"}
    answered = await stage.other_storefront.caller.call("POST", "/v1/orders", body, headers=headers)
    assert answered.status == 201, answered
    assert "idempotent-replayed" not in answered.headers
    assert answered.body["order_id"] != stage.storefront.records["order_id"]


@pytest.mark.parametrize("paper", ["packing-slip", "label", "label?form=pdf"])
async def test_nobody_prints_the_papers_of_anothers_purchase_order(stage: Stage, paper: str) -> None:
    path = f"/v1/purchase-orders/{stage.supplier.records['purchase_order_id']}/{paper}"
    answered = await stage.other_supplier.caller.call("GET", path)
    assert (answered.status, answered.code) == (404, "purchase-order-unknown")
    # Nor does the supplier itself, before it has promised to send anything.
    own = await stage.supplier.caller.call("GET", path)
    assert (own.status, own.code) == (409, "papers-not-ready")


async def test_nobody_consents_for_another_storefront(stage: Stage) -> None:
    path = f"/v1/purchase-orders/{stage.supplier.records['purchase_order_id']}/consents"
    body = {"lines": [{"line_number": 1, "granted": True}]}
    before = stage.items_of(stage.supplier, stage.storefront)
    answered = await stage.other_storefront.caller.call("POST", path, body)
    assert (answered.status, answered.code) == (404, "purchase-order-unknown")
    own = await stage.storefront.caller.call("POST", path, body)
    assert (own.status, own.code) == (409, "consent-refused")
    assert stage.items_of(stage.supplier, stage.storefront) == before
