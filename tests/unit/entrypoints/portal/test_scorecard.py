"""A supplier reads its own scorecard in the portal."""

from __future__ import annotations

from typing import Any

from tests.factories.scorecards import counted_on


async def test_the_scorecard_shows_what_is_counted_and_wanted(stage: Any) -> None:
    owner = await stage.signed_in()
    assert "Nothing was counted yet" in (await owner.get("/scorecard")).body.decode()
    now = stage.marketplace.clock.now()
    await counted_on(
        stage.marketplace.engines.table, at=now, supplier_id=stage.supplier_id, lines_accepted=90, lines_rejected=10
    )
    await counted_on(stage.marketplace.engines.table, at=now, supplier_id="sup_other", incidents=7)
    page = (await owner.get("/scorecard")).body.decode()
    assert "90.0 %" in page
    assert "at least 96.0 %" in page
    assert "sup_other" not in page
