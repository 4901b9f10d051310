"""Where terms and the answers to them stand in the table."""

from __future__ import annotations

from openaisle.kernel.records import RecordType, due_entry
from openaisle.kernel.table import Index, IndexEntry, Key
from openaisle.kernel.times import sortable_time
from openaisle.suppliers.repository import partition_of
from openaisle.suppliers.terms.model import TermsAnswer, TermsState, TermsText, TermsVersion

ALL_TERMS = "TERMS"
"""Access pattern: all versions by the day of effect (queries.TermsQueries.listed)."""

TERMS_TOPIC = "terms"
"""Access pattern: announced terms whose day has come (workflow.terms_timer)."""

ANSWER_PREFIX = "TERMS#"


def terms_key(*, version: str) -> Key:
    """Access pattern: one version without its wording (every use case)."""
    return Key(f"TERMS#{version}", "VERSION")


def text_key(*, version: str) -> Key:
    """Access pattern: the wording of one version (queries.TermsQueries.one)."""
    return Key(f"TERMS#{version}", "TEXT")


def answer_key(*, supplier_id: str, version: str) -> Key:
    """Access pattern: a supplier's answer to one version, or to all (use_cases, queries.TermsQueries.of_supplier)."""
    return Key(partition_of(supplier_id=supplier_id), f"{ANSWER_PREFIX}{version}")


def answers_to(*, version: str) -> str:
    """Access pattern: who answered a version, the oldest first (queries.TermsQueries.answers)."""
    return f"TERMS_ANSWERS#{version}"


def _indexes(terms: TermsVersion) -> tuple[IndexEntry, ...]:
    effective = sortable_time(terms.effective_at)
    listed = IndexEntry(Index.FIRST, ALL_TERMS, f"{effective}#{terms.version}")
    if terms.state is not TermsState.ANNOUNCED:
        return (listed,)
    return listed, due_entry(topic=TERMS_TOPIC, at=effective, identifier=terms.version)


TERMS = RecordType(
    kind="terms_version",
    model=TermsVersion,
    key=lambda terms: terms_key(version=terms.version),
    indexes=_indexes,
)
# The wording is read beside the version and acted on by nobody.
TEXTS = RecordType(
    kind="terms_text",
    model=TermsText,
    key=lambda text: text_key(version=text.version),
    streamed=False,
)
ANSWERS = RecordType(
    kind="terms_answer",
    model=TermsAnswer,
    key=lambda answer: answer_key(supplier_id=answer.supplier_id, version=answer.version),
    indexes=lambda answer: (
        IndexEntry(Index.FIRST, answers_to(version=answer.version), f"{sortable_time(answer.at)}#{answer.supplier_id}"),
    ),
)
