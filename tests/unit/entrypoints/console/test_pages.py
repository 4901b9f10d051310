"""What the pages show and what their forms do, over real rooms."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from openaisle.kernel.context import Role
from openaisle.kernel.search import SearchDocument
from openaisle.orders.commands import Cancellation
from tests.factories.contexts import NOON, make_context
from tests.factories.orders import STOREFRONT, make_line
from tests.support.console_stage import Browser, ConsoleStage, form_token_in

ATTACK = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'"
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;"
REVIEW = "/reviews/{task_id}"


async def text_of(browser: Browser, path: str, *, query: str = "") -> str:
    answered = await browser.get(path, query=query)
    assert answered.status == 200, answered.body.decode()[:1_000]
    return answered.body.decode()


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/", "No orders yet"),
        ("/orders", "No orders here"),
        ("/suppliers", "POST /v1/supplier-applications"),
        ("/reviews", "Nobody waits for you"),
        ("/products", "POST /v1/product-submissions"),
    ],
)
async def test_an_empty_marketplace_tells_what_to_do(operator: Browser, path: str, told: str) -> None:
    assert told in await text_of(operator, path)


@pytest.mark.parametrize("path", ["/orders/ord_no", "/suppliers/sup_no", "/reviews/tsk_no", "/products/prd_no", "/no"])
async def test_what_is_not_there_is_answered_by_a_friendly_page(operator: Browser, path: str) -> None:
    answered = await operator.get(path)

    assert answered.status == 404
    assert "To the overview" in answered.body.decode()


async def test_every_answer_forbids_what_no_page_needs(operator: Browser) -> None:
    for path in ("/", "/sign-in", "/no", "/static/console.css", "/fragments/figures"):
        headers = (await operator.get(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"


async def test_pages_are_not_kept_by_browsers_and_static_files_are(operator: Browser) -> None:
    assert (await operator.get("/")).headers["cache-control"] == "no-store"
    assert "immutable" in (await operator.get("/static/console.css")).headers["cache-control"]
    assert (await operator.get("/static/../assembly.py")).status == 404


async def test_the_overview_shows_the_day(stage: ConsoleStage, operator: Browser) -> None:
    await stage.supplier()
    mug = await stage.offer()
    await stage.order_room.place(make_line(offer_id=mug.offer_id), reference="WEB-1")
    await stage.day(
        orders_placed=12_846,
        value_minor={"EUR": 182_744_310},
        orders_by_minute={12 * 60: 31},
        purchase_orders={"created": 5_000, "sent": 214, "delivered": 4_901},
    )

    page = await text_of(operator, "/")

    for told in ("12,846", "€1,827,443.10", "4,901", "WEB-1", "Order placed"):
        assert told in page


async def test_a_supplier_is_shown_with_checks_corrections_and_trail_and_its_tax_id_masked(
    stage: ConsoleStage, operator: Browser
) -> None:
    await stage.supplier()

    page = await text_of(operator, "/suppliers/sup_bergmann")

    for told in ("Bergmann Keramik", "There is no Bremn in Germany", "VAT of Germany", "+49 421 1234567", "Applied"):
        assert told in page
    assert "DE811569869" not in page
    assert re.search(r"\*+9869", page)


async def test_suppliers_are_listed_by_state(stage: ConsoleStage, operator: Browser) -> None:
    await stage.supplier()

    assert "Bergmann Keramik" in await text_of(operator, "/suppliers", query="state=active")
    assert "Bergmann Keramik" not in await text_of(operator, "/suppliers", query="state=suspended")


async def test_a_supplier_is_suspended_and_reinstated_with_reasons(stage: ConsoleStage, operator: Browser) -> None:
    await stage.supplier()
    page = "/suppliers/sup_bergmann"

    answered = await operator.send(f"{page}/suspension", {"reason": "Ships nothing"}, page=page)
    assert answered.headers["location"] == "/console/suppliers/sup_bergmann?done=suspended#content"
    shown = await text_of(operator, page, query="done=suspended")
    assert "The supplier is suspended." in shown
    assert "Ships nothing" in shown

    await operator.send(f"{page}/reinstatement", {"reason": "Ships again"}, page=page)
    assert "Suspend this supplier" in await text_of(operator, page)


async def test_a_refused_form_shows_the_problem_with_its_mend_and_changes_nothing(
    stage: ConsoleStage, operator: Browser
) -> None:
    await stage.supplier()
    page = "/suppliers/sup_bergmann"

    answered = await operator.send(f"{page}/suspension", {"reason": "  "}, page=page)
    assert answered.status == 422
    assert "Something is missing in the form" in answered.body.decode()

    answered = await operator.send(f"{page}/reinstatement", {"reason": "why not"}, page=page)
    assert answered.status == 409
    assert "does not allow this" in answered.body.decode()


async def test_a_review_task_is_shown_with_facts_findings_and_proposals(stage: ConsoleStage, operator: Browser) -> None:
    task_id = await stage.supplier_in_review()

    listed = await text_of(operator, "/reviews")
    page = await text_of(operator, REVIEW.format(task_id=task_id))

    assert "Bergmann Keramik" in listed
    assert '<span class="pill bad"><time' in listed
    for told in ("There is no Bremn in Germany", 'value="Bremen"', "Proposed by nearest city", "Bremen?"):
        assert told in page
    assert "DE811569869" not in page


async def test_correcting_a_task_claims_it_and_sends_the_supplier_through_verification_again(
    stage: ConsoleStage, operator: Browser
) -> None:
    task_id = await stage.supplier_in_review()
    page = REVIEW.format(task_id=task_id)
    form = {"decision": "corrected", "reason": "A typing error", "field.address.city": "Bremen", "field.email": ""}

    answered = await operator.send(f"{page}/resolution", form, page=page)
    await stage.settle_reviews()

    assert answered.status == 303
    task = await stage.rooms.review_queries.task(task_id=task_id, at=stage.clock.at)
    assert (task.assignee, task.resolution.corrections) == ("ana", {"address.city": "Bremen"})
    view = await stage.rooms.supplier_queries.supplier(supplier_id="sup_bergmann", at=stage.clock.at)
    assert (view.state.value, view.address.city) == ("verifying", "Bremen")
    assert "A typing error" in await text_of(operator, page)


async def test_a_decision_other_than_correcting_leaves_the_proposed_fields_aside(
    stage: ConsoleStage, operator: Browser
) -> None:
    task_id = await stage.supplier_in_review()
    page = REVIEW.format(task_id=task_id)
    form = {"decision": "rejected", "reason": "No such place", "field.address.city": "Bremen"}

    await operator.send(f"{page}/resolution", form, page=page)
    await stage.settle_reviews()

    view = await stage.rooms.supplier_queries.supplier(supplier_id="sup_bergmann", at=stage.clock.at)
    assert (view.state.value, view.address.city) == ("rejected", "Bremn")


async def test_what_was_entered_stays_entered_when_the_decision_is_refused(
    stage: ConsoleStage, operator: Browser
) -> None:
    task_id = await stage.supplier_in_review()
    page = REVIEW.format(task_id=task_id)

    answered = await operator.send(
        f"{page}/resolution", {"decision": "corrected", "reason": "", "field.email": "new@x.example"}, page=page
    )

    assert answered.status == 422
    assert 'value="new@x.example"' in answered.body.decode()
    assert re.search(r'value="corrected" required checked', answered.body.decode())


async def test_a_task_decided_by_somebody_else_meanwhile_is_shown_as_it_is(
    stage: ConsoleStage, operator: Browser
) -> None:
    task_id = await stage.supplier_in_review()
    page = REVIEW.format(task_id=task_id)
    token = form_token_in(await operator.get(page))
    form = {"decision": "approved", "reason": "Known place"}
    assert (await operator.post(f"{page}/resolution", form, token=token)).status == 303

    answered = await operator.post(f"{page}/resolution", form, token=token)

    assert answered.status == 409
    assert "Known place" in answered.body.decode()


async def test_a_task_is_claimed_for_who_signed_in(stage: ConsoleStage, operator: Browser) -> None:
    task_id = await stage.supplier_in_review()
    page = REVIEW.format(task_id=task_id)

    await operator.send(f"{page}/claim", {}, page=page)

    task = await stage.rooms.review_queries.task(task_id=task_id, at=stage.clock.at)
    assert (task.state.value, task.assignee) == ("claimed", "ana")


async def test_an_order_tells_why_its_supplier_was_chosen(stage: ConsoleStage, operator: Browser) -> None:
    await stage.supplier()
    await stage.supplier(supplier_id="sup_costly", name="Costly & Sons")
    mug = await stage.offer()
    await stage.order_room.stock(
        supplier_id="sup_costly", supplier_sku="M-9", product_id=mug.product_id, price_minor=2_999
    )
    placed = await stage.order_room.place(make_line(product_id=mug.product_id), reference="WEB-7")

    page = await text_of(operator, f"/orders/{placed.order_id}")

    for told in ("Order WEB-7", "Stoneware mug, blue", "Bergmann Keramik", "Costly &amp; Sons", "€29.99", "chosen"):
        assert told in page
    assert "2 offers weighed" in page
    assert "Bremen, DE" in page
    assert "Lindenweg" not in page, "the console has no need of the shopper's street"


async def test_a_cheaper_offer_that_could_not_be_taken_is_not_held_against_the_choice(
    stage: ConsoleStage, operator: Browser
) -> None:
    await stage.supplier()
    await stage.supplier(supplier_id="sup_empty", name="Empty Shelf")
    mug = await stage.offer()
    await stage.order_room.stock(
        supplier_id="sup_empty", supplier_sku="M-1", product_id=mug.product_id, price_minor=1, on_hand=0
    )
    placed = await stage.order_room.place(make_line(product_id=mug.product_id), reference="WEB-8")

    page = await text_of(operator, f"/orders/{placed.order_id}")

    assert "the least cost wins" in page
    assert "Nothing is in stock." in page
    assert "not possible" in page


async def test_orders_are_listed_by_day_and_state(stage: ConsoleStage, operator: Browser) -> None:
    await stage.supplier()
    mug = await stage.offer()
    await stage.order_room.place(make_line(offer_id=mug.offer_id), reference="WEB-1")

    assert "WEB-1" in await text_of(operator, "/orders", query="day=2026-11-23")
    assert "WEB-1" in await text_of(operator, "/orders", query="state=allocated")
    assert "WEB-1" not in await text_of(operator, "/orders", query="state=delivered")
    assert "WEB-1" not in await text_of(operator, "/orders", query="day=2026-11-22")


@pytest.mark.parametrize("sought", ["WEB-1", "{order_id}", "{purchase_order_id}"])
async def test_an_order_is_found_by_its_reference_and_its_identifiers(
    stage: ConsoleStage, operator: Browser, sought: str
) -> None:
    await stage.key(role=Role.STOREFRONT, subject_id=STOREFRONT)
    await stage.supplier()
    mug = await stage.offer()
    placed = await stage.order_room.place(make_line(offer_id=mug.offer_id), reference="WEB-1")
    names = {"order_id": placed.order_id, "purchase_order_id": placed.purchase_orders[0].purchase_order_id}

    answered = await operator.get("/orders/find", query=urlencode({"sought": sought.format(**names)}))

    assert answered.headers["location"] == f"/console/orders/{placed.order_id}"


async def test_an_order_that_nobody_placed_is_not_found(operator: Browser) -> None:
    answered = await operator.get("/orders/find", query="sought=<nothing>")

    assert answered.status == 404
    assert "No order goes by" in answered.body.decode()


async def test_orders_of_a_rare_state_are_found_behind_many_others(stage: ConsoleStage, operator: Browser) -> None:
    await stage.supplier()
    mug = await stage.offer(on_hand=1_000)
    for number in range(120):
        placed = await stage.order_room.place(
            make_line(offer_id=mug.offer_id), reference=f"WEB-{number}", at=NOON - timedelta(seconds=200 - number)
        )
        if number == 0:
            cancellation = Cancellation(reason="Changed their mind")
            context = make_context(role=Role.OPERATOR)
            await stage.order_room.orders.cancel(
                order_id=placed.order_id, cancellation=cancellation, key="", context=context
            )

    page = await text_of(operator, "/orders", query="state=canceled")

    assert re.findall(r">(WEB-\d+)<", page) == ["WEB-0"]


async def test_a_product_tells_why_it_cannot_be_sold(stage: ConsoleStage, operator: Browser) -> None:
    await stage.supplier()
    mug = await stage.offer(on_hand=0)

    page = await text_of(operator, f"/products/{mug.product_id}")

    assert "Not sellable" in page
    assert "Nothing is in stock." in page
    assert "Stoneware mug, blue" in await text_of(operator, "/products")


async def test_products_are_found_by_words_and_show_what_their_data_lacks(
    stage: ConsoleStage, operator: Browser
) -> None:
    await stage.supplier()
    mug = await stage.offer(title="Stoneware mug, blue")
    await stage.search_index.put(documents=[SearchDocument(product_id=mug.product_id, title="Stoneware mug, blue")])

    page = await text_of(operator, "/products", query="q=mug")
    assert "1 product." in page
    assert f"/console/products/{mug.product_id}" in page
    assert "Nothing fits" in await text_of(operator, "/products", query="q=teapot")
    product = await text_of(operator, f"/products/{mug.product_id}")
    assert "Quality of the data" in product
    assert "There is no description." in product


async def test_markup_in_what_strangers_say_is_shown_as_text(stage: ConsoleStage, operator: Browser) -> None:
    task_id = await stage.supplier_in_review(name=ATTACK)
    await stage.supplier(supplier_id="sup_active", name=ATTACK)
    mug = await stage.offer(title=ATTACK, supplier_id="sup_active")
    placed = await stage.order_room.place(make_line(offer_id=mug.offer_id), reference="<u>1</u>")

    for path in (
        "/", "/suppliers", "/suppliers/sup_bergmann", "/reviews", REVIEW.format(task_id=task_id), "/orders",
        f"/orders/{placed.order_id}", "/products", f"/products/{mug.product_id}", "/fragments/events",
    ):  # fmt: skip
        page = await text_of(operator, path)
        assert "<script>alert" not in page, path
        assert "<img" not in page, path
        assert "<u>1</u>" not in page, path
    assert ESCAPED in await text_of(operator, "/suppliers/sup_bergmann")


@pytest.mark.parametrize("path", ["/fragments/figures", "/fragments/orders", "/fragments/events"])
async def test_a_fragment_is_only_a_part_of_a_page(operator: Browser, path: str) -> None:
    assert "<html" not in await text_of(operator, path)


@pytest.mark.parametrize(
    "query", ["state=nonsense", "after=%00%ff", "after=" + "x" * 5_000, "day=9999-99-99", "kind=<b>"]
)
@pytest.mark.parametrize("path", ["/orders", "/suppliers", "/reviews", "/products"])
async def test_a_bent_address_is_answered_by_a_page(operator: Browser, path: str, query: str) -> None:
    answered = await operator.get(path, query=query)

    assert answered.status < 500
