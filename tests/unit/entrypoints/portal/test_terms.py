"""A supplier meets new terms in the portal: a banner, the wording, agreeing, leaving."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from openaisle.kernel.permissions import UserRole
from openaisle.suppliers.model import SupplierState
from openaisle.suppliers.repository import SUPPLIERS, supplier_key
from openaisle.suppliers.terms.model import Announcement


@pytest.fixture
async def announced(stage: Any) -> Any:
    """The supplier is active, and terms are announced."""
    engines = stage.marketplace.engines
    item = await engines.table.get(key=supplier_key(supplier_id=stage.supplier_id))
    found = SUPPLIERS.decode(item)
    active = type(found.record)(**{**_fields(found.record), "state": SupplierState.ACTIVE})
    await engines.table.commit(writes=[SUPPLIERS.replace(active, version=found.version)], context=stage.context())
    announcement = Announcement(
        version="2027-01",
        summary="Returns are free for 30 days.",
        text="The <b>whole</b> wording.",
        effective_at=stage.marketplace.clock.now() + timedelta(days=16),
    )
    await stage.marketplace.rooms.terms.publish(announcement=announcement, context=stage.context())
    return stage


def _fields(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__struct_fields__}


async def test_a_banner_leads_to_the_terms_until_they_are_agreed_to(announced: Any) -> None:
    owner = await announced.signed_in()
    assert "New terms, version 2027-01" in (await owner.get("/")).body.decode()
    page = (await owner.get("/terms")).body.decode()
    assert "The &lt;b&gt;whole&lt;/b&gt; wording." in page
    assert "your going on counts as agreement" in page
    agreed = await owner.send("/terms/2027-01/agreement", {}, page="/terms")
    assert agreed.headers["location"] == "/portal/terms?done=agreed"
    assert "New terms, version" not in (await owner.get("/")).body.decode()
    assert "You agreed on" in (await owner.get("/terms")).body.decode()


async def test_the_contract_can_be_ended_instead(announced: Any) -> None:
    owner = await announced.signed_in()
    left = await owner.send("/terms/2027-01/termination", {"reason": "Too dear."}, page="/terms")
    assert left.status == 303
    standing = await announced.marketplace.rooms.supplier_queries.supplier(
        supplier_id=announced.supplier_id, at=announced.marketplace.clock.now()
    )
    assert standing.state is SupplierState.OFFBOARDED
    again = await owner.send("/terms/2027-01/agreement", {}, page="/")
    assert again.status == 409


async def test_who_only_reads_answers_nothing(announced: Any) -> None:
    reader = await announced.signed_in(role=UserRole.READ_ONLY)
    page = (await reader.get("/terms")).body.decode()
    assert "The &lt;b&gt;whole&lt;/b&gt; wording." in page
    assert "/portal/terms/2027-01/agreement" not in page
    assert (await reader.post("/terms/2027-01/agreement", {}, token="x")).status == 403
