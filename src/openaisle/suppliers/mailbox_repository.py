"""Where the links to suppliers' mailboxes stand in the table."""

from __future__ import annotations

from openaisle.kernel.records import RecordType
from openaisle.kernel.table import Key
from openaisle.suppliers.mailbox import MailboxAsk, MailboxLink
from openaisle.suppliers.repository import partition_of


def ask_key(*, supplier_id: str) -> Key:
    """Access pattern: what a supplier was asked last, one get (mailbox_use_cases)."""
    return Key(partition_of(supplier_id=supplier_id), "MAILBOX")


def link_key(*, token_sha256: str) -> Key:
    """Access pattern: one link by the hash of its token, one get (mailbox_use_cases)."""
    return Key(f"MAILBOX_LINK#{token_sha256}", "LINK")


ASKS = RecordType(kind="supplier_mailbox", model=MailboxAsk, key=lambda ask: ask_key(supplier_id=ask.supplier_id))
LINKS = RecordType(
    kind="supplier_mailbox_link",
    model=MailboxLink,
    key=lambda link: link_key(token_sha256=link.token_sha256),
    expires_at=lambda link: int(link.ends_at.timestamp()),
    streamed=False,
)
