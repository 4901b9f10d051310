"""What is shown of a supplier, and to whom: the tax id masked, secrets never, evidence about others to the operator."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from openaisle.suppliers.audit import AuditEntry, FieldChange, changes_between
from openaisle.suppliers.connection import Connection, valid_secrets
from openaisle.suppliers.connection_settings import ConnectionSettings
from openaisle.suppliers.dossier import DocumentKind, Dossier, SupplierDocument
from openaisle.suppliers.facts import Address, BusinessModel
from openaisle.suppliers.mailboxes import canonical_mailbox
from openaisle.suppliers.missing import Missing
from openaisle.suppliers.model import Freeze, Notice, Supplier, SupplierState
from openaisle.suppliers.repository import CorrectionsMade
from openaisle.suppliers.revisions import ClosedRevision, candidate_of
from openaisle.suppliers.verification import CheckResult, Correction, Proposal, Verdict, Verification


class SupplierSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One supplier of a list."""

    supplier_id: str
    name: str
    legal_name: str
    country: str
    state: SupplierState
    connected: bool
    applied_at: datetime
    changed_at: datetime


class SupplierPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of suppliers; ``next_after`` is null on the last page."""

    suppliers: list[SupplierSummary]
    next_after: str | None


class ConnectionView(ConnectionSettings, frozen=True, kw_only=True):
    """A connection without its secrets; ``secret_count`` is 2 while a former one is still valid."""

    supplier_id: str
    secret_count: int
    changed_at: datetime


class VerificationView(msgspec.Struct, frozen=True, kw_only=True):
    """One verification: the verdict, why, under which policy, and what each check found."""

    revision: int
    verdict: Verdict
    reason: str
    policy_version: str
    policy_digest: str
    checks: tuple[CheckResult, ...]
    proposals: tuple[Proposal, ...]
    decided_at: datetime


class AuditView(msgspec.Struct, frozen=True, kw_only=True):
    """One change: who, when, and what stood before and after."""

    at: datetime
    actor: str
    action: str
    reason: str | None
    changes: tuple[FieldChange, ...]


class DocumentView(msgspec.Struct, frozen=True, kw_only=True):
    """A document that was handed in; its bytes are downloaded apart."""

    document_id: str
    kind: DocumentKind
    file_name: str
    media_type: str
    byte_count: int
    sha256: str
    issued_on: date | None
    expires_on: date | None
    uploaded_at: datetime


class BankAccountView(msgspec.Struct, frozen=True, kw_only=True):
    """Where a supplier is paid, masked."""

    holder: str | None
    country: str
    number: str


class TaxNumberView(msgspec.Struct, frozen=True, kw_only=True):
    """A tax id of one country, masked."""

    country: str
    number: str


class OpenRevisionView(msgspec.Struct, frozen=True, kw_only=True):
    """Changes of facts that are verified while the old ones stay in force."""

    revision: int
    state: SupplierState
    reason: str | None
    questions: str | None
    changes: tuple[FieldChange, ...]
    has_new_bank_account: bool
    opened_at: datetime
    opened_by: str
    review_task_id: str | None


class SupplierView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of one supplier; verifications and audit newest first, corrections of the newest revision first."""

    supplier_id: str
    state: SupplierState
    reason: str | None
    questions: str | None
    revision: int
    legal_name: str
    doing_business_as: str | None
    country: str
    registration_number: str
    lei: str | None
    tax_id: str | None
    email: str
    phone: str
    website: str | None
    language: str | None
    mailbox_confirmed_at: datetime | None
    address: Address
    business_model: BusinessModel
    review_task_id: str | None
    connection: ConnectionView | None
    verifications: tuple[VerificationView, ...]
    corrections: tuple[Correction, ...]
    audit: tuple[AuditView, ...]
    applied_at: datetime
    changed_at: datetime
    dossier: Dossier
    tax_ids: tuple[TaxNumberView, ...]
    bank_account: BankAccountView | None
    documents: tuple[DocumentView, ...]
    missing: tuple[Missing, ...]
    open_revision: OpenRevisionView | None
    revisions: tuple[ClosedRevision, ...]
    payouts_frozen: Freeze | None
    notice: Notice | None
    answer: str | None
    answer_by: datetime | None


def summary_of(*, supplier: Supplier) -> SupplierSummary:
    """Return the supplier as one row of a list."""
    return SupplierSummary(
        supplier_id=supplier.supplier_id,
        name=supplier.facts.name,
        legal_name=supplier.facts.legal_name,
        country=supplier.facts.country,
        state=supplier.state,
        connected=supplier.connected,
        applied_at=supplier.applied_at,
        changed_at=supplier.changed_at,
    )


def connection_view(*, connection: Connection, at: datetime) -> ConnectionView:
    """Return what may be shown of a connection."""
    settings = {field: getattr(connection.settings, field) for field in ConnectionSettings.__struct_fields__}
    return ConnectionView(
        supplier_id=connection.supplier_id,
        secret_count=len(valid_secrets(connection=connection, at=at)),
        changed_at=connection.changed_at,
        **settings,
    )


def supplier_view(
    *,
    supplier: Supplier,
    connection: Connection | None,
    verifications: list[Verification],
    corrections: list[CorrectionsMade],
    audit: list[AuditEntry],
    revisions: list[ClosedRevision],
    documents: tuple[SupplierDocument, ...],
    missing: tuple[Missing, ...],
    at: datetime,
    for_operator: bool,
) -> SupplierView:
    """Return everything of one supplier that the reader may see."""
    facts, sealed = supplier.facts, supplier.sealed
    account = sealed.bank_account if sealed is not None else None
    return SupplierView(
        supplier_id=supplier.supplier_id,
        state=supplier.state,
        reason=supplier.reason,
        questions=supplier.questions,
        revision=supplier.revision,
        legal_name=facts.legal_name,
        doing_business_as=facts.doing_business_as,
        country=facts.country,
        registration_number=facts.registration_number,
        lei=facts.lei,
        tax_id=supplier.tax_id.masked if supplier.tax_id is not None else None,
        email=facts.email,
        phone=facts.phone,
        website=facts.website,
        language=facts.language,
        mailbox_confirmed_at=_mailbox_confirmed_at(supplier),
        address=facts.address,
        business_model=facts.business_model,
        review_task_id=supplier.review_task_id if for_operator else None,
        connection=connection_view(connection=connection, at=at) if connection is not None else None,
        verifications=tuple(_verification_view(one, for_operator=for_operator) for one in verifications),
        corrections=tuple(correction for made in corrections for correction in made.corrections),
        audit=tuple(_audit_view(entry) for entry in audit),
        applied_at=supplier.applied_at,
        changed_at=supplier.changed_at,
        dossier=facts.dossier,
        tax_ids=tuple(
            TaxNumberView(country=one.country, number=one.masked)
            for one in (sealed.tax_ids if sealed is not None else ())
        ),
        bank_account=BankAccountView(holder=sealed.bank_account_holder, country=account.country, number=account.masked)
        if sealed is not None and account is not None
        else None,
        documents=tuple(document_view(document=one) for one in documents),
        missing=missing,
        open_revision=_open_revision_view(supplier, for_operator=for_operator),
        revisions=tuple(revisions),
        payouts_frozen=supplier.payouts_frozen,
        notice=supplier.notice,
        answer=supplier.answer,
        answer_by=supplier.answer_by,
    )


def document_view(*, document: SupplierDocument) -> DocumentView:
    """Return what is shown of a document."""
    return DocumentView(
        document_id=document.document_id,
        kind=document.kind,
        file_name=document.file_name,
        media_type=document.media_type,
        byte_count=document.byte_count,
        sha256=document.sha256,
        issued_on=document.issued_on,
        expires_on=document.expires_on,
        uploaded_at=document.uploaded_at,
    )


def _mailbox_confirmed_at(supplier: Supplier) -> datetime | None:
    confirmed = supplier.confirmed_mailbox
    is_current = confirmed is not None and confirmed.email == canonical_mailbox(text=supplier.facts.email)
    return confirmed.at if confirmed is not None and is_current else None


def _open_revision_view(supplier: Supplier, *, for_operator: bool) -> OpenRevisionView | None:
    opened = supplier.open_revision
    if opened is None:
        return None
    candidate = candidate_of(supplier=supplier)
    changes = changes_between(before=supplier, after=candidate)
    return OpenRevisionView(
        revision=opened.revision,
        state=opened.state,
        reason=opened.reason,
        questions=opened.questions,
        changes=tuple(change for change in changes if change.field != "state"),
        has_new_bank_account=opened.has_new_bank_account,
        opened_at=opened.opened_at,
        opened_by=opened.opened_by,
        review_task_id=opened.review_task_id if for_operator else None,
    )


def _without_others(check: CheckResult) -> CheckResult:
    findings = tuple(msgspec.structs.replace(finding, about=None) for finding in check.findings)
    return msgspec.structs.replace(check, findings=findings, evidence={})


def _verification_view(verification: Verification, *, for_operator: bool) -> VerificationView:
    checks = tuple(
        check if for_operator or not check.confidential else _without_others(check) for check in verification.checks
    )
    return VerificationView(
        revision=verification.revision,
        verdict=verification.verdict,
        reason=verification.reason,
        policy_version=verification.policy_version,
        policy_digest=verification.policy_digest,
        checks=checks,
        proposals=verification.proposals,
        decided_at=verification.decided_at,
    )


def _audit_view(entry: AuditEntry) -> AuditView:
    return AuditView(at=entry.at, actor=entry.actor, action=entry.action, reason=entry.reason, changes=entry.changes)
