from __future__ import annotations

import asyncio
import io
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from openaisle.adapters.http.deferred import DeferredHttpCaller
from openaisle.adapters.local.clock import SystemClock
from openaisle.adapters.local.store import LocalTable
from openaisle.adapters.pictures import PillowPictureMeasurer
from openaisle.catalog.pictures.looks import PictureLooks
from openaisle.catalog.pictures.model import Picture, PictureIssue, PicturePolicy, PictureState, picture_identifier
from openaisle.catalog.pictures.repository import PICTURES, picture_key
from openaisle.catalog.pictures.wishes import PictureWishes
from openaisle.kernel.context import system_context
from openaisle.kernel.outbound import CallTimedOut, HttpAnswer
from openaisle.kernel.table import Index

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
URL = "https://pictures.example/mug.png"
POLICY = PicturePolicy()


def png(width=600, height=600) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(written, format="PNG")
    return written.getvalue()


def answer(body=b"", status=200, **headers) -> HttpAnswer:
    return HttpAnswer(
        status=status, headers={name.replace("_", "-"): text for name, text in headers.items()}, body=body
    )


class FakeWeb:
    """Answers addresses with what the test put there, and counts who asked how."""

    def __init__(self, pages) -> None:
        self.pages = pages
        self.asked: list[tuple[str, dict[str, str]]] = []

    async def call(self, *, method, url, headers, body, timeout_seconds, maximum_answer_bytes=0):
        self.asked.append((url, dict(headers)))
        found = self.pages[url]
        if isinstance(found, Exception):
            raise found
        return found


@pytest.fixture
async def table(tmp_path: Path) -> AsyncIterator[LocalTable]:
    table = LocalTable(path=tmp_path / "store.db", clock=SystemClock(), durable=False)
    yield table
    await table.close()


def looks(table, caller) -> PictureLooks:
    return PictureLooks(table=table, caller=caller, measurer=PillowPictureMeasurer(), policy=POLICY)


async def due(table, *, at=AT):
    through = f"{at.strftime('%Y-%m-%dT%H:%M:%S')}~"
    page = await table.query(partition="DUE#product-pictures", index=Index.DUE, sort_through=through)
    return page.items


async def seen(table, caller, *, at=AT, urls=(URL,)) -> Picture:
    """Have addresses looked at, and return the first picture."""
    context = system_context(name="pictures", at=at, correlation_id="c")
    await PictureWishes(table=table, policy=POLICY).want(urls=urls, context=context)
    items = await due(table, at=at)
    if items:
        await looks(table, caller).timer().handle(items, at)
    item = await table.get(key=picture_key(picture_id=picture_identifier(url=urls[0])))
    return PICTURES.record(item.body)


@pytest.mark.parametrize(
    ("there", "state", "issue"),
    [
        (answer(png()), PictureState.SOUND, None),
        (answer(png(200, 600)), PictureState.FAULTY, PictureIssue.IMAGE_TOO_SMALL),
        (answer(png(1300, 400)), PictureState.FAULTY, PictureIssue.IMAGE_TOO_NARROW),
        (answer(b"<svg onload='x'/>"), PictureState.FAULTY, PictureIssue.IMAGE_FORMAT_UNSUPPORTED),
        (answer(png()[:60]), PictureState.FAULTY, PictureIssue.IMAGE_FORMAT_UNSUPPORTED),
        (answer(status=404), PictureState.FAULTY, PictureIssue.IMAGE_MISSING),
        (answer(status=302, location=URL), PictureState.FAULTY, PictureIssue.IMAGE_MISSING),
        (answer(status=503), PictureState.UNREACHABLE, PictureIssue.IMAGE_UNREACHABLE),
        (CallTimedOut(detail="No answer."), PictureState.UNREACHABLE, PictureIssue.IMAGE_UNREACHABLE),
    ],
)
async def test_an_address_is_judged_by_what_stands_there(table, there, state, issue):
    picture = await seen(table, FakeWeb({URL: there}))
    assert (picture.state, picture.issue_code) == (state, issue)
    assert len(picture.issues) == (issue is not None)


async def test_a_picture_that_many_products_name_is_fetched_once(table):
    web = FakeWeb({URL: answer(png())})
    await seen(table, web)
    await seen(table, web, at=AT + timedelta(days=1))
    assert len(web.asked) == 1


async def test_after_a_month_it_is_asked_whether_the_picture_changed(table):
    web = FakeWeb({URL: answer(png(), etag='"a"', last_modified="Sun, 01 Mar 2026 09:00:00 GMT")})
    first = await seen(table, web)
    web.pages[URL] = answer(status=304)
    again = await seen(table, web, at=AT + timedelta(days=31))
    assert web.asked[1][1]["If-None-Match"] == '"a"'
    assert (again.state, again.facts) == (PictureState.SOUND, first.facts)
    assert again.checked_at == AT + timedelta(days=31)


async def test_what_cannot_be_reached_is_tried_again_ever_more_rarely_and_then_left(table):
    web = FakeWeb({URL: answer(status=500)})
    picture = await seen(table, web)
    waits = []
    while picture.due_at is not None:
        waits.append((picture.due_at - picture.checked_at).total_seconds())
        at = picture.due_at
        await looks(table, web).timer().handle(await due(table, at=at), at)
        item = await table.get(key=picture_key(picture_id=picture.picture_id))
        picture = PICTURES.record(item.body)
    assert waits == [300, 3_600, 21_600, 86_400]
    assert await due(table, at=AT + timedelta(days=400)) == []


async def test_redirects_are_followed_within_bounds(table):
    there = "https://cdn.example/mug.png"
    web = FakeWeb({URL: answer(status=301, location="//cdn.example/mug.png"), there: answer(png())})
    assert (await seen(table, web)).state is PictureState.SOUND
    assert [url for url, _ in web.asked] == [URL, there]


async def test_no_address_leads_into_the_private_network(table):
    caller = DeferredHttpCaller(allowed_private_hosts=(), plain_http=True)
    picture = await seen(table, caller, urls=("http://127.0.0.1:9/mug.png",))
    await caller.close()
    assert (picture.state, picture.issue_code) == (PictureState.FAULTY, PictureIssue.IMAGE_ADDRESS_REFUSED)
    assert picture.due_at is None


async def test_one_slow_host_gets_few_turns_and_holds_up_no_other(table):
    urls = [f"https://{host}.example/{number}.png" for number in range(6) for host in ("slow", "fast")]
    web = FakeWeb(dict.fromkeys(urls, answer(png())))
    plain, running, most = web.call, Counter(), Counter()

    async def call(*, url, **given):
        host = url.split("/")[2]
        running[host] += 1
        most[host] = max(most[host], running[host])
        await asyncio.sleep(0)
        running[host] -= 1
        return await plain(url=url, **given)

    web.call = call
    await seen(table, web, urls=urls)
    assert len(web.asked) == 12
    assert most == {"slow.example": 2, "fast.example": 2}
