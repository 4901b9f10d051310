"""The pages of categories: the tree, and the schema editor without a line of script."""

from __future__ import annotations

from collections.abc import AsyncIterator

from tests.factories.contexts import make_context
from tests.factories.taxonomy import SMALL_TREE
from tests.support.console_stage import Browser, ConsoleStage


async def load(stage: ConsoleStage) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield SMALL_TREE.encode()

    await stage.taxonomy.load(chunks=chunks(), source="tree.txt", context=make_context())


async def text(operator: Browser, path: str, query: str = "") -> str:
    return (await operator.get(path, query=query)).body.decode()


COLOR = {"name": "color", "type": "choice", "values": "red\n blue \n\n<b>green</b>", "consequence": "reject"}


async def test_before_a_tree_is_loaded_the_page_says_how(operator: Browser) -> None:
    assert "openaisle taxonomy load FILE" in await text(operator, "/categories")


async def test_the_tree_is_walked_and_searched(stage: ConsoleStage, operator: Browser) -> None:
    await load(stage)
    assert 'href="/console/categories/3"' in await text(operator, "/categories")
    page = await text(operator, "/categories/30")
    assert "Kitchen &amp; Dining Room Chairs" in page
    assert 'href="/console/categories/3">Furniture</a>' in page
    assert "/console/categories/21" in await text(operator, "/categories", "text=mens+t-shirts")
    assert "No category has a word of it" in await text(operator, "/categories", "text=qqqq")
    assert (await operator.get("/categories/99")).status == 404


async def test_an_attribute_is_added_changed_excluded_and_asked_again(stage: ConsoleStage, operator: Browser) -> None:
    await load(stage)
    form = "/categories/3/attribute"
    sent = {**COLOR, "label": "Color", "is_required": "yes", "note": "because"}
    assert (await operator.send(form, sent, page=form)).status == 303
    shown = await text(operator, "/categories/31")
    assert "red, blue, &lt;b&gt;green&lt;/b&gt;" in shown
    assert "refuse the product" in shown
    assert "because" in await text(operator, "/categories/3")
    filled = await text(operator, form, "name=color")
    assert "red\nblue\n&lt;b&gt;green&lt;/b&gt;</textarea>" in filled
    assert "It is asked above" in await text(operator, "/categories/31/attribute", "name=color")

    await operator.send("/categories/31/removal", {"name": "color"}, page="/categories/31")
    assert "excluded here" in await text(operator, "/categories/31")
    await operator.send("/categories/31/restoration", {"name": "color"}, page="/categories/31")
    assert "excluded here" not in await text(operator, "/categories/31")
    await operator.send("/categories/3/removal", {"name": "color"}, page="/categories/3")
    assert "Nothing is asked yet" in await text(operator, "/categories/31")


async def test_a_form_that_cannot_be_kept_says_why_and_stays_filled(stage: ConsoleStage, operator: Browser) -> None:
    await load(stage)
    form = "/categories/root/attribute"
    for wrong, told in (
        ({"values": ""}, "A choice has a list of values"),
        ({"minimum": "abc"}, "is no plain number"),
        ({"type": "zzz"}, "Choose a type"),
        ({"name": "supplier_sku"}, "rules of its own"),
    ):
        answered = await operator.send(form, {**COLOR, "label": "My color", **wrong}, page=form)
        assert answered.status == 422
        assert told in answered.body.decode()
        assert 'value="My color"' in answered.body.decode()


async def test_axes_of_variants_are_kept_or_refused(stage: ConsoleStage, operator: Browser) -> None:
    await load(stage)
    await operator.send("/categories/root/attribute", COLOR, page="/categories/root/attribute")
    kept = await operator.send("/categories/3/variants", {"axes": "color", "only_listed": "yes"}, page="/categories/3")
    assert kept.status == 303
    assert "differ in <strong>color</strong>" in await text(operator, "/categories/31")
    refused = await operator.send("/categories/3/variants", {"axes": "color, size"}, page="/categories/3")
    assert "is no attribute of this category" in refused.body.decode()


async def test_suppliers_files_are_downloaded(stage: ConsoleStage, operator: Browser) -> None:
    await load(stage)
    template = await operator.get("/categories/3/template")
    assert template.body.startswith(b"PK")
    assert b'"$schema"' in (await operator.get("/categories/root/json-schema")).body
