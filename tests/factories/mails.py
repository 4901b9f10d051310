"""View models of the pages of mail and clocks."""

from __future__ import annotations

from datetime import date

from openaisle.duties.model import Clock, ClockState, DutyKind
from openaisle.entrypoints.console.pages.clocks import ClockRow, ClocksPage
from openaisle.entrypoints.console.views.common import Paging
from openaisle.entrypoints.console.views.mails import MailPage, MailsPage, mails_page
from openaisle.mail.model import MailContent, MailState
from openaisle.mail.queries import MailPage as ListedMails
from openaisle.mail.queries import MailSummary
from tests.factories.console import NOW, ago

FAILED = MailSummary(
    mail_id="mal_1",
    template="people-reset",
    language="en",
    state=MailState.FAILED,
    recipient_masked="a…@example.com",
    attempts=16,
    last_failure="the mail server answered 550 no such user",
    next_attempt_at=None,
    created_at=ago(hours=40),
    sent_at=None,
)


def mails_sample() -> MailsPage:
    return mails_page(listed=ListedMails(mails=[FAILED], next_after="abc"), state=MailState.FAILED, after="")


def mail_sample() -> MailPage:
    content = MailContent(recipient="ana@example.com", subject="A new password", text="Hello\n", html="<p>Hello</p>")
    return MailPage(mail=FAILED, content=content)


def clocks_sample() -> ClocksPage:
    clock = Clock(
        kind=DutyKind.COLLECT,
        state=ClockState.OVERDUE,
        due_on=date(NOW.year, NOW.month, 3),
        title="Provide bank account, tax id and contact",
        explanation="bank_account is missing.",
        source="15 U.S.C. 45f(a)(1)",
    )
    row = ClockRow(supplier="Casa Brilho", supplier_href="/console/suppliers/sup_1", clock=clock)
    return ClocksPage(clocks=(row,), paging=Paging())
