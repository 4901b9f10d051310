"""What the pages of feeds and webhooks show, over real rooms."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec

from openaisle.catalog.issues import Correction, CorrectionRule, Issue, IssueCode, Severity
from openaisle.feeds.model import Feed, FeedCounts, FeedState
from openaisle.feeds.report import FeedReport
from openaisle.feeds.repository import FEED_REPORTS, FEEDS
from openaisle.kernel.context import Role
from openaisle.kernel.table import Key, Put, StoredEvent
from openaisle.webhooks.attempts import ATTEMPTS, DeliveryAttempt
from openaisle.webhooks.model import Delivery, EndpointState, Place, WebhookEndpoint
from openaisle.webhooks.repository import DELIVERIES, ENDPOINTS
from tests.factories.contexts import NOON, make_context
from tests.support.console_stage import Browser, ConsoleStage


async def add_feed(stage: ConsoleStage) -> None:
    counts = FeedCounts(rows=3, accepted=1, corrected=1, rejected=1, new=2)
    feed = Feed(
        feed_id="fed_1", supplier_id="sup_bergmann", state=FeedState.APPLIED, byte_count=1_234, sha256="ab" * 32,
        counts=counts, rows_done=3, encoding="utf-8", delimiter=";", received_at=NOON, changed_at=NOON,
    )  # fmt: skip
    price = Issue(
        field="price_minor", code=IssueCode.PRICE_UNREADABLE, severity=Severity.ERROR, row=3,
        message="'<b>abc</b>' is not a price.", suggestion="Send a plain decimal such as 12.99.",
    )  # fmt: skip
    title = Correction(field="title", before=" Mug ", after="Mug", rule=CorrectionRule.WHITE_SPACE_TIDIED, row=2)
    report = FeedReport(
        feed_id="fed_1", first_row=2, rows=(2, 3, 4), counts=counts, issues=(price,), corrections=(title,)
    )
    await stage.table.commit(writes=[FEEDS.create(feed), FEED_REPORTS.create(report)], context=make_context())


async def add_endpoint(stage: ConsoleStage, **delivery: Any) -> None:
    endpoint = WebhookEndpoint(
        endpoint_id="whk_1", owner_role=Role.STOREFRONT, owner_id="web", url="https://web.example/<hooks>",
        event_types=("order.placed",), batch_size=50, secrets=(), state=EndpointState.ACTIVE, reason="",
        created_at=NOON, active_since=NOON,
    )  # fmt: skip
    facts = {"endpoint_id": "whk_1", "place": Place(sequence=0, number=0), "delivered_count": 4_711} | delivery
    writes = [ENDPOINTS.create(endpoint), DELIVERIES.create(Delivery(**facts))]
    await stage.table.commit(writes=writes, context=make_context())


async def test_feeds_are_listed_with_what_became_of_their_rows(stage: ConsoleStage, operator: Browser) -> None:
    assert "No feeds yet" in (await operator.get("/feeds")).body.decode()
    await stage.supplier()
    await add_feed(stage)

    page = (await operator.get("/feeds")).body.decode()

    assert "Bergmann Keramik" in page
    assert "/console/feeds/fed_1" in page


async def test_a_feed_tells_row_by_row_what_was_found_and_mended(stage: ConsoleStage, operator: Browser) -> None:
    await stage.supplier()
    await add_feed(stage)

    page = (await operator.get("/feeds/fed_1")).body.decode()

    assert page.index("Row 2") < page.index("white space tidied") < page.index("Row 3") < page.index("is not a price")
    assert "&lt;b&gt;abc" in page
    assert "<b>abc" not in page


async def test_a_feed_that_is_not_there_is_answered_by_a_friendly_page(operator: Browser) -> None:
    assert (await operator.get("/feeds/fed_no")).status == 404


async def test_a_webhook_that_works_tells_how_much_it_delivered(stage: ConsoleStage, operator: Browser) -> None:
    assert "Nobody is told of events yet" in (await operator.get("/webhooks")).body.decode()
    await add_endpoint(stage)

    page = (await operator.get("/fragments/webhooks")).body.decode()

    assert "https://web.example/&lt;hooks&gt;" in page
    assert "4,711" in page
    assert "Failing" not in page


async def test_a_webhook_that_fails_tells_why_and_when_it_is_tried_again(
    stage: ConsoleStage, operator: Browser
) -> None:
    await add_endpoint(
        stage,
        failing_since=NOON - timedelta(minutes=9),
        attempts=4,
        last_failed_at=NOON,
        last_failure="It answered 503.",
        next_attempt_at=NOON + timedelta(seconds=30),
    )

    page = (await operator.get("/webhooks")).body.decode()

    for told in ("failing", "9 min ago", "4 attempts", "It answered 503.", "in 30 s"):
        assert told in page


async def test_a_feed_that_is_under_way_is_followed_and_can_be_stopped(stage: ConsoleStage, operator: Browser) -> None:
    await stage.supplier()
    feed = Feed(
        feed_id="fed_2", supplier_id="sup_bergmann", state=FeedState.RECEIVED, byte_count=1, sha256="ab" * 32,
        file_name="mugs.csv", received_at=NOON, changed_at=NOON,
    )  # fmt: skip
    await stage.table.commit(writes=[FEEDS.create(feed)], context=make_context())

    page = (await operator.get("/feeds/fed_2")).body.decode()
    assert 'data-feed-progress="/console/feeds/fed_2/progress"' in page
    assert (await operator.get("/feeds/fed_2/report")).status == 409

    stopped = await operator.send("/feeds/fed_2/cancellation", {}, page="/feeds/fed_2")
    assert stopped.status == 303
    assert "canceled" in (await operator.get("/feeds/fed_2")).body.decode()
    refused = await operator.send("/feeds/fed_2/retry", {}, page="/feeds/fed_2")
    assert (refused.status, "is not run again" in refused.body.decode()) == (409, True)
    events = (await operator.get("/feeds/fed_2/progress")).body.decode()
    assert events.startswith("event: progress\ndata: ")
    assert '"ended":true' in events


async def test_the_page_of_a_webhook_shows_its_log_and_sends_events_again(
    stage: ConsoleStage, operator: Browser
) -> None:
    await add_endpoint(stage)
    event = StoredEvent(type="order.placed", data=msgspec.Raw(b'{"storefront_id":"web"}'))
    put = Put(key=Key("ORDER#1", "X"), kind="order", body=b"{}", expected_version=0, events=(event,))
    await stage.table.commit(writes=[put], context=make_context())
    event_id = f"{(await stage.table.read(after=0, limit=500))[-1].sequence}-1"
    call = DeliveryAttempt(
        endpoint_id="whk_1", entry="failed-0000", at=stage.clock.at, attempt=2, status=503, error="The receiver <503>.",
        duration_milliseconds=12, message_id="msg_1", event_count=1, first_event_id=event_id, last_event_id=event_id,
        event_types=("order.placed",),
    )  # fmt: skip
    await stage.table.commit(writes=[ATTEMPTS.create(call)], context=make_context())

    assert 'href="/console/webhooks/whk_1"' in (await operator.get("/webhooks")).body.decode()
    for query in ("", "failed=1"):
        page = (await operator.get("/webhooks/whk_1", query=query)).body.decode()
        assert "The receiver &lt;503&gt;." in page
        assert event_id in page
    sent = await operator.send("/webhooks/whk_1/resends", {"event_id": event_id}, page="/webhooks/whk_1")
    assert sent.status == 303
    page = (await operator.get("/webhooks/whk_1", query="done=events-again")).body.decode()
    assert "asked for" in page
    assert "operator:" in page
    refused = await operator.send("/webhooks/whk_1/resends", {"since": "yesterday"}, page="/webhooks/whk_1")
    assert refused.status == 422
