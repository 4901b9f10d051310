"""Where suppliers and what belongs to them stand in the table: all of one supplier in one partition."""

from __future__ import annotations

from datetime import datetime

import msgspec

from openaisle.kernel.records import RecordType, due_entry
from openaisle.kernel.table import Index, IndexEntry, Key, Write
from openaisle.kernel.times import sortable_time
from openaisle.suppliers.audit import AuditEntry
from openaisle.suppliers.clocks import SupplierClock
from openaisle.suppliers.connection import Connection
from openaisle.suppliers.dossier import SupplierDocument
from openaisle.suppliers.model import Supplier, SupplierState
from openaisle.suppliers.revisions import ClosedRevision, closed_revision
from openaisle.suppliers.shipping_terms import ShippingTerms
from openaisle.suppliers.verification import Correction, Verification

ALL_SUPPLIERS = "SUPPLIERS"
VERIFICATION_PREFIX = "VERIFICATION#"
CORRECTIONS_PREFIX = "CORRECTIONS#"
REVISION_PREFIX = "REVISION#"
DOCUMENT_PREFIX = "DOCUMENT#"
CLOCK_TOPIC = "supplier-clocks"
AUDIT_PREFIX = "AUDIT#"


class CorrectionsMade(msgspec.Struct, frozen=True, kw_only=True):
    """The corrections made to one revision: by the rules of the marketplace, or by a reviewer."""

    supplier_id: str
    revision: int
    by_person: bool
    corrections: tuple[Correction, ...]


class UniquenessClaim(msgspec.Struct, frozen=True, kw_only=True):
    """The hold of an active supplier on a number that no two suppliers may have."""

    claim: str
    supplier_id: str
    claimed_at: datetime


def partition_of(*, supplier_id: str) -> str:
    """Access pattern: everything of one supplier (queries.SupplierQueries.supplier)."""
    return f"SUPPLIER#{supplier_id}"


def supplier_key(*, supplier_id: str) -> Key:
    """Access pattern: one supplier, one get (every use case; queries.SupplierQueries.standing)."""
    return Key(partition_of(supplier_id=supplier_id), "SUPPLIER")


def connection_key(*, supplier_id: str) -> Key:
    """Access pattern: the connection of one supplier, one get (queries.SupplierQueries.connection)."""
    return Key(partition_of(supplier_id=supplier_id), "CONNECTION")


def shipping_terms_key(*, supplier_id: str) -> Key:
    """Access pattern: the shipping terms of one supplier, one get (queries.SupplierQueries.shipping_terms)."""
    return Key(partition_of(supplier_id=supplier_id), "SHIPPING-TERMS")


def verification_key(*, supplier_id: str, revision: int) -> Key:
    """Access pattern: the verifications of one supplier, newest first (queries.SupplierQueries.supplier)."""
    return Key(partition_of(supplier_id=supplier_id), f"{VERIFICATION_PREFIX}{revision:08d}")


def document_key(*, supplier_id: str, document_id: str) -> Key:
    """Access pattern: one document of one supplier (documents.SupplierDocuments)."""
    return Key(partition_of(supplier_id=supplier_id), f"{DOCUMENT_PREFIX}{document_id}")


def claim_key(*, claim: str) -> Key:
    """Access pattern: who holds a number (checks.duplicate; workflow, in the commit of the verdict)."""
    return Key(f"CLAIM#{claim}", "CLAIM")


def suppliers_in_state(*, state: SupplierState) -> str:
    """Access pattern: the suppliers in one state by name (queries.SupplierQueries.listed, counts)."""
    return f"SUPPLIERS#{state.value}"


def _supplier_indexes(supplier: Supplier) -> tuple[IndexEntry, ...]:
    return (
        # Access pattern: all suppliers, the newest first (queries.SupplierQueries.listed).
        IndexEntry(Index.FIRST, ALL_SUPPLIERS, f"{sortable_time(supplier.applied_at)}#{supplier.supplier_id}"),
        IndexEntry(
            Index.SECOND,
            suppliers_in_state(state=supplier.state),
            f"{supplier.facts.name.casefold()[:100]}#{supplier.supplier_id}",
        ),
    )


def _corrections_key(made: CorrectionsMade) -> Key:
    author = "REVIEW" if made.by_person else "RULES"
    return Key(partition_of(supplier_id=made.supplier_id), f"{CORRECTIONS_PREFIX}{made.revision:08d}#{author}")


def _audit_key(entry: AuditEntry) -> Key:
    sort = f"{AUDIT_PREFIX}{sortable_time(entry.at)}#{entry.action}#{entry.correlation_id}"
    return Key(partition_of(supplier_id=entry.supplier_id), sort)


SUPPLIERS = RecordType(
    kind="supplier",
    model=Supplier,
    key=lambda supplier: supplier_key(supplier_id=supplier.supplier_id),
    indexes=_supplier_indexes,
)
CONNECTIONS = RecordType(
    kind="supplier_connection",
    model=Connection,
    key=lambda connection: connection_key(supplier_id=connection.supplier_id),
)
SHIPPING_TERMS = RecordType(
    kind="shipping_terms",
    model=ShippingTerms,
    key=lambda terms: shipping_terms_key(supplier_id=terms.supplier_id),
)
# What follows is read beside the supplier and acted on by nobody, so it stays out of the change stream.
VERIFICATIONS = RecordType(
    kind="supplier_verification",
    model=Verification,
    key=lambda record: verification_key(supplier_id=record.supplier_id, revision=record.revision),
    streamed=False,
)
CORRECTIONS = RecordType(
    kind="supplier_corrections",
    model=CorrectionsMade,
    key=_corrections_key,
    streamed=False,
)
# Access pattern: the ended revisions of one supplier, newest first (queries.SupplierQueries.supplier).
REVISIONS = RecordType(
    kind="supplier_revision",
    model=ClosedRevision,
    key=lambda record: Key(partition_of(supplier_id=record.supplier_id), f"{REVISION_PREFIX}{record.revision:08d}"),
    streamed=False,
)
AUDIT = RecordType(kind="supplier_audit", model=AuditEntry, key=_audit_key, streamed=False)
# Access pattern: the documents of one supplier, oldest first (documents.documents_of).
DOCUMENTS = RecordType(
    kind="supplier_document",
    model=SupplierDocument,
    key=lambda record: document_key(supplier_id=record.supplier_id, document_id=record.document_id),
    streamed=False,
)
CLOCKS = RecordType(
    kind="supplier_clock",
    model=SupplierClock,
    # Access pattern: one clock of one supplier by kind and reference, one write whatever stands there (life).
    key=lambda clock: Key(partition_of(supplier_id=clock.supplier_id), f"CLOCK#{clock.kind.value}#{clock.reference}"),
    # Access pattern: clocks that have run out (life.supplier_timer).
    indexes=lambda clock: (
        due_entry(
            topic=CLOCK_TOPIC,
            at=sortable_time(clock.due_at),
            identifier=f"{clock.supplier_id}#{clock.kind.value}#{clock.reference}",
        ),
    ),
    streamed=False,
)
CLAIMS = RecordType(
    kind="uniqueness_claim",
    model=UniquenessClaim,
    key=lambda record: claim_key(claim=record.claim),
    streamed=False,
)


def revision_writes(*, before: Supplier, candidate: Supplier, after: Supplier) -> list[Write]:
    """Return what is written beside a supplier when a decision ends a revision: its record, and claims let go."""
    closed = closed_revision(before=before, candidate=candidate, after=after)
    let_go = [claim for claim in before.claims if claim not in after.claims]
    return [
        *([REVISIONS.store(closed)] if closed is not None else []),
        *(
            CLAIMS.remove(
                UniquenessClaim(claim=claim, supplier_id=after.supplier_id, claimed_at=after.changed_at), version=None
            )
            for claim in let_go
        ),
    ]
