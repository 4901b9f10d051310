from __future__ import annotations

import pytest

from openaisle.adapters.local.store import LocalTable
from openaisle.kernel.mail import MailRefused, MailUndelivered
from openaisle.kernel.table import Index
from openaisle.kernel.times import sortable_time
from openaisle.mail.dispatcher import MailDispatcher
from openaisle.mail.model import ATTEMPTS_MAXIMUM, MailAddressInvalid, MailMissing, MailNotFailed, MailState
from openaisle.mail.queries import MailQueries
from openaisle.mail.repository import DUE_TOPIC, mail_key
from openaisle.mail.specification import MailDataMissing, MailTemplateUnknown
from openaisle.mail.use_cases import Mail
from tests.factories.contexts import make_context
from tests.support.clocks import FakeClock
from tests.unit.mail.conftest import FakeMailer

ADDRESS = "contato@floresdosul.com.br"


async def sent(mail: Mail, **changes: object) -> str:
    given = {
        "template": "supplier_activated",
        "to": ADDRESS,
        "language": "en",
        "data": {"supplier_name": "Flores do Sul"},
        "deduplication_key": "activated#1",
        **changes,
    }
    return await mail.send(**given, context=make_context())


async def run_due(table: LocalTable, dispatcher: MailDispatcher, clock: FakeClock) -> int:
    page = await table.query(
        partition=f"DUE#{DUE_TOPIC}", index=Index.DUE, sort_through=f"{sortable_time(clock.now())}$"
    )
    await dispatcher.handle(page.items, clock.now())
    return len(page.items)


async def test_a_mail_is_delivered_once_and_its_words_are_then_forgotten(
    mail: Mail,
    table: LocalTable,
    dispatcher: MailDispatcher,
    mailer: FakeMailer,
    clock: FakeClock,
    queries: MailQueries,
) -> None:
    mail_id = await sent(mail)
    assert await sent(mail) == mail_id
    assert await run_due(table, dispatcher, clock) == 1
    assert await run_due(table, dispatcher, clock) == 0
    (message,) = mailer.messages
    assert message.recipient == ADDRESS
    assert message.subject == "Welcome to Aisle One"
    assert "Flores do Sul has passed verification" in message.text
    assert message.message_id == f"<{mail_id}@shop.example>"
    summary, words = await queries.one(mail_id=mail_id)
    assert (summary.state, summary.attempts, words) == (MailState.SENT, 1, None)
    assert summary.recipient_masked == "c…@floresdosul.com.br"


async def test_what_is_stored_names_nobody(mail: Mail, table: LocalTable) -> None:
    mail_id = await sent(mail)
    item = await table.get(key=mail_key(mail_id=mail_id))
    assert item is not None
    assert ADDRESS.encode() not in item.body
    assert b"Flores" not in item.body


async def test_a_mail_that_nobody_takes_waits_longer_each_time_and_is_given_up_in_the_end(
    mail: Mail,
    table: LocalTable,
    dispatcher: MailDispatcher,
    mailer: FakeMailer,
    clock: FakeClock,
    queries: MailQueries,
) -> None:
    mail_id = await sent(mail)
    mailer.failure = MailUndelivered("the server is down")
    waits = []
    for _ in range(ATTEMPTS_MAXIMUM):
        assert await run_due(table, dispatcher, clock) == 1
        summary, _ = await queries.one(mail_id=mail_id)
        if summary.next_attempt_at is not None:
            waits.append((summary.next_attempt_at - clock.now()).total_seconds())
            clock.at = summary.next_attempt_at
    assert waits[:3] == [30, 60, 120]
    assert waits[-1] == 6 * 3600
    summary, _ = await queries.one(mail_id=mail_id)
    assert (summary.state, summary.last_failure) == (MailState.FAILED, "the server is down")
    listed = await queries.listed(state=MailState.FAILED, after=None, limit=10)
    assert [one.mail_id for one in listed.mails] == [mail_id]
    changes = await table.read(after=0, limit=100)
    assert [event.type for change in changes for event in change.events] == ["mail.failed"]

    mailer.failure = None
    await mail.send_again(mail_id=mail_id, context=make_context(at=clock.now()))
    assert await run_due(table, dispatcher, clock) == 1
    assert len(mailer.messages) == 1
    with pytest.raises(MailNotFailed):
        await mail.send_again(mail_id=mail_id, context=make_context(at=clock.now()))


async def test_a_refused_address_is_given_up_at_once(
    mail: Mail,
    table: LocalTable,
    dispatcher: MailDispatcher,
    mailer: FakeMailer,
    clock: FakeClock,
    queries: MailQueries,
) -> None:
    mail_id = await sent(mail)
    mailer.failure = MailRefused("550 no such user")
    await run_due(table, dispatcher, clock)
    summary, _ = await queries.one(mail_id=mail_id)
    assert summary.state is MailState.FAILED


async def test_mails_that_cannot_be_written_are_refused_by_name(mail: Mail, queries: MailQueries) -> None:
    with pytest.raises(MailTemplateUnknown):
        await sent(mail, template="nothing")
    with pytest.raises(MailDataMissing, match="supplier_name"):
        await sent(mail, data={})
    for address in ["", "a", "a@b@c", "a@b\r\nBcc: x@y", "a@b, c@d", "Name <a@b>", "a@" + "b" * 300]:
        with pytest.raises(MailAddressInvalid):
            await sent(mail, to=address)
    with pytest.raises(MailMissing):
        await queries.one(mail_id="mal_none")
    assert (await queries.listed(state=None, after=None, limit=10)).mails == []
