"""The review queue as a workbench: what its forms do."""

from __future__ import annotations

import re

from tests.support.console_stage import Browser, ConsoleStage


async def text_of(browser: Browser, path: str) -> str:
    path, _, query = path.partition("?")
    answered = await browser.get(path, query=query)
    assert answered.status == 200
    return answered.body.decode()


async def test_a_decision_becomes_a_rule_that_tells_what_it_would_have_changed(
    stage: ConsoleStage, operator: Browser
) -> None:
    task_id = await stage.supplier_in_review()
    page = f"/reviews/{task_id}"
    form = {"decision": "corrected", "reason": "A typing error", "field.address.city": "Bremen"}
    await operator.send(f"{page}/resolution", form, page=page)
    assert "Keep this as a rule" in await text_of(operator, page)

    kept = {"code": "city-unknown", "field": "address.city", "match": "wildcard", "pattern": "brem?"}
    answered = await operator.send(f"{page}/rules", kept, page=page)

    assert answered.status == 303
    (rule,) = (await stage.rooms.review_rule_queries.listed()).review_rules
    told = await text_of(operator, f"/rules/{rule.rule_id}")
    assert "It would have changed 1 of 1 records of this cause." in told
    switch = await operator.send(
        f"/rules/{rule.rule_id}/switch-on", {"reason": "Always so"}, page=f"/rules/{rule.rule_id}"
    )
    assert switch.status == 303
    listed = await text_of(operator, "/rules?state=active")
    assert "wildcard: brem?" in listed
    await operator.send(f"/rules/{rule.rule_id}/switch-off", {"reason": "No"}, page=f"/rules/{rule.rule_id}")
    assert "No rule is kept here" in await text_of(operator, "/rules?state=active")


async def test_ticked_tasks_are_decided_alike_and_what_could_not_be_is_named(
    stage: ConsoleStage, operator: Browser
) -> None:
    task_id = await stage.supplier_in_review()
    form = {f"task.{task_id}": "on", "decision": "approved", "reason": "Known place"}

    answered = await operator.send("/reviews/resolutions", form, page="/reviews")
    refused = await operator.send(
        "/reviews/resolutions", {"task.tsk_no": "on", "decision": "approved", "reason": "x"}, page=f"/reviews/{task_id}"
    )

    assert (answered.status, refused.status) == (303, 409)
    assert "0 of 1 tasks were decided" in refused.body.decode()


async def test_a_task_is_handed_over_put_back_and_noted(stage: ConsoleStage, operator: Browser) -> None:
    task_id = await stage.supplier_in_review()
    page = f"/reviews/{task_id}"
    await operator.send(f"{page}/assignment", {"assignee": "ben"}, page=page)
    assert "Put it back for anybody" in await text_of(operator, page)
    await operator.send(f"{page}/release", {}, page=page)
    await operator.send(f"{page}/notes", {"note": "I called <them>."}, page=page)
    task = await stage.rooms.review_queries.task(task_id=task_id, at=stage.clock.at)
    assert (task.state.value, [note.text for note in task.notes]) == ("open", ["I called <them>."])
    assert "I called &lt;them&gt;." in await text_of(operator, page)


async def test_the_queue_is_narrowed_and_keeps_it_from_page_to_page(stage: ConsoleStage, operator: Browser) -> None:
    await stage.supplier_in_review()
    assert "Bergmann Keramik" in await text_of(operator, "/reviews?cause=city-unknown&overdue=overdue&sort=due")
    told = await text_of(operator, "/reviews?cause=phone&assignee=ben&hours=x")
    assert "Bergmann Keramik" not in told
    assert re.search(r"state=claimed&amp;cause=phone&amp;assignee=ben", told)


async def test_questions_by_field_are_sent_back_with_the_reason(stage: ConsoleStage, operator: Browser) -> None:
    task_id = await stage.supplier_in_review()
    page = f"/reviews/{task_id}"
    form = {"decision": "sent_back", "reason": "One thing is unclear", "question.address.city": "Which Bremen?"}
    await operator.send(f"{page}/resolution", form, page=page)
    task = await stage.rooms.review_queries.task(task_id=task_id, at=stage.clock.at)
    assert task.resolution is not None
    assert task.resolution.questions == {"address.city": "Which Bremen?"}
    assert "Which Bremen?" in await text_of(operator, page)
