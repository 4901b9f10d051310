"""Looking at pictures: guarded, some at once and few of one host, unpacked by what trusts no file."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from openaisle.catalog.pictures.events import PictureChecked
from openaisle.catalog.pictures.model import Picture, PictureIssue, PicturePolicy, Seen, decide_seen
from openaisle.catalog.pictures.repository import PICTURE_TOPIC, PICTURES, picture_key
from openaisle.kernel.context import Context, system_context
from openaisle.kernel.outbound import AddressRefused, CallFailed, HttpAnswer, HttpCaller
from openaisle.kernel.pictures import PictureMeasurer, PictureRefused
from openaisle.kernel.pipe import Timer
from openaisle.kernel.records import decided_anew
from openaisle.kernel.table import Item, Table

AT_ONCE = 8
AT_ONCE_OF_A_HOST = 2
_LOOKS_PER_BATCH = 48
_REDIRECTS_MAXIMUM = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NOT_MODIFIED = 304
_OVERLOADED = frozenset({408, 425, 429})
_SERVER_ERROR = 500
_SOUND = 200
_DETAIL_MAXIMUM = 200


class PictureLooks:
    """Looks at the addresses that are due."""

    def __init__(
        self,
        *,
        table: Table,
        caller: HttpCaller,
        measurer: PictureMeasurer,
        policy: PicturePolicy,
        at_once: int = AT_ONCE,
        at_once_of_a_host: int = AT_ONCE_OF_A_HOST,
    ) -> None:
        """Take the table, the guarded caller, what measures, the policy, and how many are fetched at once."""
        self._table = table
        self._caller = caller
        self._measurer = measurer
        self._policy = policy
        self._at_once = at_once
        self._at_once_of_a_host = at_once_of_a_host

    def timer(self) -> Timer:
        """Return the timer that looks at what is due."""
        return Timer(topic=PICTURE_TOPIC, handle=self._handle, batch_size=_LOOKS_PER_BATCH)

    async def _handle(self, items: Sequence[Item], at: datetime) -> None:
        pictures = [PICTURES.record(item.body) for item in items]
        turns = asyncio.Semaphore(self._at_once)
        hosts: dict[str, asyncio.Semaphore] = {}

        async def one(picture: Picture) -> None:
            host = urlsplit(picture.url).netloc.lower()
            # The host's turn is waited for first, so that one slow host does not take every turn.
            async with hosts.setdefault(host, asyncio.Semaphore(self._at_once_of_a_host)), turns:
                seen = await self.look(picture=picture)
            context = system_context(name="pictures", at=at, correlation_id=picture.picture_id)
            await self._record(picture_id=picture.picture_id, seen=seen, context=context)

        await asyncio.gather(*map(one, pictures))

    async def look(self, *, picture: Picture) -> Seen:
        """Fetch and measure one picture; it never raises for what stands at the address."""
        headers = {"Accept": "image/webp,image/png,image/jpeg"}
        if picture.etag is not None:
            headers["If-None-Match"] = picture.etag
        if picture.last_modified is not None:
            headers["If-Modified-Since"] = picture.last_modified
        try:
            answer = await self._fetched(url=picture.url, headers=headers)
        except AddressRefused as refused:
            return Seen(issue=PictureIssue.IMAGE_ADDRESS_REFUSED, detail=refused.detail[:_DETAIL_MAXIMUM])
        except CallFailed as failed:
            return Seen(issue=PictureIssue.IMAGE_UNREACHABLE, detail=failed.detail[:_DETAIL_MAXIMUM])
        return await self._judged(answer=answer, picture=picture)

    async def _judged(self, *, answer: HttpAnswer, picture: Picture) -> Seen:
        status = answer.status
        if status == _NOT_MODIFIED and picture.facts is not None:
            return Seen(unchanged=True)
        told = f"It was answered with status {status}."
        if status in _OVERLOADED or status >= _SERVER_ERROR:
            return Seen(issue=PictureIssue.IMAGE_UNREACHABLE, detail=told)
        if status != _SOUND:
            return Seen(issue=PictureIssue.IMAGE_MISSING, detail=told)
        try:
            facts = await self._measurer.measured(content=answer.body)
        except PictureRefused as refused:
            detail = refused.detail[:_DETAIL_MAXIMUM]
            return Seen(issue=PictureIssue.IMAGE_FORMAT_UNSUPPORTED, detail=detail, byte_count=len(answer.body))
        return Seen(
            facts=facts,
            byte_count=len(answer.body),
            etag=answer.headers.get("etag", "")[:_DETAIL_MAXIMUM] or None,
            last_modified=answer.headers.get("last-modified", "")[:_DETAIL_MAXIMUM] or None,
        )

    async def _fetched(self, *, url: str, headers: dict[str, str]) -> HttpAnswer:
        """Fetch, following a few redirects: each address on the way is guarded as the first one is."""
        followed = 0
        while True:
            answer = await self._caller.call(
                method="GET",
                url=url,
                headers=headers,
                body=b"",
                timeout_seconds=self._policy.timeout_seconds,
                maximum_answer_bytes=self._policy.bytes_maximum,
            )
            location = answer.headers.get("location")
            if answer.status not in _REDIRECTS or not location or followed == _REDIRECTS_MAXIMUM:
                return answer
            url = urljoin(url, location)
            followed += 1

    async def _record(self, *, picture_id: str, seen: Seen, context: Context) -> None:
        async def attempt() -> None:
            item = await self._table.get(key=picture_key(picture_id=picture_id))
            if item is None:
                return
            found = PICTURES.decode(item)
            changed = decide_seen(picture=found.record, seen=seen, policy=self._policy, at=context.at)
            events = []
            if (changed.state, changed.issue_code) != (found.record.state, found.record.issue_code):
                events = [PictureChecked(picture_id=picture_id, state=changed.state.value, code=changed.issue_code)]
            write = PICTURES.replace(changed, version=found.version, events=events)
            await self._table.commit(writes=[write], context=context)

        await decided_anew(attempt)
