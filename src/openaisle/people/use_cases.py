"""Invite people, change what they are, and let them set their passwords and authenticator apps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import msgspec

from openaisle.kernel.context import Context, Role
from openaisle.kernel.encryption import FieldCipher
from openaisle.kernel.errors import TransitionRefused
from openaisle.kernel.identifiers import Identifiers
from openaisle.kernel.passwords import PasswordHasher
from openaisle.kernel.permissions import UserRole
from openaisle.kernel.records import Versioned, decided_anew
from openaisle.kernel.table import CommitRefused, Table, Write
from openaisle.people import one_time_codes
from openaisle.people.attempts import AttemptCounter
from openaisle.people.audit import AuditTrail
from openaisle.people.invitations import Links
from openaisle.people.model import (
    RESET_SECONDS,
    Authenticator,
    Link,
    LinkInvalid,
    LinkKind,
    SessionNeeded,
    SignInRefused,
    User,
    UserDisabled,
    UserKnown,
    UserMissing,
    UserState,
    authenticator_place,
    decide_disabled,
    decide_enabled,
    decide_password,
    decide_role,
    digest,
    folded_email,
    invited_user,
    user_id_of,
)
from openaisle.people.passwords import normalized_password, require_fit_password
from openaisle.people.repository import LINKS, RESET_REQUESTS, USERS, ResetRequest, link_key, user_key

ISSUER = "OpenAisle"


class AuthenticatorMissing(TransitionRefused):
    """No authenticator app was begun to be set up, so there is nothing to confirm."""

    code = "authenticator-missing"
    title = "No authenticator app is being set up"
    mend = "Begin with POST /v1/me/authenticator, then confirm with the code that the app shows."


class Invited(msgspec.Struct, frozen=True, kw_only=True):
    """An invited user, and the address of the link that was mailed to them."""

    user: User
    address: str


class NewAuthenticator(msgspec.Struct, frozen=True, kw_only=True):
    """An authenticator app to set up: what the app reads, told only this once."""

    secret: str
    uri: str


class People:
    """The use cases of users."""

    def __init__(
        self,
        *,
        table: Table,
        identifiers: Identifiers,
        links: Links,
        attempts: AttemptCounter,
        audit: AuditTrail,
        hasher: PasswordHasher,
        cipher: FieldCipher,
        entropy: Callable[[int], bytes],
    ) -> None:
        """Take the ports, what makes links and counts attempts, and the audit trail."""
        self._table = table
        self._identifiers = identifiers
        self._links = links
        self._attempts = attempts
        self._audit = audit
        self._hasher = hasher
        self._cipher = cipher
        self._entropy = entropy

    async def invite(
        self, *, email: str, name: str, role: UserRole, party: Role, supplier_id: str | None, context: Context
    ) -> Invited:
        """Invite a person by a one-time link of seven days; raises UserKnown, UserRoleUnfit.

        Who was invited and never came is invited anew, with a new link.
        """
        user = invited_user(email=email, name=name, role=role, party=party, supplier_id=supplier_id, context=context)

        async def attempt() -> str:
            item = await self._table.get(key=user_key(user_id=user.user_id))
            write: Write = USERS.create(user)
            if item is not None:
                known = USERS.decode(item)
                same = known.record.party is party and known.record.supplier_id == supplier_id
                if known.record.state is not UserState.INVITED or not same:
                    raise UserKnown(detail="The address belongs to a user already.")
                write = USERS.replace(user, version=known.version)
            link, address = self._links.prepared(user=user, kind=LinkKind.INVITATION, context=context)
            entry = self._audit.entry(
                action="user.invited", subject=user.user_id, context=context, details={"role": role.value}
            )
            await self._table.commit(writes=[write, link, entry], context=context)
            return address

        address = await decided_anew(attempt)
        await self._links.mail(
            user=user, kind=LinkKind.INVITATION, address=address, key=digest(token=address), context=context
        )
        return Invited(user=user, address=address)

    async def change_role(self, *, user_id: str, role: UserRole, supplier_id: str | None, context: Context) -> User:
        """Give a user another role; raises UserMissing, UserRoleUnfit, OwnAccountUnchangeable."""
        return await self._changed(
            user_id=user_id,
            supplier_id=supplier_id,
            action="user.role_changed",
            decide=lambda user: decide_role(user=user, role=role, context=context),
            details={"role": role.value},
            context=context,
        )

    async def disable(self, *, user_id: str, supplier_id: str | None, context: Context) -> User:
        """Disable a user, whose sessions end at once; raises UserMissing, OwnAccountUnchangeable."""
        return await self._changed(
            user_id=user_id,
            supplier_id=supplier_id,
            action="user.disabled",
            decide=lambda user: decide_disabled(user=user, context=context),
            context=context,
        )

    async def enable(self, *, user_id: str, supplier_id: str | None, context: Context) -> User:
        """Enable a disabled user; raises UserMissing, OwnAccountUnchangeable."""
        return await self._changed(
            user_id=user_id,
            supplier_id=supplier_id,
            action="user.enabled",
            decide=lambda user: decide_enabled(user=user, context=context),
            context=context,
        )

    async def request_reset(self, *, email: str, context: Context) -> None:
        """Take in the wish for a new password; the same is done and told whether there is such a user or not.

        The worker looks and mails. Raises AttemptsTooMany for who asks too often.
        """
        # Counted apart from sign-ins, so that whoever asks in another's name does not lock them out.
        await self._attempts.begin(email=f"reset of {folded_email(email=email)}", context=context)
        request_id = self._identifiers.new(prefix="rst")
        place = f"RESET_REQUEST#{request_id}/email"
        request = ResetRequest(
            request_id=request_id,
            email_ciphertext=self._cipher.encrypt(plaintext=email.encode(), place=place),
            ends_at=context.at + timedelta(seconds=RESET_SECONDS),
        )
        entry = self._audit.entry(
            action="password.reset_requested", subject="", context=context, user_id=user_id_of(email=email)
        )
        await self._table.commit(writes=[RESET_REQUESTS.create(request), entry], context=context)

    async def made_reset_link(self, *, email: str, without_codes: bool, context: Context) -> Invited:
        """Make a link for who lost their password, for the command line; ``without_codes`` takes the authenticator off.

        Raises UserMissing, UserDisabled.
        """
        found = await self._found(user_id=user_id_of(email=email))
        user = found.record
        if user.state is UserState.DISABLED:
            raise UserDisabled(detail=f"{user.email} is disabled.")
        if without_codes:
            user = msgspec.structs.replace(user, authenticator=None, recovery_code_hashes=())
        link, address = self._links.prepared(user=user, kind=LinkKind.RESET, context=context)
        entry = self._audit.entry(
            action="password.reset_link_made",
            subject=user.user_id,
            context=context,
            details={"without_codes": str(without_codes).lower()},
        )
        writes: list[Write] = [USERS.replace(user, version=found.version), link, entry]
        await self._table.commit(writes=writes, context=context)
        return Invited(user=user, address=address)

    async def person_of_link(self, *, token: str, context: Context) -> User:
        """Return whose password a link sets, without using it; raises LinkInvalid."""
        _, user = await self._link(token=token, context=context)
        return user.record

    async def set_password(self, *, token: str, password: str, context: Context) -> User:
        """Set a password with a link, which works this once; every session ends. Raises LinkInvalid, PasswordUnfit."""
        _, before = await self._link(token=token, context=context)
        normal = require_fit_password(password=password, email=before.record.email)
        password_hash = await self._hasher.hashed(password=normal)
        link, found = await self._link(token=token, context=context)
        changed = decide_password(user=found.record, password_hash=password_hash)
        entry = self._audit.entry(
            action="password.set",
            subject=changed.user_id,
            context=context,
            user_id=changed.user_id,
            details={"by": link.record.kind.value},
        )
        writes: list[Write] = [
            USERS.replace(changed, version=found.version),
            LINKS.remove(link.record, version=link.version),
            entry,
        ]
        try:
            await self._table.commit(writes=writes, context=context)
        except CommitRefused:
            raise LinkInvalid(detail="It was used at this very moment.") from None
        return changed

    async def change_password(self, *, current: str, password: str, context: Context) -> User:
        """Change the caller's own password; all their sessions end. Raises SignInRefused, PasswordUnfit."""
        found = await self._own(context=context)
        user = found.record
        normal = require_fit_password(password=password, email=user.email)
        await self._prove(user=user, current=current, context=context)
        changed = decide_password(user=user, password_hash=await self._hasher.hashed(password=normal))
        entry = self._audit.entry(action="password.changed", subject=user.user_id, context=context)
        await self._table.commit(writes=[USERS.replace(changed, version=found.version), entry], context=context)
        return changed

    async def begin_authenticator(self, *, current: str, context: Context) -> NewAuthenticator:
        """Make a secret for an authenticator app; it counts once it is confirmed. Raises SignInRefused."""
        found = await self._own(context=context)
        user = found.record
        await self._prove(user=user, current=current, context=context)
        secret = self._entropy(one_time_codes.SECRET_BYTES)
        ciphertext = self._cipher.encrypt(plaintext=secret, place=authenticator_place(user_id=user.user_id))
        begun = msgspec.structs.replace(user, authenticator=Authenticator(ciphertext=ciphertext, confirmed=False))
        entry = self._audit.entry(action="authenticator.begun", subject=user.user_id, context=context)
        await self._table.commit(writes=[USERS.replace(begun, version=found.version), entry], context=context)
        return NewAuthenticator(
            secret=one_time_codes.secret_text(secret=secret),
            uri=one_time_codes.key_uri(secret=secret, email=user.email, issuer=ISSUER),
        )

    async def confirm_authenticator(self, *, code: str, context: Context) -> list[str]:
        """Take an authenticator app into use with its first code; return recovery codes, told only this once.

        Raises AuthenticatorMissing, SignInRefused.
        """
        found = await self._own(context=context)
        user = found.record
        if user.authenticator is None or user.authenticator.confirmed:
            raise AuthenticatorMissing(detail="Nothing waits for a code.")
        place = authenticator_place(user_id=user.user_id)
        secret = self._cipher.decrypt(ciphertext=user.authenticator.ciphertext, place=place)
        step = one_time_codes.step_of_code(secret=secret, code=code, at=context.at, last_used_step=0)
        if step is None:
            raise SignInRefused(detail="The code is not the one of this moment.")
        codes = [
            one_time_codes.recovery_code_text(entropy=self._entropy(one_time_codes.RECOVERY_BYTES))
            for _ in range(one_time_codes.RECOVERY_CODES)
        ]
        confirmed = msgspec.structs.replace(
            user,
            authenticator=msgspec.structs.replace(user.authenticator, confirmed=True, last_used_step=step),
            recovery_code_hashes=tuple(one_time_codes.recovery_code_hash(code=one) for one in codes),
        )
        entry = self._audit.entry(action="authenticator.confirmed", subject=user.user_id, context=context)
        await self._table.commit(writes=[USERS.replace(confirmed, version=found.version), entry], context=context)
        return codes

    async def remove_authenticator(self, *, current: str, context: Context) -> User:
        """Take the caller's authenticator app out of use; raises SignInRefused."""
        found = await self._own(context=context)
        await self._prove(user=found.record, current=current, context=context)
        removed = msgspec.structs.replace(found.record, authenticator=None, recovery_code_hashes=())
        entry = self._audit.entry(action="authenticator.removed", subject=removed.user_id, context=context)
        await self._table.commit(writes=[USERS.replace(removed, version=found.version), entry], context=context)
        return removed

    async def _prove(self, *, user: User, current: str, context: Context) -> None:
        """Raise SignInRefused unless the caller knows their present password, however they came in."""
        await self._attempts.begin(email=user.email, context=context)
        normal = normalized_password(password=current)
        if user.password_hash is None or not await self._hasher.fits(password=normal, password_hash=user.password_hash):
            raise SignInRefused(detail="The present password does not fit.")
        await self._attempts.succeeded(email=user.email, context=context)

    async def _own(self, *, context: Context) -> Versioned[User]:
        if context.principal.user_id is None:
            raise SessionNeeded(detail="An API key has no password of its own.")
        return await self._found(user_id=context.principal.user_id)

    async def _found(self, *, user_id: str) -> Versioned[User]:
        item = await self._table.get(key=user_key(user_id=user_id))
        if item is None:
            raise UserMissing(detail=f"There is no user {user_id[:40]}.")
        return USERS.decode(item)

    async def _link(self, *, token: str, context: Context) -> tuple[Versioned[Link], Versioned[User]]:
        invalid = LinkInvalid(detail="It was used before, or it is too old.")
        item = await self._table.get(key=link_key(token_sha256=digest(token=token)))
        if item is None:
            raise invalid
        link = LINKS.decode(item)
        user_item = await self._table.get(key=user_key(user_id=link.record.user_id))
        if user_item is None or link.record.ends_at <= context.at:
            raise invalid
        user = USERS.decode(user_item)
        if user.record.generation != link.record.generation or user.record.state is UserState.DISABLED:
            raise invalid
        return link, user

    async def _changed(
        self,
        *,
        user_id: str,
        supplier_id: str | None,
        action: str,
        decide: Callable[[User], User],
        context: Context,
        details: dict[str, str] | None = None,
    ) -> User:
        async def attempt() -> User:
            found = await self._found(user_id=user_id)
            if supplier_id is not None and found.record.supplier_id != supplier_id:
                raise UserMissing(detail=f"There is no user {user_id[:40]}.")
            changed = decide(found.record)
            entry = self._audit.entry(action=action, subject=user_id, context=context, details=details)
            await self._table.commit(writes=[USERS.replace(changed, version=found.version), entry], context=context)
            return changed

        return await decided_anew(attempt)
