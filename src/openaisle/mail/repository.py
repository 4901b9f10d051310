"""Where mails stand in the table, until they expire 30 days after they were written."""

from __future__ import annotations

from openaisle.kernel.records import RecordType, due_entry
from openaisle.kernel.table import Index, IndexEntry, Key
from openaisle.kernel.times import sortable_time
from openaisle.mail.model import MailState, OutgoingMail

DUE_TOPIC = "mail"
ALL_MAILS = "MAILS"


def mail_key(*, mail_id: str) -> Key:
    """Access pattern: one mail, one get (use_cases.Mail)."""
    return Key(f"MAIL#{mail_id}", "MAIL")


def mails_in_state(*, state: MailState) -> str:
    """Access pattern: the mails in one state, the newest first (queries.MailQueries.listed)."""
    return f"MAILS#{state.value}"


def _indexes(mail: OutgoingMail) -> tuple[IndexEntry, ...]:
    place = f"{sortable_time(mail.created_at)}#{mail.mail_id}"
    entries = (
        # Access pattern: all mails, the newest first (queries.MailQueries.listed).
        IndexEntry(Index.FIRST, ALL_MAILS, place),
        IndexEntry(Index.SECOND, mails_in_state(state=mail.state), place),
    )
    if mail.next_attempt_at is None:
        return entries
    return (*entries, due_entry(topic=DUE_TOPIC, at=sortable_time(mail.next_attempt_at), identifier=mail.mail_id))


MAILS: RecordType[OutgoingMail] = RecordType(
    kind="mail",
    model=OutgoingMail,
    key=lambda mail: mail_key(mail_id=mail.mail_id),
    indexes=_indexes,
    expires_at=lambda mail: int(mail.expires_at.timestamp()),
)
