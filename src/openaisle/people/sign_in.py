"""Sign in with a password, and with a one-time code where the account asks for one."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Callable
from datetime import timedelta

import msgspec

from openaisle.kernel.context import Context
from openaisle.kernel.encryption import FieldCipher
from openaisle.kernel.passwords import PasswordHasher
from openaisle.kernel.records import Versioned
from openaisle.kernel.table import CommitRefused, Table, Write
from openaisle.people.attempts import AttemptCounter
from openaisle.people.audit import AuditTrail
from openaisle.people.model import (
    CHALLENGE_SECONDS,
    TOKEN_BYTES,
    Challenge,
    Session,
    SignInRefused,
    User,
    UserState,
    authenticator_place,
    digest,
    user_id_of,
)
from openaisle.people.one_time_codes import recovery_code_hash, step_of_code
from openaisle.people.passwords import normalized_password
from openaisle.people.repository import CHALLENGES, USERS, challenge_key, user_key
from openaisle.people.sessions import UserSessions

_CODE_CHARACTERS = 6


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A session was opened; ``token`` is told only this once."""

    user: User
    session: Session
    token: str


class Challenged(msgspec.Struct, frozen=True, kw_only=True):
    """The password was right; ``token`` names the sign-in that waits for its code."""

    token: str


class SignIn:
    """The use cases of signing in with a password."""

    def __init__(
        self,
        *,
        table: Table,
        sessions: UserSessions,
        attempts: AttemptCounter,
        audit: AuditTrail,
        hasher: PasswordHasher,
        cipher: FieldCipher,
        entropy: Callable[[int], bytes],
    ) -> None:
        """Take the ports, the sessions it opens, and what counts attempts."""
        self._table = table
        self._sessions = sessions
        self._attempts = attempts
        self._audit = audit
        self._hasher = hasher
        self._cipher = cipher
        self._entropy = entropy

    async def by_password(self, *, email: str, password: str, context: Context) -> SignedIn | Challenged:
        """Open a session, or ask for the code.

        Raises AttemptsTooMany, or SignInRefused in the same words and time for an unknown address, a wrong
        password, and an account that is disabled or has no password.
        """
        await self._attempts.begin(email=email, context=context)
        user_id = user_id_of(email=email)
        found = await self._user(user_id)
        user = found.record if found is not None else None
        normal = normalized_password(password=password)
        if user is None or user.password_hash is None or user.state is not UserState.ACTIVE:
            await self._hasher.spend()
            raise await self._refused(user_id=user_id, reason="account", context=context)
        if not await self._hasher.fits(password=normal, password_hash=user.password_hash):
            raise await self._refused(user_id=user_id, reason="password", context=context)
        if user.asks_for_code:
            token = base64.urlsafe_b64encode(self._entropy(TOKEN_BYTES)).rstrip(b"=").decode()
            challenge = Challenge(
                token_sha256=digest(token=token),
                user_id=user_id,
                generation=user.generation,
                ends_at=context.at + timedelta(seconds=CHALLENGE_SECONDS),
            )
            await self._table.commit(writes=[CHALLENGES.create(challenge)], context=context)
            return Challenged(token=token)
        write, session, token = self._sessions.prepared(user=user, way="password", context=context)
        writes: list[Write] = [write, self._entry(user_id=user_id, way="password", context=context)]
        await self._table.commit(writes=writes, context=context)
        await self._attempts.succeeded(email=user.email, context=context)
        await self._hashed_anew(user_id=user_id, password=normal, context=context)
        return SignedIn(user=user, session=session, token=token)

    async def by_code(self, *, challenge_token: str, code: str, context: Context) -> SignedIn:
        """Finish a sign-in with a code of the authenticator app or a recovery code, each of which works once.

        Raises AttemptsTooMany, SignInRefused.
        """
        refused = SignInRefused(detail="Begin again with your password.")
        item = await self._table.get(key=challenge_key(token_sha256=digest(token=challenge_token)))
        if item is None:
            raise refused
        challenge = CHALLENGES.decode(item)
        found = await self._user(challenge.record.user_id)
        if found is None or challenge.record.ends_at <= context.at:
            raise refused
        user = found.record
        if user.generation != challenge.record.generation or user.state is not UserState.ACTIVE:
            raise refused
        await self._attempts.begin(email=user.email, context=context)
        used = self._used(user=user, code=code, context=context)
        if used is None:
            raise await self._refused(user_id=user.user_id, reason="code", context=context)
        write, session, token = self._sessions.prepared(user=used, way="password and code", context=context)
        writes: list[Write] = [
            USERS.replace(used, version=found.version),
            CHALLENGES.remove(challenge.record, version=challenge.version),
            write,
            self._entry(user_id=user.user_id, way="password and code", context=context),
        ]
        try:
            await self._table.commit(writes=writes, context=context)
        except CommitRefused:
            # The same code, or the same sign-in, was used by another request at this very moment.
            raise refused from None
        await self._attempts.succeeded(email=user.email, context=context)
        return SignedIn(user=used, session=session, token=token)

    def _used(self, *, user: User, code: str, context: Context) -> User | None:
        """Return the user with the code used up, None if it is not one of theirs."""
        if user.authenticator is None:
            return None
        plain = "".join(character for character in code if character.isalnum())
        if len(plain) != _CODE_CHARACTERS:
            kept = recovery_code_hash(code=code)
            if kept not in user.recovery_code_hashes:
                return None
            left = tuple(one for one in user.recovery_code_hashes if one != kept)
            return msgspec.structs.replace(user, recovery_code_hashes=left)
        secret = self._cipher.decrypt(
            ciphertext=user.authenticator.ciphertext, place=authenticator_place(user_id=user.user_id)
        )
        step = step_of_code(secret=secret, code=plain, at=context.at, last_used_step=user.authenticator.last_used_step)
        if step is None:
            return None
        authenticator = msgspec.structs.replace(user.authenticator, last_used_step=step)
        return msgspec.structs.replace(user, authenticator=authenticator)

    def _entry(self, *, user_id: str, way: str, context: Context) -> Write:
        return self._audit.entry(
            action="signed_in", subject=user_id, context=context, user_id=user_id, details={"way": way}
        )

    async def _refused(self, *, user_id: str, reason: str, context: Context) -> SignInRefused:
        await self._audit.record(
            action="sign_in",
            subject=user_id,
            context=context,
            outcome=SignInRefused.code,
            user_id=user_id,
            details={"reason": reason},
        )
        return SignInRefused(detail="E-mail address, password or code do not fit.")

    async def _hashed_anew(self, *, user_id: str, password: str, context: Context) -> None:
        found = await self._user(user_id)
        if found is None or found.record.password_hash is None:
            return
        if self._hasher.is_outdated(password_hash=found.record.password_hash):
            fresh = msgspec.structs.replace(found.record, password_hash=await self._hasher.hashed(password=password))
            # Refused where the account changed meanwhile; the next sign-in does it.
            with contextlib.suppress(CommitRefused):
                await self._table.commit(writes=[USERS.replace(fresh, version=found.version)], context=context)

    async def _user(self, user_id: str) -> Versioned[User] | None:
        item = await self._table.get(key=user_key(user_id=user_id))
        return USERS.decode(item) if item is not None else None
