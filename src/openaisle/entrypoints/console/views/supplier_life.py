"""A supplier's life: what is masked, its documents, its revisions, and how it leaves."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from openaisle.entrypoints.console.formats import actor_text, sentence_text
from openaisle.entrypoints.console.views.common import FieldChange
from openaisle.people.audit import AuditEntry
from openaisle.suppliers import views as room
from openaisle.suppliers.audit import FieldChange as RecordedChange
from openaisle.suppliers.model import TRANSITIONS, Command, ImmediateGround
from openaisle.suppliers.revealing import RevealedField
from openaisle.suppliers.revisions import RevisionOutcome
from openaisle.suppliers.use_cases import VERIFIED_STATES


class MaskedFact(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that is kept encrypted; ``values`` are in clear where somebody asked for them just now."""

    field: str
    label: str
    masked: str
    values: tuple[str, ...] = ()


class Revealed(msgspec.Struct, frozen=True, kw_only=True):
    """What was shown in clear, and the entry of the audit trail that says so."""

    field: RevealedField
    values: tuple[str, ...]
    entry: AuditEntry | None


class DocumentRow(msgspec.Struct, frozen=True, kw_only=True):
    """A document of a supplier."""

    document_id: str
    file_name: str
    kind: str
    kibibytes: int
    uploaded_at: datetime
    expires_on: date | None
    state: str


class RevisionCard(msgspec.Struct, frozen=True, kw_only=True):
    """Changes of verified facts: under way, or how they ended."""

    state: str
    reason: str
    questions: str
    changes: tuple[FieldChange, ...]
    opened_at: datetime
    opened_by: str
    closed_at: datetime | None = None
    review_href: str | None = None


class NoticeCard(msgspec.Struct, frozen=True, kw_only=True):
    """The notice that a supplier was given."""

    reason: str
    ground: str
    given_at: datetime
    given_by: str
    effective_at: datetime


class LifePage(msgspec.Struct, frozen=True, kw_only=True):
    """What follows a supplier's verification, and what may be done about it."""

    masked: tuple[MaskedFact, ...]
    entry: AuditEntry | None
    documents: tuple[DocumentRow, ...]
    may_download: bool
    may_remove: bool
    revision: RevisionCard | None
    revisions: tuple[RevisionCard, ...]
    payouts_frozen: str
    notice: NoticeCard | None
    may_give_notice: bool
    may_reverify: bool
    grounds: tuple[str, ...] = tuple(ground.value for ground in ImmediateGround)


def life_page(
    *, view: room.SupplierView, today: date, may_download: bool, may_remove: bool, revealed: Revealed | None
) -> LifePage:
    """Return the life of one supplier as it stands."""
    noticed = view.notice is not None
    return LifePage(
        masked=_masked(view=view, revealed=revealed),
        entry=revealed.entry if revealed is not None else None,
        documents=tuple(_document(document=one, today=today) for one in view.documents),
        may_download=may_download,
        may_remove=may_remove,
        revision=_open_revision(view.open_revision),
        revisions=tuple(
            RevisionCard(
                state="in_force" if one.outcome is RevisionOutcome.APPLIED else "discarded",
                reason=one.reason or "",
                questions="",
                changes=_changes(one.changes),
                opened_at=one.opened_at,
                opened_by=actor_text(actor=one.opened_by),
                closed_at=one.closed_at,
            )
            for one in view.revisions
        ),
        payouts_frozen=view.payouts_frozen.reason if view.payouts_frozen is not None else "",
        notice=_notice(view),
        may_give_notice=not noticed and (view.state, Command.GIVE_NOTICE) in TRANSITIONS,
        may_reverify=view.open_revision is None and view.state in VERIFIED_STATES,
    )


def _masked(*, view: room.SupplierView, revealed: Revealed | None) -> tuple[MaskedFact, ...]:
    account = view.bank_account
    known = (
        (RevealedField.TAX_ID, "Tax id", view.tax_id or ""),
        (RevealedField.TAX_IDS, "Tax ids elsewhere", ", ".join(f"{one.country} {one.number}" for one in view.tax_ids)),
        (
            RevealedField.BANK_ACCOUNT,
            "Bank account",
            " ".join(part for part in (account.holder, account.country, account.number) if part) if account else "",
        ),
    )
    return tuple(
        MaskedFact(
            field=field.value,
            label=label,
            masked=masked,
            values=revealed.values if revealed is not None and revealed.field is field else (),
        )
        for field, label, masked in known
        if masked
    )


def _document(*, document: room.DocumentView, today: date) -> DocumentRow:
    expired = document.expires_on is not None and document.expires_on < today
    return DocumentRow(
        document_id=document.document_id,
        file_name=document.file_name,
        kind=document.kind.value,
        kibibytes=max(1, round(document.byte_count / 1_024)),
        uploaded_at=document.uploaded_at,
        expires_on=document.expires_on,
        state="expired" if expired else "valid",
    )


def _open_revision(opened: room.OpenRevisionView | None) -> RevisionCard | None:
    if opened is None:
        return None
    return RevisionCard(
        state=opened.state.value,
        reason=opened.reason or "",
        questions=opened.questions or "",
        changes=_changes(opened.changes),
        opened_at=opened.opened_at,
        opened_by=actor_text(actor=opened.opened_by),
        review_href=f"/console/reviews/{opened.review_task_id}" if opened.review_task_id else None,
    )


def _changes(changes: tuple[RecordedChange, ...]) -> tuple[FieldChange, ...]:
    return tuple(FieldChange(field=one.field, before=one.before or "", after=one.after or "") for one in changes)


def _notice(view: room.SupplierView) -> NoticeCard | None:
    notice = view.notice
    if notice is None:
        return None
    return NoticeCard(
        reason=notice.reason,
        ground=sentence_text(code=notice.immediate_ground.value) if notice.immediate_ground is not None else "",
        given_at=notice.given_at,
        given_by=actor_text(actor=notice.given_by),
        effective_at=notice.effective_at,
    )
