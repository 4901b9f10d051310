"""One-time links by which people set their password: invitations, and resets that tell nobody who has an account."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Protocol

from openaisle.kernel.context import Clock, Context, Role, system_context
from openaisle.kernel.encryption import FieldCipher
from openaisle.kernel.pipe import Pipe
from openaisle.kernel.stream import Change
from openaisle.kernel.table import Put, Table
from openaisle.people.model import (
    INVITATION_SECONDS,
    RESET_SECONDS,
    TOKEN_BYTES,
    Link,
    LinkKind,
    User,
    UserState,
    digest,
    user_id_of,
)
from openaisle.people.repository import LINKS, RESET_REQUESTS, USERS, user_key

_SECONDS = {LinkKind.INVITATION: INVITATION_SECONDS, LinkKind.RESET: RESET_SECONDS}
_TEMPLATES = {LinkKind.INVITATION: "people-invitation", LinkKind.RESET: "people-reset"}
# Where people of each party sign in.
_DOORS = {Role.OPERATOR: "console", Role.SUPPLIER: "portal"}
_WORKER = "password-resets"


class SendsMail(Protocol):
    """What this room needs of the room of mail."""

    async def send(
        self,
        *,
        template: str,
        to: str,
        language: str,
        data: Mapping[str, str],
        deduplication_key: str,
        context: Context,
    ) -> object:
        """Send a mail of a template once, however often it is asked for with one key."""
        ...


class Links:
    """Makes links and sends them."""

    def __init__(self, *, table: Table, mail: SendsMail, entropy: Callable[[int], bytes], public_address: str) -> None:
        """Take the table, what sends mails, ``entropy``, and the address under which the marketplace is reached."""
        self._table = table
        self._mail = mail
        self._entropy = entropy
        self._public_address = public_address.rstrip("/")

    def prepared(self, *, user: User, kind: LinkKind, context: Context) -> tuple[Put, str]:
        """Return the write of a new link and its address, which is told only to the person."""
        token = base64.urlsafe_b64encode(self._entropy(TOKEN_BYTES)).rstrip(b"=").decode()
        link = Link(
            token_sha256=digest(token=token),
            kind=kind,
            user_id=user.user_id,
            generation=user.generation,
            ends_at=context.at + timedelta(seconds=_SECONDS[kind]),
        )
        return LINKS.create(link), f"{self._public_address}/{_DOORS[user.party]}/password?token={token}"

    async def mail(self, *, user: User, kind: LinkKind, address: str, key: str, context: Context) -> None:
        """Send the link to its person; ``key`` keeps it from being sent twice."""
        data = {"name": user.name, "link": address, "hours": str(_SECONDS[kind] // 3_600)}
        await self._mail.send(
            template=_TEMPLATES[kind],
            to=user.email,
            language=user.language,
            data=data,
            deduplication_key=f"{_TEMPLATES[kind]}#{key}",
            context=context,
        )


class ResetMails:
    """Answers requests for a new password, away from the request, whose time then tells nothing."""

    def __init__(self, *, table: Table, links: Links, cipher: FieldCipher, clock: Clock) -> None:
        """Take the table, the links, the cipher of fields and the clock."""
        self._table = table
        self._links = links
        self._cipher = cipher
        self._clock = clock

    def pipe(self) -> Pipe:
        """Return the pipe that reads the requests."""
        return Pipe(name=_WORKER, handle=self.handle, kinds=frozenset({RESET_REQUESTS.kind}))

    async def handle(self, changes: Sequence[Change]) -> None:
        """Send a link to each address that has an account; a request that is met twice sends one mail."""
        for change in changes:
            if change.body is None:
                continue
            request = RESET_REQUESTS.record(change.body)
            at = self._clock.now()
            if request.ends_at <= at:
                continue
            email = self._cipher.decrypt(
                ciphertext=request.email_ciphertext, place=f"RESET_REQUEST#{request.request_id}/email"
            ).decode()
            item = await self._table.get(key=user_key(user_id=user_id_of(email=email)))
            if item is None:
                continue
            user = USERS.decode(item).record
            # Who was invited gets the invitation again: this is how people ask for it when it is lost.
            if user.state is UserState.DISABLED or (user.provider_subject and user.password_hash is None):
                continue
            context = system_context(name=_WORKER, at=at, correlation_id=change.correlation_id)
            write, address = self._links.prepared(user=user, kind=LinkKind.RESET, context=context)
            await self._table.commit(writes=[write], context=context)
            await self._links.mail(
                user=user, kind=LinkKind.RESET, address=address, key=request.request_id, context=context
            )
