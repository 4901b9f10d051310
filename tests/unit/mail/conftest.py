"""The room of mail over the real local adapters, with a mailer that a test commands."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from openaisle.adapters.local.encryption import KeyFileCipher
from openaisle.adapters.local.store import LocalTable
from openaisle.kernel.mail import MailMessage
from openaisle.mail.dispatcher import MailDispatcher
from openaisle.mail.queries import MailQueries
from openaisle.mail.use_cases import Mail
from tests.support.clocks import FakeClock


class FakeMailer:
    """Keeps what it is given, or fails as it is told."""

    def __init__(self) -> None:
        self.messages: list[MailMessage] = []
        self.failure: Exception | None = None

    async def deliver(self, *, message: MailMessage) -> None:
        if self.failure is not None:
            raise self.failure
        self.messages.append(message)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def table(tmp_path: Path, clock: FakeClock) -> AsyncIterator[LocalTable]:
    table = LocalTable(path=tmp_path / "store.db", clock=clock)
    yield table
    await table.close()


@pytest.fixture
def cipher(tmp_path: Path) -> KeyFileCipher:
    return KeyFileCipher(path=tmp_path / "field.key")


@pytest.fixture
def mailer() -> FakeMailer:
    return FakeMailer()


@pytest.fixture
def mail(table: LocalTable, cipher: KeyFileCipher, tmp_path: Path) -> Mail:
    return Mail(table=table, cipher=cipher, marketplace_name="Aisle One", overrides=tmp_path / "mail-templates")


@pytest.fixture
def queries(table: LocalTable, cipher: KeyFileCipher) -> MailQueries:
    return MailQueries(table=table, cipher=cipher, words_shown=True)


@pytest.fixture
def dispatcher(table: LocalTable, cipher: KeyFileCipher, mailer: FakeMailer, clock: FakeClock) -> MailDispatcher:
    return MailDispatcher(
        table=table, cipher=cipher, mailer=mailer, clock=clock, sender="M <m@shop.example>", words_kept=False
    )
