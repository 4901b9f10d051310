"""The room of people on a real store, with a clock that a test moves and a mailbox it looks into."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from openaisle.access.use_cases import ApiKeys
from openaisle.adapters.identity_tokens import JoserfcIdentityTokens
from openaisle.adapters.local.encryption import KeyFileCipher
from openaisle.adapters.local.store import LocalTable
from openaisle.adapters.passwords import Argon2Hasher
from openaisle.bootstrap.people import PeopleRoom, people_over
from openaisle.config import Settings
from openaisle.kernel.context import Context, Principal, Role
from openaisle.kernel.identifiers import TimeOrderedIdentifiers
from openaisle.kernel.permissions import UserRole
from openaisle.people.model import User
from openaisle.people.sign_in import SignedIn
from tests.factories.contexts import NOON

PASSWORD = "seven green lanterns"
EMAIL = "ana@marketplace.example"
ADDRESS = "203.0.113.7"
_TOKEN = re.compile(r"token=([A-Za-z0-9_-]{43})")


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    template: str
    to: str
    data: dict[str, str]

    @property
    def token(self) -> str:
        """The token of the mail's link."""
        found = _TOKEN.search(self.data["link"])
        assert found is not None
        return found[1]


class FakeMail:
    """Keeps what would be sent, each key once."""

    def __init__(self) -> None:
        self.sent: dict[str, Mail] = {}

    async def send(
        self,
        *,
        template: str,
        to: str,
        language: str,
        data: Mapping[str, str],
        deduplication_key: str,
        context: Context,
    ) -> None:
        self.sent.setdefault(deduplication_key, Mail(template=template, to=to, data=dict(data)))

    @property
    def last(self) -> Mail:
        return list(self.sent.values())[-1]


class MovableClock:
    def __init__(self, *, at: datetime = NOON) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def pass_by(self, **parts: float) -> None:
        self.at += timedelta(**parts)


class _Engines:
    """The ports this room stands on."""

    def __init__(self, *, folder: Path, clock: Any, settings: Settings, caller: Any, table: LocalTable | None) -> None:
        self.settings = settings
        self.clock = clock
        self.table = table or LocalTable(path=folder / "store.db", clock=clock, durable=False)
        self.identifiers = TimeOrderedIdentifiers(clock=clock, entropy=secrets.token_bytes)
        self.cipher = KeyFileCipher(path=folder / "field.key")
        # Cheap hashes: what they cost is the contract suite's concern.
        self.hasher = Argon2Hasher(memory_kibibytes=8, passes=1)
        self.identity_tokens = JoserfcIdentityTokens()
        self.caller = caller


class PeopleStage:
    """The room, and short ways to what tests do again and again."""

    def __init__(
        self,
        *,
        folder: Path,
        settings: Settings | None = None,
        caller: Any = None,
        clock: Any = None,
        table: LocalTable | None = None,
    ) -> None:
        self.clock = clock or MovableClock()
        self.engines: Any = _Engines(
            folder=folder,
            clock=self.clock,
            settings=settings or Settings(public_address="https://marketplace.example"),
            caller=caller,
            table=table,
        )
        self.table = self.engines.table
        self.mail = FakeMail()
        self.api_keys = ApiKeys(table=self.table, identifiers=self.engines.identifiers, entropy=secrets.token_bytes)
        self.room: PeopleRoom = people_over(engines=self.engines, api_keys=self.api_keys, mail=self.mail)

    def context(self, *, user: User | None = None, address: str = ADDRESS) -> Context:
        """The circumstances of somebody's command at the present moment."""
        principal = user.principal if user is not None else Principal(role=Role.SYSTEM, subject_id="test")
        return Context(principal=principal, at=self.clock.now(), correlation_id="cor_test", address=address)

    async def user(
        self,
        *,
        email: str = EMAIL,
        role: UserRole = UserRole.ADMINISTRATOR,
        supplier_id: str | None = None,
        password: str = PASSWORD,
    ) -> User:
        """A user who was invited and has set a password."""
        invited = await self.room.people.invite(
            email=email,
            name=email.partition("@")[0].capitalize(),
            role=role,
            party=Role.OPERATOR if supplier_id is None else Role.SUPPLIER,
            supplier_id=supplier_id,
            context=self.context(),
        )
        token = invited.address.partition("token=")[2]
        return await self.room.people.set_password(token=token, password=password, context=self.context())

    async def sign_in(self, *, email: str = EMAIL, password: str = PASSWORD, address: str = ADDRESS) -> SignedIn:
        """A session opened by password alone."""
        opened = await self.room.sign_in.by_password(
            email=email, password=password, context=self.context(address=address)
        )
        assert isinstance(opened, SignedIn)
        return opened


@asynccontextmanager
async def people_in(folder: Path, **given: Any) -> AsyncIterator[PeopleStage]:
    """A stage in a folder, closed at the end."""
    stage = PeopleStage(folder=folder, **given)
    try:
        yield stage
    finally:
        await stage.table.close()
