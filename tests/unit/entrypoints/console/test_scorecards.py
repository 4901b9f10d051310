"""The console lists scorecards, explains each, and takes a decision."""

from __future__ import annotations

from datetime import timedelta

from openaisle.suppliers.model import SupplierState
from tests.factories.contexts import NOON, make_context
from tests.factories.scorecards import counted_on
from tests.support.console_stage import Browser, ConsoleStage

SUPPLIER_ID = "sup_bergmann"


async def test_a_card_is_listed_and_explained_with_its_numbers(stage: ConsoleStage, operator: Browser) -> None:
    assert "No scorecards here" in (await operator.get("/scorecards")).body.decode()
    await stage.supplier()
    await counted_on(stage.table, lines_accepted=90, lines_rejected=10)
    await stage.scorecards.look(supplier_id=SUPPLIER_ID, context=make_context())

    listed = (await operator.get("/scorecards")).body.decode()
    warned = (await operator.get("/scorecards", query="standing=warned")).body.decode()
    good = (await operator.get("/scorecards", query="standing=good")).body.decode()
    shown = (await operator.get(f"/scorecards/{SUPPLIER_ID}")).body.decode()

    told = "acceptance: 90.0 % (90 of 100 in 30 days), wanted at least 96.0 %"
    assert told in listed
    assert "Bergmann Keramik" in warned
    assert "Bergmann Keramik" not in good
    assert told in shown
    assert "the mean by weight of acceptance" in shown


async def test_a_supplier_is_suspended_or_forgiven_from_its_card(stage: ConsoleStage, operator: Browser) -> None:
    await stage.supplier()
    await counted_on(stage.table, lines_accepted=90, lines_rejected=10)
    await stage.scorecards.look(supplier_id=SUPPLIER_ID, context=make_context())
    page = f"/scorecards/{SUPPLIER_ID}"
    refused = await operator.send(f"{page}/forgiveness", {"reason": " "}, page=page)
    assert refused.status == 422
    answered = await operator.send(f"{page}/suspension", {"reason": "It was <b>too</b> much."}, page=page)
    assert answered.status == 303
    standing = await stage.rooms.supplier_queries.standing(supplier_id=SUPPLIER_ID, at=NOON + timedelta(seconds=2))
    assert standing is not None
    assert standing.state is SupplierState.SUSPENDED
    shown = (await operator.get(page)).body.decode()
    assert "It was &lt;b&gt;too&lt;/b&gt; much." in shown
    assert "Forgive" not in shown
    again = await operator.send(f"{page}/forgiveness", {"reason": "Sorry."}, page="/scorecards")
    assert again.status in {403, 409}


async def test_a_card_that_is_not_there_is_a_page_of_its_own(operator: Browser) -> None:
    assert (await operator.get("/scorecards/sup_nobody")).status == 404
