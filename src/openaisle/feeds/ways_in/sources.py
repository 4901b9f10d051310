"""Files fetched from suppliers' own addresses on a schedule, only when they are new."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from urllib.parse import unquote, urlsplit

import msgspec

from openaisle.feeds.model import Feed, FeedKind, FeedMode, FullModeRefused
from openaisle.feeds.use_cases import MAXIMUM_FEED_BYTES, FeedUseCases
from openaisle.feeds.ways_in.model import (
    SOURCES_MAXIMUM,
    FeedSource,
    Pull,
    PullResult,
    SourceUnknown,
    TooManySources,
    decide_pulled,
)
from openaisle.feeds.ways_in.repository import (
    ALL_SOURCES,
    SOURCES,
    SOURCES_TOPIC,
    source_key,
    sources_of_supplier,
)
from openaisle.kernel.blobs import BlobFacts, Blobs
from openaisle.kernel.context import Context, SupplierScope, system_context
from openaisle.kernel.encryption import FieldCipher
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.identifiers import Identifiers
from openaisle.kernel.outbound import CallFailed, HttpDownload, HttpDownloader
from openaisle.kernel.pipe import Timer
from openaisle.kernel.records import Versioned, decided_anew
from openaisle.kernel.table import Index, Item, Table

_SILENCE_SECONDS = 30.0
# Below what a timer's handler may take; who is slower than this is asked again later.
_PULL_SECONDS_MAXIMUM = 240.0
_PULLS_AT_ONCE = 8
_NOT_MODIFIED = 304

_Decide = Callable[[FeedSource], FeedSource]


class Pulled(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was fetched, with what its server says of its version."""

    facts: BlobFacts
    etag: str | None
    modified: str | None


class FeedSources:
    """The use cases of sources; ``scope`` None is the operator."""

    def __init__(
        self,
        *,
        table: Table,
        blobs: Blobs,
        identifiers: Identifiers,
        cipher: FieldCipher,
        downloader: HttpDownloader,
        feeds: FeedUseCases,
    ) -> None:
        """Take the ports, and what receives whole files."""
        self._table = table
        self._blobs = blobs
        self._identifiers = identifiers
        self._cipher = cipher
        self._downloader = downloader
        self._feeds = feeds

    async def add(
        self,
        *,
        scope: SupplierScope,
        url: str,
        kind: FeedKind,
        mode: FeedMode,
        every_minutes: int,
        context: Context,
        user_name: str | None = None,
        password: str | None = None,
    ) -> FeedSource:
        """Fetch a supplier's file from an address from now on; raises AddressRefused, TooManySources."""
        if mode is FeedMode.FULL and kind is not FeedKind.PRODUCTS:
            raise FullModeRefused(detail=f"A feed of kind {kind} tells of offers that exist; it withdraws none.")
        await self._downloader.require_callable(url=url)
        if len(await self.listed(scope=scope)) >= SOURCES_MAXIMUM:
            raise TooManySources(detail=f"A supplier has {SOURCES_MAXIMUM} sources at most.")
        source_id = self._identifiers.new(prefix="src")
        sealed = None
        if password is not None:
            sealed = self._cipher.encrypt(plaintext=password.encode(), place=_password_place(source_id=source_id))
        source = FeedSource(
            source_id=source_id,
            supplier_id=scope.supplier_id,
            url=url,
            kind=kind,
            mode=mode,
            every_minutes=every_minutes,
            user_name=user_name,
            sealed_password=sealed,
            next_at=context.at,
            created_at=context.at,
        )
        await self._table.commit(writes=[SOURCES.create(source)], context=context)
        return source

    async def listed(self, *, scope: SupplierScope | None) -> list[FeedSource]:
        """Return the sources of a supplier, or the first hundreds of all suppliers."""
        partition, index, limit = ALL_SOURCES, Index.SECOND, 500
        if scope is not None:
            partition, index = sources_of_supplier(supplier_id=scope.supplier_id), Index.FIRST
        page = await self._table.query(partition=partition, index=index, limit=limit)
        return [SOURCES.record(item.body) for item in page.items]

    async def source(self, *, scope: SupplierScope | None, source_id: str) -> Versioned[FeedSource]:
        """Return a source; raises SourceUnknown."""
        item = await self._table.get(key=source_key(source_id=source_id))
        found = SOURCES.decode(item) if item is not None else None
        if found is None or (scope is not None and found.record.supplier_id != scope.supplier_id):
            raise SourceUnknown(detail=f"There is no source {source_id[:40]}.")
        return found

    async def remove(self, *, scope: SupplierScope | None, source_id: str, context: Context) -> None:
        """Fetch from an address no more; raises SourceUnknown."""
        found = await self.source(scope=scope, source_id=source_id)
        # Whatever a pull has written meanwhile: the wish to end it counts.
        await self._table.commit(writes=[SOURCES.remove(found.record, version=None)], context=context)

    async def pull_soon(self, *, scope: SupplierScope | None, source_id: str, context: Context) -> FeedSource:
        """Look for a new file as soon as possible; raises SourceUnknown."""

        async def attempt() -> FeedSource:
            found = await self.source(scope=scope, source_id=source_id)
            changed = msgspec.structs.replace(found.record, next_at=context.at)
            await self._table.commit(writes=[SOURCES.replace(changed, version=found.version)], context=context)
            return changed

        return await decided_anew(attempt)

    def timer(self) -> Timer:
        """Return the timer that looks for new files."""
        return Timer(topic=SOURCES_TOPIC, handle=self._due, batch_size=_PULLS_AT_ONCE)

    async def _due(self, items: Sequence[Item], now: datetime) -> None:
        records = [SOURCES.record(item.body) for item in items]
        await asyncio.gather(*(self.pull(source_id=record.source_id, at=now) for record in records))

    async def pull(self, *, source_id: str, at: datetime) -> FeedSource | None:
        """Fetch a file if it is new, and note what became of it; None if the source was removed."""
        context = system_context(name=SOURCES_TOPIC, at=at, correlation_id=source_id)
        source = await self._begun(source_id=source_id, context=context)
        if source is None:
            return None
        etag = modified = sha256 = None
        try:
            async with asyncio.timeout(_PULL_SECONDS_MAXIMUM):
                pulled = await self._fetched(source=source)
            if pulled is None:
                told = Pull(at=at, result=PullResult.UNCHANGED, detail="The server says that nothing has changed.")
            else:
                etag, modified, sha256 = pulled.etag, pulled.modified, pulled.facts.sha256
                told = await self._taken(source=source, pulled=pulled, context=context)
        except OpenAisleError as error:
            told = Pull(at=at, result=PullResult.FAILED, detail=f"{error.title}: {error.detail}"[:500])
        except TimeoutError:
            told = Pull(
                at=at, result=PullResult.FAILED, detail=f"It took longer than {_PULL_SECONDS_MAXIMUM:g} seconds."
            )

        def decide(one: FeedSource) -> FeedSource:
            return decide_pulled(source=one, pull=told, etag=etag, modified=modified, sha256=sha256)

        return await self._noted(source_id=source_id, context=context, decide=decide)

    async def _begun(self, *, source_id: str, context: Context) -> FeedSource | None:
        """Name the feed that the pull will become, unless one that was broken off has named it."""

        def decide(one: FeedSource) -> FeedSource:
            feed_id = one.pulling_feed_id or self._identifiers.new(prefix="fed")
            return msgspec.structs.replace(one, pulling_feed_id=feed_id)

        return await self._noted(source_id=source_id, context=context, decide=decide)

    async def _fetched(self, *, source: FeedSource) -> Pulled | None:
        """Fetch the file beside the feeds; None if it is not new. Raises CallFailed and what blobs raise."""
        async with self._downloader.download(
            url=source.url,
            headers=self._headers(source=source),
            timeout_seconds=_SILENCE_SECONDS,
            maximum_bytes=MAXIMUM_FEED_BYTES,
        ) as answer:
            if answer.status == _NOT_MODIFIED:
                return None
            _require_file(answer=answer)
            facts = await self._blobs.put(
                name=_blob_name(source=source), chunks=answer.chunks(), maximum_bytes=MAXIMUM_FEED_BYTES
            )
            headers = answer.headers
            return Pulled(facts=facts, etag=_short(headers.get("etag")), modified=_short(headers.get("last-modified")))

    async def _taken(self, *, source: FeedSource, pulled: Pulled, context: Context) -> Pull:
        """Make a feed of what was fetched, unless it is what was fetched the last time."""
        name = _blob_name(source=source)
        try:
            if pulled.facts.sha256 == source.sha256:
                return Pull(at=context.at, result=PullResult.UNCHANGED, detail="The same file as the last time.")
            feed = await self._received(source=source, chunks=self._blobs.chunks(name=name), context=context)
        finally:
            await self._blobs.delete(name=name)
        return Pull(
            at=context.at,
            result=PullResult.TAKEN,
            detail=f"A new file of {pulled.facts.byte_count:,} bytes.",
            feed_id=feed.feed_id,
        )

    async def _received(self, *, source: FeedSource, chunks: AsyncIterator[bytes], context: Context) -> Feed:
        return await self._feeds.receive(
            scope=SupplierScope(supplier_id=source.supplier_id),
            chunks=chunks,
            context=context,
            kind=source.kind,
            mode=source.mode,
            file_name=unquote(urlsplit(source.url).path.rpartition("/")[2])[:255] or None,
            feed_id=source.pulling_feed_id,
        )

    def _headers(self, *, source: FeedSource) -> dict[str, str]:
        headers = {"accept": "*/*"}
        if source.etag is not None:
            headers["if-none-match"] = source.etag
        if source.modified is not None:
            headers["if-modified-since"] = source.modified
        if source.user_name is not None:
            password = b""
            if source.sealed_password is not None:
                place = _password_place(source_id=source.source_id)
                password = self._cipher.decrypt(ciphertext=source.sealed_password, place=place)
            told = base64.b64encode(source.user_name.encode() + b":" + password).decode()
            headers["authorization"] = f"Basic {told}"
        return headers

    async def _noted(self, *, source_id: str, context: Context, decide: _Decide) -> FeedSource | None:
        async def attempt() -> FeedSource | None:
            item = await self._table.get(key=source_key(source_id=source_id))
            if item is None:
                return None
            found = SOURCES.decode(item)
            changed = decide(found.record)
            await self._table.commit(writes=[SOURCES.replace(changed, version=found.version)], context=context)
            return changed

        return await decided_anew(attempt)


def _require_file(*, answer: HttpDownload) -> None:
    if answer.status == 200:
        return
    location = answer.headers.get("location")
    if 300 <= answer.status < 400 and location:
        # Another address could lead inside, and would get this one's password.
        raise CallFailed(detail=f"The server leads on to {location[:300]}; give that address instead.")
    hint = " Look at the user name and the password." if answer.status in {401, 403} else ""
    raise CallFailed(detail=f"The server answered with status {answer.status}.{hint}")


def _short(header: str | None) -> str | None:
    return header if header is not None and len(header) <= 500 else None


def _blob_name(*, source: FeedSource) -> str:
    return f"pulls/{source.source_id}/{source.pulling_feed_id}"


def _password_place(*, source_id: str) -> str:
    return f"FEED_SOURCE#{source_id}/password"
