"""Uploads in parts: what breaks off goes on where it stopped, and a file counts only when it is whole."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

import msgspec

from openaisle.catalog.model import SupplierNotActive
from openaisle.feeds.model import Feed, FeedKind, FeedMode, FullModeRefused
from openaisle.feeds.use_cases import MAXIMUM_FEED_BYTES, FeedUseCases
from openaisle.feeds.ways_in.model import (
    OPEN_UPLOADS_MAXIMUM,
    PART_BYTES_MAXIMUM,
    FeedUpload,
    TooManyUploads,
    UploadChecksumWrong,
    UploadOffsetWrong,
    UploadPart,
    UploadState,
    UploadUnknown,
    decide_part,
    require_next,
    require_whole,
)
from openaisle.feeds.ways_in.repository import UPLOADS, UPLOADS_TOPIC, open_uploads, upload_key
from openaisle.kernel.blobs import Blobs, BlobTooLarge
from openaisle.kernel.context import Context, SupplierScope, system_context
from openaisle.kernel.identifiers import Identifiers
from openaisle.kernel.pipe import Timer
from openaisle.kernel.records import Versioned, decided_anew
from openaisle.kernel.table import CommitRefused, Index, Item, Table
from openaisle.suppliers.queries import SupplierQueries


class FeedUploads:
    """The use cases of uploads; each belongs to one supplier."""

    def __init__(
        self,
        *,
        table: Table,
        blobs: Blobs,
        identifiers: Identifiers,
        feeds: FeedUseCases,
        suppliers: SupplierQueries,
    ) -> None:
        """Take the ports, what receives whole files, and what says which supplier is active."""
        self._table = table
        self._blobs = blobs
        self._identifiers = identifiers
        self._feeds = feeds
        self._suppliers = suppliers

    async def begin(
        self,
        *,
        scope: SupplierScope,
        byte_count: int,
        context: Context,
        kind: FeedKind = FeedKind.PRODUCTS,
        mode: FeedMode = FeedMode.UPDATE,
        file_name: str | None = None,
        sha256: str | None = None,
    ) -> FeedUpload:
        """Begin an upload; raises SupplierNotActive, FullModeRefused, BlobTooLarge, TooManyUploads."""
        if mode is FeedMode.FULL and kind is not FeedKind.PRODUCTS:
            raise FullModeRefused(detail=f"A feed of kind {kind} tells of offers that exist; it withdraws none.")
        if byte_count > MAXIMUM_FEED_BYTES:
            raise BlobTooLarge(detail=f"A feed has {MAXIMUM_FEED_BYTES:,} bytes at most.")
        if not await self._suppliers.is_active(supplier_id=scope.supplier_id, at=context.at):
            raise SupplierNotActive(detail="This supplier is not active, so nothing is taken in.")
        page = await self._table.query(
            partition=open_uploads(supplier_id=scope.supplier_id), index=Index.FIRST, limit=OPEN_UPLOADS_MAXIMUM
        )
        if len(page.items) >= OPEN_UPLOADS_MAXIMUM:
            raise TooManyUploads(detail=f"{OPEN_UPLOADS_MAXIMUM} uploads of this supplier are open.")
        upload = FeedUpload(
            upload_id=self._identifiers.new(prefix="upl"),
            supplier_id=scope.supplier_id,
            feed_id=self._identifiers.new(prefix="fed"),
            kind=kind,
            mode=mode,
            file_name=file_name,
            byte_count=byte_count,
            sha256=sha256.lower() if sha256 is not None else None,
            created_at=context.at,
            changed_at=context.at,
        )
        await self._table.commit(writes=[UPLOADS.create(upload)], context=context)
        return upload

    async def upload(self, *, scope: SupplierScope, upload_id: str) -> Versioned[FeedUpload]:
        """Return an upload; raises UploadUnknown."""
        item = await self._table.get(key=upload_key(upload_id=upload_id))
        found = UPLOADS.decode(item) if item is not None else None
        if found is None or found.record.supplier_id != scope.supplier_id:
            raise UploadUnknown(detail=f"There is no upload {upload_id[:40]}.")
        return found

    async def append(
        self, *, scope: SupplierScope, upload_id: str, offset: int, chunks: AsyncIterator[bytes], context: Context
    ) -> FeedUpload:
        """Keep the part that begins at ``offset``.

        Raises UploadUnknown, UploadOffsetWrong, UploadPartTooSmall, BlobTooLarge.
        """
        found = await self.upload(scope=scope, upload_id=upload_id)
        missing = require_next(upload=found.record, offset=offset)
        # Two that send the same part at once do not write over each other; the first to commit wins.
        name = f"uploads/{upload_id}/{self._identifiers.new(prefix='part')}"
        facts = await self._blobs.put(name=name, chunks=chunks, maximum_bytes=min(missing, PART_BYTES_MAXIMUM))
        try:
            part = UploadPart(name=name, byte_count=facts.byte_count)
            changed = decide_part(upload=found.record, part=part, at=context.at)
            await self._table.commit(writes=[UPLOADS.replace(changed, version=found.version)], context=context)
        except CommitRefused as refused:
            await self._blobs.delete(name=name)
            raise UploadOffsetWrong(detail="Another part came first.") from refused
        except BaseException:
            await self._blobs.delete(name=name)
            raise
        return changed

    async def complete(self, *, scope: SupplierScope, upload_id: str, context: Context) -> Feed:
        """Make the feed of a whole upload; asked again, it answers the same feed.

        Raises UploadUnknown, UploadIncomplete, UploadChecksumWrong, SupplierNotActive.
        """
        upload = (await self.upload(scope=scope, upload_id=upload_id)).record
        require_whole(upload=upload)
        feed = await self._feeds.receive(
            scope=scope,
            chunks=self._content(upload=upload),
            context=context,
            kind=upload.kind,
            mode=upload.mode,
            file_name=upload.file_name,
            feed_id=upload.feed_id,
        )
        if upload.state is UploadState.OPEN:
            await self._end(upload_id=upload_id, state=UploadState.COMPLETED, context=context)
        return feed

    async def abandon(self, *, scope: SupplierScope, upload_id: str, context: Context) -> None:
        """Give an upload up and drop its parts; raises UploadUnknown."""
        await self.upload(scope=scope, upload_id=upload_id)
        await self._end(upload_id=upload_id, state=UploadState.ABANDONED, context=context)

    def timer(self) -> Timer:
        """Return the timer that drops the parts of uploads nobody goes on with."""
        return Timer(topic=UPLOADS_TOPIC, handle=self._forget)

    async def _forget(self, items: Sequence[Item], now: datetime) -> None:
        for item in items:
            upload = UPLOADS.record(item.body)
            context = system_context(name=UPLOADS_TOPIC, at=now, correlation_id=upload.upload_id)
            await self._end(upload_id=upload.upload_id, state=UploadState.ABANDONED, context=context)

    async def _end(self, *, upload_id: str, state: UploadState, context: Context) -> None:
        async def attempt() -> FeedUpload | None:
            item = await self._table.get(key=upload_key(upload_id=upload_id))
            if item is None:
                return None
            found = UPLOADS.decode(item)
            if found.record.state is UploadState.OPEN:
                changed = msgspec.structs.replace(found.record, state=state, changed_at=context.at)
                await self._table.commit(writes=[UPLOADS.replace(changed, version=found.version)], context=context)
            return found.record

        ended = await decided_anew(attempt)
        for part in ended.parts if ended is not None else ():
            await self._blobs.delete(name=part.name)

    async def _content(self, *, upload: FeedUpload) -> AsyncIterator[bytes]:
        digest = hashlib.sha256()
        for part in upload.parts:
            async for chunk in self._blobs.chunks(name=part.name):
                digest.update(chunk)
                yield chunk
        if upload.sha256 is not None and digest.hexdigest() != upload.sha256:
            raise UploadChecksumWrong(detail=f"Its SHA-256 is {digest.hexdigest()}, not {upload.sha256}.")
