"""The pages of terms over real rooms."""

from __future__ import annotations

from datetime import timedelta

from tests.support.console_stage import Browser, ConsoleStage


def fields(stage: ConsoleStage, *, days: float = 15, **changes: str) -> dict[str, str]:
    at = stage.clock.at + timedelta(days=days)
    return {
        "version": "2027-01",
        "effective_at": at.strftime("%Y-%m-%dT%H:%M"),
        "summary": "Returns are free for 30 days.",
        "text": "The <b>whole</b> wording.",
        "short_notice": "",
        "short_notice_reason": "",
        **changes,
    }


async def test_terms_are_announced_and_shown_with_their_wording(stage: ConsoleStage, operator: Browser) -> None:
    assert "No terms yet" in (await operator.get("/terms")).body.decode()
    answer = await operator.send("/terms", fields(stage), page="/terms")
    assert answer.status == 303
    assert answer.headers["location"] == "/console/terms/2027-01?done=terms-published"
    shown = (await operator.get("/terms/2027-01")).body.decode()
    assert "The &lt;b&gt;whole&lt;/b&gt; wording." in shown
    assert "No answers yet" in shown
    assert "/console/terms/2027-01" in (await operator.get("/terms")).body.decode()


async def test_what_comes_too_soon_is_refused_and_the_form_keeps_what_was_written(
    stage: ConsoleStage, operator: Browser
) -> None:
    refused = await operator.send("/terms", fields(stage, days=14), page="/terms")
    page = refused.body.decode()
    assert refused.status == 422
    assert "Suppliers need more notice" in page
    assert "Returns are free for 30 days." in page
    for wrong in ({"version": "a b"}, {"effective_at": "tomorrow"}, {"summary": ""}):
        assert (await operator.send("/terms", fields(stage, **wrong), page="/terms")).status == 422, wrong


async def test_the_ground_for_less_notice_is_shown(stage: ConsoleStage, operator: Browser) -> None:
    sooner = fields(stage, days=1, short_notice="legal_obligation", short_notice_reason="A new law.")
    assert (await operator.send("/terms", sooner, page="/terms")).status == 303
    assert "A new law." in (await operator.get("/terms/2027-01")).body.decode()
