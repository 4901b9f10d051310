"""Files in incidents: pictures of what came broken, and what else shows what happened. Encrypted at rest."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator

import msgspec

from openaisle.incidents.access import require_party
from openaisle.incidents.deciding import decide_attachment, erased, require_audience
from openaisle.incidents.model import (
    ATTACHMENT_BYTES_MAXIMUM,
    ATTACHMENTS_MAXIMUM,
    MESSAGES_MAXIMUM,
    Attachment,
    AttachmentTypeWrong,
    AttachmentUnknown,
    Audience,
    Incident,
    IncidentState,
    unknown_incident,
)
from openaisle.incidents.repository import (
    ATTACHMENTS,
    INCIDENT_PREFIX,
    INCIDENTS,
    attachment_key,
    attachments_prefix,
    incident_key,
    incidents_partition,
    messages_prefix,
    order_of,
)
from openaisle.incidents.use_cases import actor_of
from openaisle.kernel.blobs import Blobs, BlobTooLarge
from openaisle.kernel.context import Context, Principal
from openaisle.kernel.encryption import FieldCipher
from openaisle.kernel.identifiers import derived_identifier
from openaisle.kernel.records import Versioned, decided_anew
from openaisle.kernel.table import Delete, Item, Table, Write
from openaisle.kernel.times import sortable_time
from openaisle.suppliers.documents import sniffed

_SNIFFED_BYTES = 16
_DELETES_PER_COMMIT = 50
_INCIDENTS_MAXIMUM = 1_000


class FileFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of a file that is handed in."""

    file_name: str
    media_type: str
    audience: Audience


class Attachments:
    """The use cases of files in incidents, and the erasure of all that was said."""

    def __init__(self, *, table: Table, blobs: Blobs, cipher: FieldCipher) -> None:
        """Take the table, where files are kept, and what encrypts them."""
        self._table = table
        self._blobs = blobs
        self._cipher = cipher

    async def add(
        self, *, incident_id: str, facts: FileFacts, chunks: AsyncIterator[bytes], context: Context
    ) -> Attachment:
        """Keep a file; its type is read from its first bytes. The same file again changes nothing.

        Raises IncidentUnknown, AudienceWrong, AttachmentTypeWrong, IncidentSettled, IncidentFull or BlobTooLarge.
        """
        by = actor_of(context)
        require_audience(party=by.party, audience=facts.audience)
        await self._read(incident_id=incident_id, context=context)
        content = await _whole(chunks)
        seen = sniffed(content=content[:_SNIFFED_BYTES])
        if seen is None or seen != facts.media_type:
            detail = f"It claims to be {facts.media_type[:60]}, but is {seen or 'none of these'}."
            raise AttachmentTypeWrong(detail=detail)
        digest = hashlib.sha256(content).hexdigest()
        attachment_id = derived_identifier(
            prefix="fil", parts=(incident_id, by.party.value, facts.audience.value, digest)
        )
        attachment = Attachment(
            incident_id=incident_id,
            attachment_id=attachment_id,
            at=sortable_time(context.at),
            author=by.party,
            actor=by.actor,
            audience=facts.audience,
            file_name=facts.file_name,
            media_type=seen,
            byte_count=len(content),
            blob_name=f"incidents/{incident_id}/{attachment_id}",
        )
        stored = False

        async def attempt() -> Attachment:
            nonlocal stored
            found = await self._read(incident_id=incident_id, context=context)
            key = attachment_key(incident_id=incident_id, attachment_id=attachment_id)
            item = await self._table.get(key=key)
            if item is not None:
                return ATTACHMENTS.record(item.body)
            made = decide_attachment(record=found.record, attachment=attachment, by=by)
            if not stored:
                # Nothing of a file that is refused is kept; encryption takes a while, so it happens on a thread.
                sealed = await asyncio.to_thread(self._cipher.encrypt, plaintext=content, place=_place(attachment))
                await self._blobs.put(
                    name=attachment.blob_name, chunks=_pieces(sealed), maximum_bytes=2 * ATTACHMENT_BYTES_MAXIMUM
                )
                stored = True
            writes: list[Write] = [
                INCIDENTS.replace(made.record, version=found.version, events=made.events),
                ATTACHMENTS.create(attachment),
            ]
            await self._table.commit(writes=writes, context=context)
            return attachment

        return await decided_anew(attempt)

    async def one(self, *, incident_id: str, attachment_id: str, principal: Principal) -> tuple[Attachment, bytes]:
        """Return a file with its content; raises IncidentUnknown, AttachmentUnknown or BlobMissing."""
        item = await self._table.get(key=incident_key(incident_id=incident_id))
        if item is None:
            raise unknown_incident(incident_id=incident_id)
        party = require_party(record=INCIDENTS.record(item.body), principal=principal)
        found = await self._table.get(key=attachment_key(incident_id=incident_id, attachment_id=attachment_id))
        attachment = ATTACHMENTS.record(found.body) if found is not None else None
        if attachment is None or not attachment.audience.reaches(party):
            raise AttachmentUnknown(detail=f"The incident has no file {attachment_id[:64]}.")
        sealed = b"".join([chunk async for chunk in self._blobs.chunks(name=attachment.blob_name)])
        content = await asyncio.to_thread(self._cipher.decrypt, ciphertext=sealed.decode(), place=_place(attachment))
        return attachment, content

    async def erase(self, *, incident_id: str, context: Context) -> None:
        """Delete all that was said and handed in, once the incident has been closed for so long; safe to do again."""
        found = await self._read(incident_id=incident_id, context=context)
        record = found.record
        if record.state is not IncidentState.CLOSED or record.due_at is None:
            return
        if record.due_at > sortable_time(context.at):
            return
        await self._erase(found=found, context=context)

    async def erase_of_order(self, *, order_id: str, context: Context) -> None:
        """Delete all that was said in an order's closed incidents, as its shopper is erased; safe to do again.

        What is still argued about goes on, and is deleted when its own time has come.
        """
        page = await self._table.query(
            partition=incidents_partition(order_id=order_id), sort_prefix=INCIDENT_PREFIX, limit=_INCIDENTS_MAXIMUM
        )
        for item in page.items:
            found = INCIDENTS.decode(item)
            if found.record.state is IncidentState.CLOSED and not found.record.erased:
                await self._erase(found=found, context=context)

    async def _erase(self, *, found: Versioned[Incident], context: Context) -> None:
        items = await self._said(incident_id=found.record.incident_id)
        for item in items:
            if item.kind == ATTACHMENTS.kind:
                await self._blobs.delete(name=ATTACHMENTS.record(item.body).blob_name)
        for start in range(0, len(items), _DELETES_PER_COMMIT):
            part = items[start : start + _DELETES_PER_COMMIT]
            writes: list[Write] = [Delete(key=item.key, expected_version=None) for item in part]
            await self._table.commit(writes=writes, context=context)
        done = erased(record=found.record, by=actor_of(context))
        await self._table.commit(writes=[INCIDENTS.replace(done, version=found.version)], context=context)

    async def _said(self, *, incident_id: str) -> list[Item]:
        partition = incidents_partition(order_id=order_of(incident_id))
        files = await self._table.query(
            partition=partition, sort_prefix=attachments_prefix(incident_id=incident_id), limit=ATTACHMENTS_MAXIMUM
        )
        messages = await self._table.query(
            partition=partition, sort_prefix=messages_prefix(incident_id=incident_id), limit=MESSAGES_MAXIMUM
        )
        return [*files.items, *messages.items]

    async def _read(self, *, incident_id: str, context: Context) -> Versioned[Incident]:
        item = await self._table.get(key=incident_key(incident_id=incident_id))
        if item is None:
            raise unknown_incident(incident_id=incident_id)
        found = INCIDENTS.decode(item)
        require_party(record=found.record, principal=context.principal)
        return found


async def _whole(chunks: AsyncIterator[bytes]) -> bytes:
    content = bytearray()
    async for chunk in chunks:
        content += chunk
        if len(content) > ATTACHMENT_BYTES_MAXIMUM:
            raise BlobTooLarge(detail=f"A file has at most {ATTACHMENT_BYTES_MAXIMUM} bytes.")
    return bytes(content)


async def _pieces(text: str) -> AsyncIterator[bytes]:
    yield text.encode()


def _place(attachment: Attachment) -> str:
    return f"incident/{attachment.incident_id}/{attachment.attachment_id}"
