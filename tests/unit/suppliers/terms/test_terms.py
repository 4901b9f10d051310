"""New terms: announced in time, agreed to or not, and what the day of effect brings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from openaisle.kernel.context import Context, Role
from openaisle.kernel.table import Index
from openaisle.kernel.times import sortable_time
from openaisle.suppliers.dossier import Agreement
from openaisle.suppliers.facts import with_fact
from openaisle.suppliers.model import SupplierState, SupplierTransitionRefused
from openaisle.suppliers.policy import TermsPolicy, WithoutAgreement
from openaisle.suppliers.terms.model import (
    Announcement,
    Answer,
    ShortNotice,
    ShortNoticeUnexplained,
    TermsDateUnusable,
    TermsInForceAlready,
    TermsNoticeTooShort,
    TermsState,
    TermsUnknown,
    TermsVersionTaken,
    text_hash,
)
from openaisle.suppliers.terms.queries import OwnTerms, TermsQueries
from openaisle.suppliers.terms.repository import TERMS_TOPIC
from openaisle.suppliers.terms.use_cases import Terms
from openaisle.suppliers.terms.workflow import TermsNews, terms_timer
from tests.factories.contexts import make_context
from tests.factories.suppliers import make_application
from tests.support.supplier_stage import SupplierStage, supplier_stage_in

OTHER = {"registration_number": "11.444.777/0001-61", "legal_name": "Cerâmica do Sul Ltda", "email": "ana@sul.example"}
SECOND = timedelta(seconds=1)


class TermsStage:
    """The stage of suppliers with terms upon it."""

    def __init__(self, stage: SupplierStage, *, without_agreement: WithoutAgreement) -> None:
        self.stage = stage
        policy = TermsPolicy(without_agreement=without_agreement)
        self.terms = Terms(table=stage.table, life=stage.life, policy=policy)
        self.queries = TermsQueries(table=stage.table)
        self.timer = terms_timer(terms=self.terms)
        news = TermsNews(
            terms=self.terms,
            queries=self.queries,
            suppliers=stage.queries,
            table=stage.table,
            mail=stage.mails,
            clock=stage.clock,
            public_address="https://market.example",
        )
        stage.pipes = (*stage.pipes, news.pipe())

    def announcement(self, *, days: float = 15, version: str = "2027-01", **facts: object) -> Announcement:
        made = Announcement(
            version=version,
            summary="Returns are free for 30 days.",
            text="The whole wording.",
            effective_at=self.stage.clock.now() + timedelta(days=days),
        )
        return msgspec.structs.replace(made, **facts)

    def by(self, supplier_id: str) -> Context:
        return make_context(at=self.stage.clock.now(), role=Role.SUPPLIER, subject_id=supplier_id)

    async def published(self, **facts: object) -> None:
        await self.terms.publish(announcement=self.announcement(**facts), context=self.stage.operator())
        await self.stage.settle()

    async def goes_on(self, *, seconds: float) -> None:
        """Let time pass, put into force what has come due, and let all settle."""
        self.stage.clock.go_on(seconds=seconds)
        now = self.stage.clock.now()
        due = await self.stage.table.query(
            partition=f"DUE#{TERMS_TOPIC}", index=Index.DUE, sort_through=sortable_time(now)
        )
        await self.timer.handle(due.items, now)
        await self.stage.settle()

    async def own(self, supplier_id: str, *, version: str = "2027-01") -> OwnTerms:
        told = await self.queries.of_supplier(supplier_id=supplier_id, at=self.stage.clock.now())
        return next(one for one in told.terms if one.terms.version == version)

    async def answer(self, supplier_id: str) -> Answer | None:
        found = (await self.own(supplier_id)).answer
        return found.answer if found is not None else None

    def mailed(self, template: str) -> list[dict[str, str]]:
        return [mail for mail in self.stage.mails.sent.values() if mail["template"] == template]


@pytest.fixture
async def stage(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[TermsStage]:
    choice = getattr(request, "param", WithoutAgreement.CONTINUE)
    async with supplier_stage_in(tmp_path) as suppliers:
        yield TermsStage(suppliers, without_agreement=choice)


def when(choice: WithoutAgreement) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("stage", [choice], indirect=True)


async def test_terms_may_apply_fifteen_days_after_their_announcement_and_not_a_second_earlier(
    stage: TermsStage,
) -> None:
    announcement = stage.announcement(days=15)
    early = msgspec.structs.replace(announcement, effective_at=announcement.effective_at - SECOND)
    with pytest.raises(TermsNoticeTooShort) as refused:
        await stage.terms.publish(announcement=early, context=stage.stage.operator())
    assert refused.value.findings[0].pointer == "/effective_at"
    assert announcement.effective_at.isoformat() in refused.value.detail
    published = await stage.terms.publish(announcement=announcement, context=stage.stage.operator())
    assert published.state is TermsState.ANNOUNCED
    assert published.sha256 == text_hash(text="The whole wording.")


@pytest.mark.parametrize("ground", list(ShortNotice))
async def test_a_stated_ground_allows_less_notice_but_nothing_backwards(stage: TermsStage, ground: ShortNotice) -> None:
    sooner = stage.announcement(days=0, short_notice=ground, short_notice_reason="A new law applies.")
    past = msgspec.structs.replace(sooner, effective_at=sooner.effective_at - SECOND)
    with pytest.raises(TermsDateUnusable):
        await stage.terms.publish(announcement=past, context=stage.stage.operator())
    assert (await stage.terms.publish(announcement=sooner, context=stage.stage.operator())).short_notice is ground


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"days": 0, "short_notice": ShortNotice.LEGAL_OBLIGATION}, ShortNoticeUnexplained),
        ({"short_notice_reason": "Because."}, ShortNoticeUnexplained),
        ({"days": 5 * 365 + 1}, TermsDateUnusable),
    ],
)
async def test_what_makes_no_sense_is_refused(
    stage: TermsStage, facts: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await stage.terms.publish(announcement=stage.announcement(**facts), context=stage.stage.operator())
    assert await stage.queries.listed() == ()


async def test_what_was_announced_is_not_changed_any_more(stage: TermsStage) -> None:
    await stage.published()
    with pytest.raises(TermsVersionTaken):
        await stage.published(text="Another wording.")
    assert (await stage.queries.one(version="2027-01")).text == "The whole wording."
    with pytest.raises(TermsUnknown):
        await stage.queries.one(version="2027-02")


async def test_every_verified_supplier_is_told_once_by_mail(stage: TermsStage) -> None:
    first = await stage.stage.verified(make_application())
    await stage.stage.verified(make_application(tax_id=None, **OTHER))
    await stage.stage.suppliers.suspend(
        supplier_id=first.supplier_id, reason="A question.", context=stage.stage.operator()
    )
    await stage.stage.applied(make_application(email="new@example.com"))
    await stage.published()
    stage.stage.start_over()
    await stage.stage.settle()
    mails = stage.mailed("terms_changed")
    assert {mail["to"] for mail in mails} == {first.email, OTHER["email"]}
    assert len(mails) == 2
    assert mails[0]["summary"] == "Returns are free for 30 days."
    assert mails[0]["link"] == "https://market.example/portal/terms"


async def test_a_newcomer_is_told_of_what_was_announced_before_it_came(stage: TermsStage) -> None:
    await stage.published()
    assert stage.mailed("terms_changed") == []
    newcomer = await stage.stage.verified(make_application())
    assert [mail["to"] for mail in stage.mailed("terms_changed")] == [newcomer.email]
    agreement = Agreement(terms_version="2027-01", accepted_at=stage.stage.clock.now(), accepted_by="supplier:x")
    informed = make_application(tax_id=None, **OTHER)
    await stage.stage.verified(with_fact(clear=informed, field="agreement", value=agreement))
    assert len(stage.mailed("terms_changed")) == 1


@when(WithoutAgreement.CONTINUE)
async def test_going_on_counts_as_agreement_from_the_very_moment_of_effect(stage: TermsStage) -> None:
    supplier_id = (await stage.stage.verified(make_application())).supplier_id
    announced_at = stage.stage.clock.now()
    await stage.published()
    waited = (stage.stage.clock.now() - announced_at).total_seconds()
    await stage.goes_on(seconds=15 * 86_400 - waited - 60)
    assert await stage.answer(supplier_id) is None
    assert (await stage.own(supplier_id)).can_terminate
    await stage.goes_on(seconds=60)
    assert await stage.answer(supplier_id) is Answer.DEEMED
    assert not (await stage.own(supplier_id)).can_terminate
    assert (await stage.queries.one(version="2027-01")).state is TermsState.IN_FORCE
    assert (await stage.stage.view(supplier_id)).state is SupplierState.ACTIVE


@when(WithoutAgreement.SUSPEND)
async def test_who_has_not_agreed_is_suspended_with_the_reason_and_sells_again_once_it_has(stage: TermsStage) -> None:
    supplier_id = (await stage.stage.verified(make_application())).supplier_id
    await stage.published()
    await stage.goes_on(seconds=16 * 86_400)
    after = await stage.stage.view(supplier_id)
    assert after.state is SupplierState.SUSPENDED
    assert "2027-01" in (after.reason or "")
    assert (await stage.own(supplier_id)).is_waiting

    await stage.terms.agree(supplier_id=supplier_id, version="2027-01", context=stage.by(supplier_id))
    assert (await stage.stage.view(supplier_id)).state is SupplierState.ACTIVE
    assert await stage.answer(supplier_id) is Answer.AGREED


@when(WithoutAgreement.SUSPEND)
async def test_the_day_of_effect_happens_once_however_often_it_is_met(stage: TermsStage) -> None:
    supplier_id = (await stage.stage.verified(make_application())).supplier_id
    await stage.published()
    await stage.goes_on(seconds=16 * 86_400)
    operator = stage.stage.operator()
    await stage.stage.suppliers.reinstate(supplier_id=supplier_id, reason="They called.", context=operator)
    stage.stage.start_over()
    await stage.stage.settle()
    assert (await stage.stage.view(supplier_id)).state is SupplierState.ACTIVE


@when(WithoutAgreement.SUSPEND)
async def test_agreeing_lifts_no_suspension_for_something_else(stage: TermsStage) -> None:
    supplier_id = (await stage.stage.verified(make_application())).supplier_id
    await stage.stage.suppliers.suspend(
        supplier_id=supplier_id, reason="Too many returns.", context=stage.stage.operator()
    )
    await stage.published()
    await stage.goes_on(seconds=16 * 86_400)
    assert await stage.answer(supplier_id) is Answer.ASKED
    await stage.terms.agree(supplier_id=supplier_id, version="2027-01", context=stage.by(supplier_id))
    assert (await stage.stage.view(supplier_id)).state is SupplierState.SUSPENDED


@when(WithoutAgreement.ASK)
async def test_who_has_not_agreed_sells_on_and_is_asked_once_more(stage: TermsStage) -> None:
    supplier_id = (await stage.stage.verified(make_application())).supplier_id
    await stage.published()
    await stage.goes_on(seconds=16 * 86_400)
    stage.stage.start_over()
    await stage.stage.settle()
    assert (await stage.stage.view(supplier_id)).state is SupplierState.ACTIVE
    assert len(stage.mailed("terms_not_agreed")) == 1
    assert await stage.answer(supplier_id) is Answer.ASKED


@when(WithoutAgreement.SUSPEND)
async def test_who_agreed_before_is_left_alone_and_the_first_agreement_stands(stage: TermsStage) -> None:
    supplier_id = (await stage.stage.verified(make_application())).supplier_id
    await stage.published()
    first = await stage.terms.agree(supplier_id=supplier_id, version="2027-01", context=stage.by(supplier_id))
    stage.stage.clock.go_on(seconds=60)
    again = await stage.terms.agree(supplier_id=supplier_id, version="2027-01", context=stage.by(supplier_id))
    await stage.goes_on(seconds=16 * 86_400)
    assert first == again
    assert (await stage.stage.view(supplier_id)).state is SupplierState.ACTIVE
    [kept] = (await stage.queries.answers(version="2027-01", after=None, limit=10)).answers
    assert (kept.supplier_id, kept.at, kept.by, kept.sha256) == (supplier_id, first.at, first.by, first.sha256)
    assert (await stage.queries.counts(version="2027-01"))[Answer.AGREED] == 1


@when(WithoutAgreement.SUSPEND)
async def test_who_agreed_within_its_application_has_agreed(stage: TermsStage) -> None:
    await stage.published()
    agreement = Agreement(terms_version="2027-01", accepted_at=stage.stage.clock.now(), accepted_by="supplier:sup_new")
    application = with_fact(clear=make_application(), field="agreement", value=agreement)
    supplier_id = (await stage.stage.verified(application)).supplier_id
    assert await stage.answer(supplier_id) is Answer.AGREED
    await stage.goes_on(seconds=16 * 86_400)
    assert (await stage.stage.view(supplier_id)).state is SupplierState.ACTIVE


async def test_a_supplier_may_leave_until_the_moment_of_effect_and_not_from_then_on(stage: TermsStage) -> None:
    leaving = (await stage.stage.verified(make_application())).supplier_id
    staying = (await stage.stage.verified(make_application(tax_id=None, **OTHER))).supplier_id
    announcement = stage.announcement()
    await stage.terms.publish(announcement=announcement, context=stage.stage.operator())
    left = (announcement.effective_at - stage.stage.clock.now()).total_seconds()

    stage.stage.clock.go_on(seconds=left - 1)
    gone = await stage.terms.leave(
        supplier_id=leaving, version="2027-01", reason="Too dear.", context=stage.by(leaving)
    )
    assert gone.state is SupplierState.OFFBOARDED
    assert "2027-01" in (gone.reason or "")
    stage.stage.clock.go_on(seconds=1)
    with pytest.raises(TermsInForceAlready):
        await stage.terms.leave(supplier_id=staying, version="2027-01", reason="", context=stage.by(staying))
    await stage.goes_on(seconds=1)
    answers = (await stage.queries.answers(version="2027-01", after=None, limit=10)).answers
    assert {one.supplier_id: one.answer for one in answers} == {leaving: Answer.TERMINATED, staying: Answer.DEEMED}


async def test_an_applicant_agrees_within_its_application_only(stage: TermsStage) -> None:
    supplier_id = await stage.stage.applied(make_application())
    await stage.published(days=20)
    applicant = await stage.stage.applied(make_application(email="b@example.com"))
    with pytest.raises(SupplierTransitionRefused):
        await stage.terms.agree(supplier_id=applicant, version="2027-01", context=stage.by(applicant))
    assert not (await stage.own(applicant)).can_agree
    assert (await stage.own(supplier_id)).can_agree


async def test_terms_that_newer_ones_replaced_are_history(stage: TermsStage) -> None:
    supplier_id = (await stage.stage.verified(make_application())).supplier_id
    await stage.published(version="2026-06", days=15)
    await stage.published(version="2027-01", days=30)
    await stage.goes_on(seconds=31 * 86_400)
    assert not (await stage.own(supplier_id, version="2026-06")).can_agree
    assert (await stage.own(supplier_id, version="2027-01")).can_agree
    assert [one.version for one in await stage.queries.listed()] == ["2027-01", "2026-06"]
