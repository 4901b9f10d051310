"""Documents of suppliers: taken in, encrypted at rest, listed, read and removed."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import date

import msgspec

from openaisle.kernel.blobs import Blobs, BlobTooLarge
from openaisle.kernel.context import Context
from openaisle.kernel.encryption import FieldCipher
from openaisle.kernel.errors import NotFound, RequestInvalid, TransitionRefused
from openaisle.kernel.identifiers import Identifiers
from openaisle.kernel.records import decided_anew
from openaisle.kernel.table import Table, Write
from openaisle.suppliers.audit import AuditEntry, FieldChange
from openaisle.suppliers.clocks import SupplierClock
from openaisle.suppliers.deciding import loaded
from openaisle.suppliers.dossier import DocumentKind, SupplierDocument
from openaisle.suppliers.events import SupplierDocumentAdded
from openaisle.suppliers.model import Supplier, SupplierState
from openaisle.suppliers.policy import STANDARD_LIFE, LifePolicy
from openaisle.suppliers.repository import (
    AUDIT,
    CLOCKS,
    DOCUMENT_PREFIX,
    DOCUMENTS,
    SUPPLIERS,
    document_key,
    partition_of,
)

BYTES_MAXIMUM = 10_000_000
DOCUMENTS_MAXIMUM = 100
MEDIA_TYPES = ("application/pdf", "image/png", "image/jpeg", "image/webp")
_SNIFFED_BYTES = 16
# Until then a document is not evidence yet, and may be taken back.
BEFORE_VERIFICATION = frozenset({SupplierState.APPLIED, SupplierState.IN_REVIEW, SupplierState.DRAFT})


class DocumentMissing(NotFound):
    """The supplier has no document of that identifier."""

    code = "document-missing"
    title = "No such document"


class DocumentTypeWrong(RequestInvalid):
    """A file is not what its media type says, or of a type that is not taken, such as a script in an SVG."""

    code = "document-type-wrong"
    title = "The file is not of the type it claims"
    mend = "Send a PDF, PNG, JPEG or WebP under its own media type."


class DocumentsTooMany(RequestInvalid):
    """A supplier has as many documents as are kept."""

    code = "documents-too-many"
    title = "No more documents are taken"
    mend = "Remove documents that are not needed before adding others."


class DocumentKept(TransitionRefused):
    """A document that a verification relied on cannot be removed."""

    code = "document-kept"
    title = "The document is kept"
    mend = "Add a newer document instead; this one is evidence of a verification."


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of a file that is handed in."""

    kind: DocumentKind
    file_name: str
    media_type: str
    issued_on: date | None = None
    expires_on: date | None = None


class SupplierDocuments:
    """The use cases of documents."""

    def __init__(
        self,
        *,
        table: Table,
        blobs: Blobs,
        cipher: FieldCipher,
        identifiers: Identifiers,
        life: LifePolicy = STANDARD_LIFE,
    ) -> None:
        """Take the table, where files are kept, what encrypts them, the maker of identifiers, and the periods."""
        self._life = life
        self._table = table
        self._blobs = blobs
        self._cipher = cipher
        self._identifiers = identifiers

    async def add(
        self, *, supplier_id: str, upload: Upload, chunks: AsyncIterator[bytes], context: Context
    ) -> SupplierDocument:
        """Keep a file; its type is read from its first bytes and must be the one claimed.

        Raises SupplierMissing, DocumentTypeWrong, DocumentsTooMany, BlobTooLarge.
        """
        supplier = (await loaded(table=self._table, supplier_id=supplier_id)).record
        if len(await documents_of(table=self._table, supplier=supplier)) >= DOCUMENTS_MAXIMUM:
            raise DocumentsTooMany(detail=f"At most {DOCUMENTS_MAXIMUM} documents are kept.")
        content = await _whole(chunks)
        seen = sniffed(content=content[:_SNIFFED_BYTES])
        if seen is None or seen != upload.media_type:
            raise DocumentTypeWrong(
                detail=f"It claims to be {upload.media_type[:60]}, but is {seen or 'none of these'}."
            )
        document_id = self._identifiers.new(prefix="doc")
        document = SupplierDocument(
            document_id=document_id,
            supplier_id=supplier_id,
            kind=upload.kind,
            file_name=upload.file_name,
            media_type=seen,
            byte_count=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            blob_name=f"supplier-documents/{supplier_id}/{document_id}",
            uploaded_at=context.at,
            uploaded_by=context.principal.actor,
            issued_on=upload.issued_on,
            expires_on=upload.expires_on,
        )
        # Encryption takes a tenth of a second for the largest file, so it happens on a thread.
        sealed = await asyncio.to_thread(self._cipher.encrypt, plaintext=content, place=_place(document))
        await self._blobs.put(name=document.blob_name, chunks=_pieces(sealed), maximum_bytes=2 * BYTES_MAXIMUM)
        await self._note(document=document, context=context)
        return document

    async def listed(self, *, supplier_id: str) -> tuple[SupplierDocument, ...]:
        """Return a supplier's documents, the oldest first; raises SupplierMissing."""
        supplier = (await loaded(table=self._table, supplier_id=supplier_id)).record
        return await documents_of(table=self._table, supplier=supplier)

    async def one(self, *, supplier_id: str, document_id: str) -> SupplierDocument:
        """Return one document of a supplier; raises DocumentMissing."""
        item = await self._table.get(key=document_key(supplier_id=supplier_id, document_id=document_id))
        if item is None:
            raise DocumentMissing(detail=f"There is no document {document_id[:40]}.")
        return DOCUMENTS.decode(item).record

    async def content(self, *, document: SupplierDocument) -> bytes:
        """Return the bytes of a document; raises BlobMissing, DecryptionFailed."""
        sealed = b"".join([chunk async for chunk in self._blobs.chunks(name=document.blob_name)])
        return await asyncio.to_thread(self._cipher.decrypt, ciphertext=sealed.decode(), place=_place(document))

    async def remove(self, *, supplier_id: str, document_id: str, context: Context) -> None:
        """Remove a document that no verification relied on; raises SupplierMissing, DocumentMissing, DocumentKept."""
        supplier = (await loaded(table=self._table, supplier_id=supplier_id)).record
        document = await self.one(supplier_id=supplier_id, document_id=document_id)
        if supplier.state not in BEFORE_VERIFICATION:
            raise DocumentKept(detail=f"{supplier_id} is {supplier.state.value}.")
        writes: list[Write] = [
            DOCUMENTS.remove(document, version=None),
            CLOCKS.remove(SupplierClock.of_document(document=document, policy=self._life), version=None),
            AUDIT.store(_entry(document=document, action="document_removed", context=context)),
        ]
        await self._table.commit(writes=writes, context=context)
        await self._blobs.delete(name=document.blob_name)

    async def _note(self, *, document: SupplierDocument, context: Context) -> None:
        async def attempt() -> None:
            found = await loaded(table=self._table, supplier_id=document.supplier_id)
            noted = msgspec.structs.replace(found.record, has_documents=True)
            event = SupplierDocumentAdded(
                supplier_id=document.supplier_id, document_id=document.document_id, document_kind=document.kind.value
            )
            clocks = (
                [SupplierClock.of_document(document=document, policy=self._life)]
                if document.expires_on is not None
                else []
            )
            writes: list[Write] = [
                SUPPLIERS.replace(noted, version=found.version, events=[event]),
                DOCUMENTS.store(document),
                AUDIT.store(_entry(document=document, action="document_added", context=context)),
                *(CLOCKS.store(clock) for clock in clocks),
            ]
            await self._table.commit(writes=writes, context=context)

        await decided_anew(attempt)


async def documents_of(*, table: Table, supplier: Supplier) -> tuple[SupplierDocument, ...]:
    """Return the supplier's documents, the oldest first."""
    if not supplier.has_documents:
        return ()
    page = await table.query(
        partition=partition_of(supplier_id=supplier.supplier_id), sort_prefix=DOCUMENT_PREFIX, limit=DOCUMENTS_MAXIMUM
    )
    return tuple(DOCUMENTS.decode(item).record for item in page.items)


def sniffed(*, content: bytes) -> str | None:
    """Return the media type that a file's first bytes show, None if it is none that is taken."""
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    return None


async def _whole(chunks: AsyncIterator[bytes]) -> bytes:
    content = bytearray()
    async for chunk in chunks:
        content += chunk
        if len(content) > BYTES_MAXIMUM:
            raise BlobTooLarge(detail=f"A document has at most {BYTES_MAXIMUM} bytes.")
    return bytes(content)


async def _pieces(text: str) -> AsyncIterator[bytes]:
    yield text.encode()


def _place(document: SupplierDocument) -> str:
    return f"SUPPLIER#{document.supplier_id}/document/{document.document_id}"


def _entry(*, document: SupplierDocument, action: str, context: Context) -> AuditEntry:
    return AuditEntry(
        supplier_id=document.supplier_id,
        at=context.at,
        actor=context.principal.actor,
        action=action,
        correlation_id=context.correlation_id,
        changes=(
            FieldChange(
                field=f"documents.{document.document_id}",
                before=None,
                after=f"{document.kind.value}: {document.file_name}",
            ),
        ),
    )
