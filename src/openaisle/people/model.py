"""Users, their links and sessions: data and decisions. Pure; no I/O, no clock, no randomness."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from openaisle.kernel.context import Context, Principal, Role
from openaisle.kernel.errors import Finding, NotFound, OpenAisleError, RequestInvalid, TransitionRefused
from openaisle.kernel.identifiers import derived_identifier
from openaisle.kernel.permissions import STAFF_PERMISSIONS, SUPPLIER_PERMISSIONS, UserRole

SESSION_SECONDS = 12 * 3_600
IDLE_SECONDS = 3_600
INVITATION_SECONDS = 7 * 24 * 3_600
RESET_SECONDS = 3_600
CHALLENGE_SECONDS = 300
TOKEN_BYTES = 32
SESSION_PREFIX = "oas_"


class UserState(StrEnum):
    """Where a user stands: invited (no way to sign in yet), active, or disabled."""

    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"


class LinkKind(StrEnum):
    """What a one-time link is for."""

    INVITATION = "invitation"
    RESET = "reset"


class UserMissing(NotFound):
    """There is no such user, or it is one of another party."""

    code = "user-missing"
    title = "No such user"


class UserKnown(TransitionRefused):
    """A user with that e-mail address was invited before; an address belongs to one user of one party."""

    code = "user-known"
    title = "A user with that e-mail address exists"
    mend = "Change the role of the user there is, or choose another address."


class UserRoleUnfit(RequestInvalid):
    """The role is one of the other party's people."""

    code = "user-role-unfit"
    title = "People of that party do not have that role"
    mend = "Choose a role that docs/reference/roles.md lists for the party."


class OwnAccountUnchangeable(TransitionRefused):
    """Nobody changes their own role or disables themselves, so that one administrator always stays."""

    code = "own-account-unchangeable"
    title = "You cannot do this to your own account"
    mend = "Ask another administrator."


class UserDisabled(TransitionRefused):
    """The user is disabled; enable them first."""

    code = "user-disabled"
    title = "The user is disabled"
    mend = "Enable the user, then try again."


class SignInRefused(OpenAisleError):
    """E-mail address, password or code do not open a session; which of them, or why, is not told."""

    code = "sign-in-refused"
    title = "That did not sign you in"
    status = 401
    mend = "Check the e-mail address and the password, or the code of this very moment; or reset the password."


class CodeNeeded(OpenAisleError):
    """The password is right, and the account also asks for a one-time code."""

    code = "code-needed"
    title = "A one-time code is needed"
    status = 401
    mend = "Send the same request with the code that the authenticator app shows, or a recovery code."


class SessionEnded(OpenAisleError):
    """There is no such session: it ended, was idle too long, or was signed out."""

    code = "session-ended"
    title = "The session has ended"
    status = 401
    mend = "Sign in again."


class SessionMissing(NotFound):
    """The caller has no open session of that identifier."""

    code = "session-missing"
    title = "No such session"


class SessionNeeded(OpenAisleError):
    """This is about the person who signed in, and an API key is nobody."""

    code = "session-needed"
    title = "Sign in as a person for this"
    status = 409
    mend = "Sign in with POST /v1/sessions and use the token of the answer instead of an API key."


class LinkInvalid(OpenAisleError):
    """A link of an invitation or a reset was used before, is too old, or was never made; which is not told."""

    code = "link-invalid"
    title = "This link does not work any more"
    status = 401
    mend = "A link works once and for a limited time. Ask for a new one."


class Authenticator(msgspec.Struct, frozen=True, kw_only=True):
    """An authenticator app: its encrypted secret, whether a first code proved it, and the last step used."""

    ciphertext: str
    confirmed: bool
    last_used_step: int = 0


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A person of the operator's staff or of a supplier.

    ``generation`` is raised by whatever must end sessions and make links worthless: a new password, a new role, being
    disabled, signing out everywhere. ``provider_subject`` ties the account to one identity at the operator's
    identity provider.
    """

    user_id: str
    party: Role
    supplier_id: str | None
    email: str
    name: str
    role: UserRole
    state: UserState
    invited_at: datetime
    invited_by: str
    language: str = "en"
    password_hash: str | None = None
    authenticator: Authenticator | None = None
    recovery_code_hashes: tuple[str, ...] = ()
    provider_subject: str | None = None
    generation: int = 1

    @property
    def asks_for_code(self) -> bool:
        """Whether the password alone does not sign in."""
        return self.authenticator is not None and self.authenticator.confirmed

    @property
    def principal(self) -> Principal:
        """Whom the user stands for when signed in."""
        subject_id = self.supplier_id or self.email
        return Principal(role=self.party, subject_id=subject_id, user_role=self.role, user_id=self.user_id)


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody signed in. The token is only with them; ``token_sha256`` recognizes it. ``way`` is how they did."""

    session_id: str
    token_sha256: str
    user_id: str
    generation: int
    opened_at: datetime
    ends_at: datetime
    last_seen_at: datetime
    address: str
    way: str


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A link that sets a password once."""

    token_sha256: str
    kind: LinkKind
    user_id: str
    generation: int
    ends_at: datetime


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in whose password was right and whose code is still to come."""

    token_sha256: str
    user_id: str
    generation: int
    ends_at: datetime


def user_id_of(*, email: str) -> str:
    """Return the identifier of the user with an e-mail address: it follows from the address, so none has two."""
    return derived_identifier(prefix="usr", parts=("email", folded_email(email=email)))


def folded_email(*, email: str) -> str:
    """Return the form in which addresses are compared."""
    return email.strip().casefold()


def digest(*, token: str) -> str:
    """Return the SHA-256 of a token; tokens have 256 random bits, so a plain hash cannot be searched."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def authenticator_place(*, user_id: str) -> str:
    """Return where the secret of an authenticator stands, to which its encryption is bound."""
    return f"USER#{user_id}/authenticator"


def invited_user(
    *, email: str, name: str, role: UserRole, party: Role, supplier_id: str | None, context: Context
) -> User:
    """Return a new user; raises UserRoleUnfit."""
    require_fit_role(party=party, role=role)
    return User(
        user_id=user_id_of(email=email),
        party=party,
        supplier_id=supplier_id,
        email=folded_email(email=email),
        name=name.strip(),
        role=role,
        state=UserState.INVITED,
        invited_at=context.at,
        invited_by=context.principal.actor,
    )


def require_fit_role(*, party: Role, role: UserRole) -> None:
    """Raise UserRoleUnfit unless people of the party may have the role."""
    roles = STAFF_PERMISSIONS if party is Role.OPERATOR else SUPPLIER_PERMISSIONS
    if role not in roles:
        allowed = ", ".join(one.value for one in roles)
        raise UserRoleUnfit(
            detail=f"People of the {party.value} are {allowed}.", findings=[Finding(pointer="/role", detail=allowed)]
        )


def decide_role(*, user: User, role: UserRole, context: Context) -> User:
    """Return the user with another role; open sessions end. Raises OwnAccountUnchangeable, UserRoleUnfit."""
    _require_another(user=user, context=context)
    require_fit_role(party=user.party, role=role)
    return msgspec.structs.replace(user, role=role, generation=user.generation + 1)


def decide_disabled(*, user: User, context: Context) -> User:
    """Return the user as disabled; open sessions end and links are worthless. Raises OwnAccountUnchangeable."""
    _require_another(user=user, context=context)
    return msgspec.structs.replace(user, state=UserState.DISABLED, generation=user.generation + 1)


def decide_enabled(*, user: User, context: Context) -> User:
    """Return the user as they stood before being disabled; raises OwnAccountUnchangeable."""
    _require_another(user=user, context=context)
    has_a_way = user.password_hash is not None or user.provider_subject is not None
    return msgspec.structs.replace(user, state=UserState.ACTIVE if has_a_way else UserState.INVITED)


def decide_password(*, user: User, password_hash: str) -> User:
    """Return the user with a new password; every session and link ends. Raises UserDisabled."""
    if user.state is UserState.DISABLED:
        raise UserDisabled(detail=f"{user.user_id} is disabled.")
    return msgspec.structs.replace(
        user, state=UserState.ACTIVE, password_hash=password_hash, generation=user.generation + 1
    )


def opened_session(*, session_id: str, token: str, user: User, way: str, context: Context) -> Session:
    """Return the session that begins now."""
    return Session(
        session_id=session_id,
        token_sha256=digest(token=token),
        user_id=user.user_id,
        generation=user.generation,
        opened_at=context.at,
        ends_at=context.at + timedelta(seconds=SESSION_SECONDS),
        last_seen_at=context.at,
        address=context.address[:64],
        way=way,
    )


def session_lives(*, session: Session, user: User | None, at: datetime) -> bool:
    """Return whether the session still stands for its user."""
    if user is None or user.state is not UserState.ACTIVE or session.generation != user.generation:
        return False
    return at < session.ends_at and at < session.last_seen_at + timedelta(seconds=IDLE_SECONDS)


def _require_another(*, user: User, context: Context) -> None:
    if context.principal.user_id == user.user_id:
        raise OwnAccountUnchangeable(detail="It is your own.")
