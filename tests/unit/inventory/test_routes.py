from __future__ import annotations

import msgspec
import pytest

from openaisle.catalog import routes as catalog_routes
from openaisle.catalog.model import ProductUnknown, SubmissionUnknown
from openaisle.catalog.routes import StateRequired, SubmissionsBody
from openaisle.feeds import routes as feeds_routes
from openaisle.inventory import routes as inventory_routes
from openaisle.kernel.context import Role
from openaisle.kernel.http import Request
from openaisle.offers import routes as offers_routes
from openaisle.offers.model import OfferUnknown
from tests.factories.catalog import submission_facts
from tests.factories.inventory import context

SUPPLIER, OPERATOR, STOREFRONT = Role.SUPPLIER, Role.OPERATOR, Role.STOREFRONT


@pytest.fixture
def call(marketplace):
    operations = {
        operation.name: operation
        for operation in (
            *catalog_routes.operations(use_cases=marketplace.use_cases, queries=marketplace.catalog),
            *feeds_routes.operations(use_cases=marketplace.feeds, queries=marketplace.feed_queries),
            *inventory_routes.operations(use_cases=marketplace.stock, queries=marketplace.inventory),
            *offers_routes.operations(use_cases=marketplace.offers),
        )
    }

    async def call(name, *, role=OPERATOR, subject_id="ada", body=None, query=None, chunks=None, **path):
        operation = operations[name]
        assert role in operation.roles
        request = Request(
            context=context(role=role, subject_id=subject_id),
            path=path,
            query=msgspec.convert(query or {}, operation.query) if operation.query else None,
            body=msgspec.convert(body, operation.body) if operation.body else None,
            headers={},
            chunks=chunks,
        )
        answer = await operation.handle(request)
        encoded = answer.raw if answer.raw is not None else msgspec.json.encode(answer.value)
        # What is answered is what OpenAPI promises.
        msgspec.json.decode(encoded, type=operation.answer)
        return msgspec.json.decode(encoded)

    return call


def body(**given):
    facts = msgspec.to_builtins(submission_facts(**given))
    return {"submissions": [facts]}


async def test_a_product_goes_from_submission_to_sale(call, marketplace):
    taken = await call("submit_products", role=SUPPLIER, subject_id="sup_one", body=body())
    await marketplace.pump()
    submission_id = taken["submissions"][0]["submission_id"]
    submission = await call("get_product_submission", submission_id=submission_id)
    assert submission["state"] == "accepted"
    product = await call("get_product", role=STOREFRONT, product_id=submission["product_id"])
    assert product["available"] == 10
    assert product["offers"][0]["locations"][0]["available"] == 10
    assert (await call("list_products"))["products"][0]["product_id"] == submission["product_id"]
    offers = await call("list_offers", role=STOREFRONT)
    assert [one["offer_id"] for one in offers["offers"]] == [submission["offer_id"]]
    stock = await call("get_inventory", role=STOREFRONT, query={"offer_id": submission["offer_id"]})
    assert stock["inventory"][0]["available"] == 10


async def test_a_supplier_sees_of_a_shared_product_only_its_own_offer(call, marketplace):
    for supplier_id in ("sup_one", "sup_two"):
        await call("submit_products", role=SUPPLIER, subject_id=supplier_id, body=body())
    await marketplace.pump()
    product_id = (await call("list_products"))["products"][0]["product_id"]
    assert len((await call("get_product", product_id=product_id))["offers"]) == 2
    own = await call("get_product", role=SUPPLIER, subject_id="sup_two", product_id=product_id)
    assert [one["supplier_id"] for one in own["offers"]] == ["sup_two"]
    listed = await call("list_offers", role=SUPPLIER, subject_id="sup_two", query={"supplier_id": "sup_one"})
    assert [one["supplier_id"] for one in listed["offers"]] == ["sup_two"]
    other = (await call("list_offers", query={"supplier_id": "sup_one"}))["offers"][0]["offer_id"]
    with pytest.raises(OfferUnknown):
        await call("get_inventory", role=SUPPLIER, subject_id="sup_two", query={"offer_id": other})
    with pytest.raises(OfferUnknown):
        await call("set_offer_state", role=SUPPLIER, subject_id="sup_two", offer_id=other, body={"state": "withdrawn"})


async def test_a_supplier_cannot_read_the_submission_of_another(call, marketplace):
    taken = await call("submit_products", role=SUPPLIER, subject_id="sup_one", body=body())
    with pytest.raises(SubmissionUnknown):
        await call(
            "get_product_submission",
            role=SUPPLIER,
            subject_id="sup_two",
            submission_id=taken["submissions"][0]["submission_id"],
        )


async def test_the_operator_lists_submissions_by_state(call, marketplace):
    await call("submit_products", role=SUPPLIER, subject_id="sup_one", body=body(title="Mu"))
    await marketplace.pump()
    assert len((await call("list_product_submissions", query={"state": "in_review"}))["submissions"]) == 1
    own = await call("list_product_submissions", role=SUPPLIER, subject_id="sup_one")
    assert len(own["submissions"]) == 1
    for query in ({}, {"state": "accepted"}):
        with pytest.raises(StateRequired):
            await call("list_product_submissions", query=query)


async def test_a_feed_is_sent_and_read(call, marketplace):
    async def chunks():
        yield b"supplier_sku,title,price,currency,on_hand\n,Mug,5,EUR,1\n"

    supplier = {"role": SUPPLIER, "subject_id": "sup_one"}
    feed_id = (await call("send_feed", chunks=chunks(), **supplier))["feed_id"]
    await marketplace.pump()
    assert (await call("get_feed", feed_id=feed_id, **supplier))["counts"]["rejected"] == 1
    assert (await call("list_feed_issues", feed_id=feed_id, **supplier))["issues"][0]["row"] == 2
    assert len((await call("list_feeds"))["feeds"]) == 1
    assert (await call("list_feeds", role=SUPPLIER, subject_id="sup_two"))["feeds"] == []


async def test_stock_levels_are_told_row_by_row(call, marketplace):
    await call("submit_products", role=SUPPLIER, subject_id="sup_one", body=body())
    await marketplace.pump()
    told = {"stock_levels": [{"supplier_sku": "MUG-1", "on_hand": 3}, {"supplier_sku": "GONE", "on_hand": 3}]}
    answer = await call("set_stock_levels", role=SUPPLIER, subject_id="sup_one", body=told)
    assert [one["status"] for one in answer["results"]] == ["stored", "refused"]


async def test_an_unknown_product_is_named(call):
    with pytest.raises(ProductUnknown):
        await call("get_product", product_id="prd_unknown")


@pytest.mark.parametrize(
    "given",
    [
        {"submissions": []},
        {"submissions": [{}]},
        {"submissions": [{"supplier_sku": "A", "colour": "blue"}]},
        {"submissions": [msgspec.to_builtins(submission_facts(on_hand=2**60))]},
        {"submissions": [msgspec.to_builtins(submission_facts(title="x" * 20_001))]},
    ],
)
def test_a_body_of_another_shape_is_refused(given):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(given, SubmissionsBody)
