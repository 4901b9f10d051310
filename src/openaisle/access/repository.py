"""Where API keys stand in the table."""

from __future__ import annotations

from openaisle.access.model import ApiKey
from openaisle.kernel.context import Role
from openaisle.kernel.records import RecordType
from openaisle.kernel.table import Index, IndexEntry, Key
from openaisle.kernel.times import sortable_time

ALL_KEYS = "API_KEYS"


def api_key_key(*, key_id: str) -> Key:
    """Access pattern: authenticate a request, one get (use_cases.ApiKeys.authenticate)."""
    return Key(f"API_KEY#{key_id}", "API_KEY")


def keys_of_subject(*, role: Role, subject_id: str) -> str:
    """Access pattern: the keys of one party, oldest first (queries.ApiKeyQueries.listed)."""
    return f"API_KEYS#{role.value}#{subject_id}"


def _indexes(record: ApiKey) -> tuple[IndexEntry, ...]:
    sort = f"{sortable_time(record.issued_at)}#{record.key_id}"
    return (
        # Access pattern: every key, oldest first (queries.ApiKeyQueries.listed).
        IndexEntry(Index.FIRST, ALL_KEYS, sort),
        IndexEntry(Index.SECOND, keys_of_subject(role=record.role, subject_id=record.subject_id), sort),
    )


API_KEYS = RecordType(
    kind="api_key",
    model=ApiKey,
    key=lambda record: api_key_key(key_id=record.key_id),
    indexes=_indexes,
)
