"""Read terms: their versions and wording, and what suppliers answered."""

from __future__ import annotations

from datetime import datetime

import msgspec

from openaisle.kernel.table import Index, Table
from openaisle.suppliers.deciding import loaded
from openaisle.suppliers.policy import WithoutAgreement
from openaisle.suppliers.repository import partition_of
from openaisle.suppliers.terms.model import (
    Answer,
    ShortNotice,
    TermsAnswer,
    TermsState,
    TermsUnknown,
    TermsVersion,
    agreement_told,
)
from openaisle.suppliers.terms.repository import (
    ALL_TERMS,
    ANSWER_PREFIX,
    ANSWERS,
    TERMS,
    TEXTS,
    answers_to,
    terms_key,
    text_key,
)
from openaisle.suppliers.use_cases import VERIFIED_STATES

VERSIONS_MAXIMUM = 200
_COUNTING_PAGE = 500


class TermsView(msgspec.Struct, frozen=True, kw_only=True):
    """Terms as they are shown; ``text`` only where one version is asked for."""

    version: str
    summary: str
    sha256: str
    state: TermsState
    published_at: datetime
    published_by: str
    effective_at: datetime
    without_agreement: WithoutAgreement
    short_notice: ShortNotice | None = None
    short_notice_reason: str | None = None
    text: str | None = None


class AnswerView(msgspec.Struct, frozen=True, kw_only=True):
    """One supplier's answer to one version."""

    supplier_id: str
    version: str
    sha256: str
    answer: Answer
    at: datetime
    by: str


class AnswerPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of answers, the oldest first; ``next_after`` is null on the last page."""

    answers: tuple[AnswerView, ...]
    next_after: str | None


class OwnTerms(msgspec.Struct, frozen=True, kw_only=True):
    """Terms and what one supplier answered; ``can_terminate`` tells whether it may leave because of them."""

    terms: TermsView
    answer: AnswerView | None
    can_agree: bool
    can_terminate: bool

    @property
    def is_waiting(self) -> bool:
        """Whether the supplier should look at them: it may agree, and has not had its say."""
        return self.can_agree and (self.answer is None or self.answer.answer in {Answer.SUSPENDED, Answer.ASKED})


class SupplierTerms(msgspec.Struct, frozen=True, kw_only=True):
    """The terms of a supplier, the newest first."""

    supplier_id: str
    terms: tuple[OwnTerms, ...]


class TermsQueries:
    """The queries of terms."""

    def __init__(self, *, table: Table) -> None:
        """Take the table."""
        self._table = table

    async def listed(self) -> tuple[TermsView, ...]:
        """Return the versions without their wording, the latest day of effect first."""
        return tuple(_view(terms) for terms in await self._versions())

    async def one(self, *, version: str) -> TermsView:
        """Return one version with its wording; raises TermsUnknown."""
        terms, text = await self._table.get_many(keys=[terms_key(version=version), text_key(version=version)])
        if terms is None or text is None:
            raise TermsUnknown(detail=f"There are no terms {version[:40]}.")
        return _view(TERMS.decode(terms).record, text=TEXTS.decode(text).record.text)

    async def answers(self, *, version: str, after: str | None, limit: int) -> AnswerPage:
        """Return a page of the answers to a version."""
        page = await self._table.query(
            partition=answers_to(version=version), index=Index.FIRST, after=after, limit=limit
        )
        shown = tuple(_answer_view(ANSWERS.decode(item).record) for item in page.items)
        return AnswerPage(answers=shown, next_after=page.cursor)

    async def counts(self, *, version: str, maximum: int = 20_000) -> dict[Answer, int]:
        """Return how many suppliers answered what, counting no further than ``maximum``."""
        counts = dict.fromkeys(Answer, 0)
        after: str | None = None
        while sum(counts.values()) < maximum:
            page = await self.answers(version=version, after=after, limit=_COUNTING_PAGE)
            for one in page.answers:
                counts[one.answer] += 1
            after = page.next_after
            if after is None:
                break
        return counts

    async def of_supplier(self, *, supplier_id: str, at: datetime) -> SupplierTerms:
        """Return every version with a supplier's answer to it; raises SupplierMissing."""
        supplier = (await loaded(table=self._table, supplier_id=supplier_id)).record
        page = await self._table.query(
            partition=partition_of(supplier_id=supplier_id), sort_prefix=ANSWER_PREFIX, limit=VERSIONS_MAXIMUM
        )
        answers = {one.version: one for one in (ANSWERS.decode(item).record for item in page.items)}
        may_answer = supplier.state in VERIFIED_STATES
        shown = []
        versions = await self._versions()
        latest = max((one.effective_at for one in versions if one.effective_at <= at), default=None)
        for terms in versions:
            answer = answers.get(terms.version) or agreement_told(supplier=supplier, terms=terms)
            # Terms that newer ones have replaced are history.
            counts = latest is None or terms.effective_at >= latest
            shown.append(
                OwnTerms(
                    terms=_view(terms),
                    answer=_answer_view(answer) if answer is not None else None,
                    can_agree=may_answer and counts and (answer is None or answer.answer is not Answer.AGREED),
                    can_terminate=may_answer and at < terms.effective_at,
                )
            )
        return SupplierTerms(supplier_id=supplier_id, terms=tuple(shown))

    async def _versions(self) -> list[TermsVersion]:
        page = await self._table.query(partition=ALL_TERMS, index=Index.FIRST, limit=VERSIONS_MAXIMUM, descending=True)
        return [TERMS.decode(item).record for item in page.items]


def _view(terms: TermsVersion, *, text: str | None = None) -> TermsView:
    return TermsView(**msgspec.structs.asdict(terms), text=text)


def _answer_view(answer: TermsAnswer) -> AnswerView:
    return AnswerView(**msgspec.structs.asdict(answer))
