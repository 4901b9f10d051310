"""What the pages of mail and clocks show, over real rooms."""

from __future__ import annotations

from datetime import date

from openaisle.duties.model import SupplierDuties
from openaisle.duties.repository import DUTIES, SALES_DAYS
from openaisle.duties.sales import SalesDay, Volume
from openaisle.mail.model import decide_not_sent
from openaisle.mail.repository import MAILS, mail_key
from tests.factories.contexts import NOON, make_context
from tests.support.console_stage import Browser, ConsoleStage


async def test_a_mail_is_listed_read_and_sent_again(stage: ConsoleStage, operator: Browser) -> None:
    assert "No mails" in (await operator.get("/mails")).body.decode()
    mail_id = await stage.mail.send(
        template="people-reset",
        to="ana@example.com",
        language="en",
        data={"name": "<b>Ana</b>", "link": "https://example.com/p?token=1", "hours": "2"},
        deduplication_key="1",
        context=make_context(),
    )

    listed = (await operator.get("/mails", query="state=waiting")).body.decode()
    shown = (await operator.get(f"/mails/{mail_id}")).body.decode()

    assert f"/console/mails/{mail_id}" in listed
    assert "a…@example.com" in listed
    assert "https://example.com/p?token=1" in shown
    assert "&lt;b&gt;Ana&lt;/b&gt;" in shown

    item = await stage.table.get(key=mail_key(mail_id=mail_id))
    assert item is not None
    found = MAILS.decode(item)
    failed, events = decide_not_sent(mail=found.record, at=NOON, reason="550 unknown", final=True)
    write = MAILS.replace(failed, version=found.version, events=events)
    await stage.table.commit(writes=[write], context=make_context())
    assert "550 unknown" in (await operator.get("/mails", query="state=failed")).body.decode()
    answer = await operator.send(f"/mails/{mail_id}/again", {}, page=f"/mails/{mail_id}")
    assert answer.status == 303
    assert mail_id in (await operator.get("/mails", query="state=waiting")).body.decode()


async def test_clocks_are_listed_and_explained_beside_their_supplier(stage: ConsoleStage, operator: Browser) -> None:
    assert "No clock runs" in (await operator.get("/clocks")).body.decode()
    await stage.supplier()
    supplier_id = "sup_bergmann"
    nothing = Volume(deciding=None, highest=None, not_counted={})
    day = SalesDay(supplier_id=supplier_id, day=date(2026, 11, 20), sales={"USD": 200}, revenue_minor={"USD": 500_000})
    duties = SupplierDuties(supplier_id=supplier_id, volume=nothing)
    await stage.table.commit(writes=[SALES_DAYS.create(day), DUTIES.create(duties)], context=make_context())
    await stage.duties.look(supplier_id=supplier_id, context=make_context())

    listed = (await operator.get("/clocks")).body.decode()
    shown = (await operator.get(f"/suppliers/{supplier_id}")).body.decode()

    assert "2026-12-03" in listed
    assert "Bergmann Keramik" in listed
    assert "Duties in law" in shown
    assert "200 sales (threshold 200) of $5,000.00" in shown
