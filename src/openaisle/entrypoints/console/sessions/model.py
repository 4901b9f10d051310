"""Sessions, sign-in links and failed attempts: data and decisions. Pure; no I/O, no clock, no randomness."""

from __future__ import annotations

import hashlib
import hmac
import math
from datetime import datetime, timedelta

import msgspec

from openaisle.kernel.context import Principal, Role
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.permissions import UserRole

SESSION_SECONDS = 8 * 3_600
LINK_SECONDS = 24 * 3_600
ATTEMPTS_KEPT_SECONDS = 3_600
FREE_ATTEMPTS = 5
LONGEST_PAUSE_SECONDS = 900


class SignInNeeded(OpenAisleError):
    """The page is only for operators who signed in, and this browser has no session or one that ended."""

    code = "sign-in-needed"
    title = "Please sign in"
    status = 401
    mend = "Sign in with your e-mail address and password, or with an operator API key."


class OperatorKeyNeeded(OpenAisleError):
    """The key is good, but it is a supplier's or a storefront's."""

    code = "operator-key-needed"
    title = "That key is not an operator's"
    status = 403
    mend = "Use a key that starts with oa_operator_."


class StaffOnly(OpenAisleError):
    """The account is good, but it is a supplier's user; the console is for the operator's staff."""

    code = "staff-only"
    title = "This console is for the operator's staff"
    status = 403
    mend = "Sign in to the suppliers' portal, at /portal, or with POST /v1/sessions."


class SignInLinkInvalid(OpenAisleError):
    """A sign-in link was used before, is too old, or was never made; which of these is not told."""

    code = "sign-in-link-invalid"
    title = "This sign-in link does not work any more"
    status = 401
    mend = "A link works once. Sign in with an operator API key, or ask for a new link."


class SignInTooOften(OpenAisleError):
    """Too many attempts from one address failed; it has to wait."""

    code = "sign-in-too-often"
    title = "Too many failed attempts"
    status = 429
    mend = "Wait for the time named here, then try again with the right key."


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in browser. The token itself is only in its cookie; ``token_sha256`` recognizes it.

    ``key_id`` is the key it was opened with, empty for a sign-in link: a session ends with its key. ``user_role``
    limits what may be done, None stands for everything. ``user_id`` is the person, where one signed in by password or
    identity provider.
    """

    token_sha256: str
    subject_id: str
    key_id: str
    opened_at: datetime
    ends_at: datetime
    user_role: UserRole | None = None
    user_id: str | None = None

    @property
    def principal(self) -> Principal:
        """Whom the session stands for."""
        return Principal(role=Role.OPERATOR, subject_id=self.subject_id, user_role=self.user_role, user_id=self.user_id)


class SignInLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link that opens one session for ``subject_id``."""

    token_sha256: str
    subject_id: str
    ends_at: datetime


class Attempts(msgspec.Struct, frozen=True, kw_only=True):
    """The failed attempts of one address, without a success between them."""

    address: str
    failures: int
    last_failed_at: datetime


def digest(*, token: str) -> str:
    """Return the SHA-256 of a token; tokens have 256 random bits, so a plain hash cannot be searched."""
    return hashlib.sha256(token.encode()).hexdigest()


def form_token(*, token: str) -> str:
    """Return the token that each form of a browser carries: it follows from the cookie, which no other site reads."""
    return hmac.new(token.encode(), b"openaisle console form", hashlib.sha256).hexdigest()


def form_token_fits(*, token: str, given: str) -> bool:
    """Return whether ``given`` is the form token of this cookie, in a time that tells nothing."""
    return hmac.compare_digest(form_token(token=token).encode(), given.encode())


def opened_session(
    *, token: str, subject_id: str, key_id: str, at: datetime, user_role: UserRole | None = None
) -> Session:
    """Return the session that begins at ``at``."""
    return Session(
        token_sha256=digest(token=token),
        subject_id=subject_id,
        key_id=key_id,
        opened_at=at,
        ends_at=at + timedelta(seconds=SESSION_SECONDS),
        user_role=user_role,
    )


def require_patience(*, attempts: Attempts | None, at: datetime) -> None:
    """Raise SignInTooOften while the address has to wait: each failure after the first five doubles the pause."""
    if attempts is None or attempts.failures < FREE_ATTEMPTS:
        return
    pause = min(2.0 ** min(attempts.failures - FREE_ATTEMPTS, 20), LONGEST_PAUSE_SECONDS)
    left = math.ceil((attempts.last_failed_at + timedelta(seconds=pause) - at).total_seconds())
    if left > 0:
        raise SignInTooOften(detail=f"{attempts.failures} attempts failed. Wait {left} s.", retry_after_seconds=left)


def after_failure(*, attempts: Attempts | None, address: str, at: datetime) -> Attempts:
    """Return the attempts with one more failure."""
    failures = attempts.failures if attempts is not None else 0
    return Attempts(address=address, failures=failures + 1, last_failed_at=at)
