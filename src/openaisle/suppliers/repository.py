"""Where suppliers and what belongs to them stand in the table: all of one supplier in one partition."""

from __future__ import annotations

from datetime import datetime

import msgspec

from openaisle.kernel.records import RecordType
from openaisle.kernel.table import Index, IndexEntry, Key
from openaisle.kernel.times import sortable_time
from openaisle.suppliers.audit import AuditEntry
from openaisle.suppliers.connection import Connection
from openaisle.suppliers.model import Supplier, SupplierState
from openaisle.suppliers.verification import Correction, Verification

ALL_SUPPLIERS = "SUPPLIERS"
VERIFICATION_PREFIX = "VERIFICATION#"
CORRECTIONS_PREFIX = "CORRECTIONS#"
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


def verification_key(*, supplier_id: str, revision: int) -> Key:
    """Access pattern: the verifications of one supplier, newest first (queries.SupplierQueries.supplier)."""
    return Key(partition_of(supplier_id=supplier_id), f"{VERIFICATION_PREFIX}{revision:08d}")


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
AUDIT = RecordType(kind="supplier_audit", model=AuditEntry, key=_audit_key, streamed=False)
CLAIMS = RecordType(
    kind="uniqueness_claim",
    model=UniquenessClaim,
    key=lambda record: claim_key(claim=record.claim),
    streamed=False,
)
