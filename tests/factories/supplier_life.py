"""A supplier's life with everything on it that may stand there."""

from __future__ import annotations

from datetime import date
from typing import Any

from openaisle.entrypoints.console.views.common import FieldChange
from openaisle.entrypoints.console.views.supplier_life import (
    DocumentRow,
    LifePage,
    MaskedFact,
    NoticeCard,
    RevisionCard,
)
from openaisle.people.audit import AuditEntry
from tests.factories.contexts import NOON

ATTACK = "<b>\"'></b>"


def life_page(**given: Any) -> LifePage:
    change = FieldChange(field="phone", before="+49 421 1", after=ATTACK)
    card = RevisionCard(
        state="in_review",
        reason=ATTACK,
        questions=ATTACK,
        changes=(change,),
        opened_at=NOON,
        opened_by="supplier",
        review_href="/console/reviews/tsk_1",
    )
    entry = AuditEntry(
        entry_id="aud_1",
        at=NOON,
        actor="operator:ana",
        action="supplier.revealed",
        subject="sup_1",
        outcome="done",
        address="203.0.113.7",
        correlation_id="c",
        details={"field": "tax_id"},
    )
    values: dict[str, Any] = {
        "masked": (
            MaskedFact(field="tax_id", label="Tax id", masked="•••54", values=(ATTACK,)),
            MaskedFact(field="bank_account", label="Bank account", masked="•••00"),
        ),
        "entry": entry,
        "documents": (
            DocumentRow(
                document_id="doc_1",
                file_name=ATTACK,
                kind="register_extract",
                kibibytes=12,
                uploaded_at=NOON,
                expires_on=date(2026, 1, 1),
                state="expired",
            ),
            DocumentRow(
                document_id="doc_2",
                file_name="b.pdf",
                kind="other",
                kibibytes=1,
                uploaded_at=NOON,
                expires_on=None,
                state="valid",
            ),
        ),
        "may_download": True,
        "may_remove": True,
        "revision": card,
        "revisions": (
            RevisionCard(
                state="in_force", reason="", questions="", changes=(), opened_at=NOON, opened_by="x", closed_at=NOON
            ),
        ),
        "payouts_frozen": ATTACK,
        "notice": None,
        "may_give_notice": True,
        "may_reverify": True,
    }
    return LifePage(**(values | given))


def noticed_page() -> LifePage:
    notice = NoticeCard(reason=ATTACK, ground="Legal obligation", given_at=NOON, given_by="x", effective_at=NOON)
    return life_page(notice=notice, may_give_notice=False, masked=(), documents=(), revision=None, revisions=())
