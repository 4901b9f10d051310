"""Where sessions, sign-in links and failed attempts stand in the table; none of them is streamed."""

from __future__ import annotations

from datetime import timedelta

from openaisle.entrypoints.console.sessions.model import ATTEMPTS_KEPT_SECONDS, Attempts, Session, SignInLink
from openaisle.kernel.records import RecordType
from openaisle.kernel.table import Key


def session_key(*, token_sha256: str) -> Key:
    """Access pattern: recognize the browser of each request, one get (use_cases.Sessions.recognized)."""
    return Key(f"CONSOLE_SESSION#{token_sha256}", "SESSION")


def link_key(*, token_sha256: str) -> Key:
    """Access pattern: redeem a sign-in link, one get (use_cases.Sessions.opened_by_link)."""
    return Key(f"CONSOLE_LINK#{token_sha256}", "LINK")


def attempts_key(*, address: str) -> Key:
    """Access pattern: slow an address that guesses, one get (use_cases.Sessions.opened_by_key)."""
    return Key(f"CONSOLE_ATTEMPTS#{address}", "ATTEMPTS")


SESSIONS = RecordType(
    kind="console_session",
    model=Session,
    key=lambda record: session_key(token_sha256=record.token_sha256),
    expires_at=lambda record: int(record.ends_at.timestamp()),
    streamed=False,
)
LINKS = RecordType(
    kind="console_link",
    model=SignInLink,
    key=lambda record: link_key(token_sha256=record.token_sha256),
    expires_at=lambda record: int(record.ends_at.timestamp()),
    streamed=False,
)
ATTEMPTS = RecordType(
    kind="console_attempts",
    model=Attempts,
    key=lambda record: attempts_key(address=record.address),
    expires_at=lambda record: int((record.last_failed_at + timedelta(seconds=ATTEMPTS_KEPT_SECONDS)).timestamp()),
    streamed=False,
)
