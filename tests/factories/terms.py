"""Samples of the pages of terms."""

from __future__ import annotations

from datetime import timedelta

from openaisle.entrypoints.console.pages.terms import FORM_FIELDS, AnswerRow, TermsDetail, TermsPage, TermsRow
from openaisle.entrypoints.console.views.common import Paging
from openaisle.suppliers.policy import WithoutAgreement
from openaisle.suppliers.terms.model import Answer, ShortNotice, TermsState
from openaisle.suppliers.terms.queries import AnswerView, TermsView
from tests.factories.contexts import NOON


def terms_view(**facts: object) -> TermsView:
    made: dict[str, object] = {
        "version": "2027-01",
        "summary": "Returns are free for 30 days.",
        "sha256": "a" * 64,
        "state": TermsState.ANNOUNCED,
        "published_at": NOON,
        "published_by": "operator:anna",
        "effective_at": NOON + timedelta(days=15),
        "without_agreement": WithoutAgreement.SUSPEND,
        "short_notice": ShortNotice.LEGAL_OBLIGATION,
        "short_notice_reason": "A new law.",
        "text": "First, second.",
    }
    return TermsView(**(made | facts))  # type: ignore[arg-type]


def terms_sample() -> TermsPage:
    return TermsPage(
        rows=(TermsRow(terms=terms_view(), counts=(("agreed", 2), ("deemed", 1))),),
        notice_days=15,
        earliest="2026-12-08T12:01",
        consequence="it is suspended until it agrees",
        grounds=tuple(ShortNotice),
        sent=dict.fromkeys(FORM_FIELDS, ""),
    )


def terms_version_sample() -> TermsDetail:
    answer = AnswerView(
        supplier_id="sup_1", version="2027-01", sha256="a" * 64, answer=Answer.AGREED, at=NOON, by="supplier:sup_1"
    )
    return TermsDetail(
        terms=terms_view(),
        counts=(("agreed", 1),),
        answers=(AnswerRow(supplier="Flores", supplier_href="/console/suppliers/sup_1", answer=answer),),
        consequence="it is suspended until it agrees",
        paging=Paging(),
    )
