"""Where users and what belongs to them stand in the table.

Nothing here is streamed but requests for a reset: hashes and secrets have no place in the change stream.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from openaisle.kernel.records import RecordType
from openaisle.kernel.table import Index, IndexEntry, Key
from openaisle.kernel.times import sortable_time
from openaisle.people.lock_out import KEPT_SECONDS, Attempts
from openaisle.people.model import Challenge, Link, Session, User

STAFF = "USERS#operator"


class ResetRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody asked for a new password; ``email_ciphertext`` says for whom, whether there is such a user or not."""

    request_id: str
    email_ciphertext: str
    ends_at: datetime


class ProviderFlow(msgspec.Struct, frozen=True, kw_only=True):
    """A visit to the identity provider that is under way, tied to one browser."""

    state_sha256: str
    browser_sha256: str
    nonce: str
    verifier_ciphertext: str
    next_path: str
    ends_at: datetime


def user_key(*, user_id: str) -> Key:
    """Access pattern: one user, one get (each sign-in, each request of a session)."""
    return Key(f"USER#{user_id}", "USER")


def session_key(*, token_sha256: str) -> Key:
    """Access pattern: recognize the session of each request, one get (sessions.UserSessions.recognized)."""
    return Key(f"USER_SESSION#{token_sha256}", "SESSION")


def sessions_of_user(*, user_id: str) -> str:
    """Access pattern: the sessions of one user (sessions.UserSessions.listed)."""
    return f"USER_SESSIONS#{user_id}"


def users_of_supplier(*, supplier_id: str) -> str:
    """Access pattern: the users of one supplier by e-mail address (queries.PeopleQueries.listed)."""
    return f"USERS#{supplier_id}"


def link_key(*, token_sha256: str) -> Key:
    """Access pattern: redeem a link, one get (use_cases.People.set_password)."""
    return Key(f"USER_LINK#{token_sha256}", "LINK")


def challenge_key(*, token_sha256: str) -> Key:
    """Access pattern: finish a sign-in with its code, one get (sign_in.SignIn.by_code)."""
    return Key(f"USER_CHALLENGE#{token_sha256}", "CHALLENGE")


def attempts_key(*, place: str) -> Key:
    """Access pattern: slow who guesses, one get each for account and address (attempts.AttemptCounter)."""
    return Key(f"USER_ATTEMPTS#{place}", "ATTEMPTS")


def flow_key(*, state_sha256: str) -> Key:
    """Access pattern: come back from the identity provider, one get (identity_provider.StaffIdentityProvider)."""
    return Key(f"PROVIDER_FLOW#{state_sha256}", "FLOW")


def _user_indexes(user: User) -> tuple[IndexEntry, ...]:
    partition = STAFF if user.supplier_id is None else users_of_supplier(supplier_id=user.supplier_id)
    # Access pattern: the operator's staff, or the users of one supplier, by e-mail address.
    return (IndexEntry(Index.FIRST, partition, user.email),)


def _session_indexes(session: Session) -> tuple[IndexEntry, ...]:
    sort = f"{sortable_time(session.opened_at)}#{session.session_id}"
    return (IndexEntry(Index.FIRST, sessions_of_user(user_id=session.user_id), sort),)


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


USERS = RecordType(
    kind="user", model=User, key=lambda user: user_key(user_id=user.user_id), indexes=_user_indexes, streamed=False
)
SESSIONS = RecordType(
    kind="user_session",
    model=Session,
    key=lambda session: session_key(token_sha256=session.token_sha256),
    indexes=_session_indexes,
    expires_at=lambda session: _seconds(session.ends_at),
    streamed=False,
)
LINKS = RecordType(
    kind="user_link",
    model=Link,
    key=lambda link: link_key(token_sha256=link.token_sha256),
    expires_at=lambda link: _seconds(link.ends_at),
    streamed=False,
)
CHALLENGES = RecordType(
    kind="user_challenge",
    model=Challenge,
    key=lambda challenge: challenge_key(token_sha256=challenge.token_sha256),
    expires_at=lambda challenge: _seconds(challenge.ends_at),
    streamed=False,
)
ATTEMPTS = RecordType(
    kind="user_attempts",
    model=Attempts,
    key=lambda attempts: attempts_key(place=attempts.place),
    expires_at=lambda attempts: _seconds(attempts.last_failed_at + timedelta(seconds=KEPT_SECONDS)),
    streamed=False,
)
FLOWS = RecordType(
    kind="provider_flow",
    model=ProviderFlow,
    key=lambda flow: flow_key(state_sha256=flow.state_sha256),
    expires_at=lambda flow: _seconds(flow.ends_at),
    streamed=False,
)
RESET_REQUESTS = RecordType(
    kind="password_reset_request",
    model=ResetRequest,
    # Access pattern: none by key; the pipe of resets reads it from the change stream (resets.reset_pipe).
    key=lambda request: Key(f"RESET_REQUEST#{request.request_id}", "REQUEST"),
    expires_at=lambda request: _seconds(request.ends_at),
)
