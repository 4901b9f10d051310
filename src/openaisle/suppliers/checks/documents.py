"""The documents that the policy asks for are there, not expired, and can be opened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar, Protocol

from openaisle.kernel.pictures import PictureMeasurer, PictureRefused
from openaisle.suppliers.checks.check import CheckContext
from openaisle.suppliers.dossier import DocumentKind, SupplierDocument
from openaisle.suppliers.facts import SupplierFacts
from openaisle.suppliers.papers import active_parts, is_pdf, reason_against_pdf
from openaisle.suppliers.verification import CheckFinding, CheckResult, Outcome, Severity, found, passed

_FIELD = "documents"


class DocumentContents(Protocol):
    """Reads what was uploaded."""

    async def content(self, *, document: SupplierDocument) -> bytes:
        """Return the bytes of a document in clear; raises BlobMissing."""
        ...


class DocumentsCheck:
    """Fails a document that is expired or cannot be opened; a missing one is inconclusive. None is read for meaning."""

    name: ClassVar[str] = "documents"
    timeout_seconds: ClassVar[float] = 30.0

    def __init__(self, *, contents: DocumentContents, pictures: PictureMeasurer) -> None:
        """Take what reads documents and what looks at pictures."""
        self._contents = contents
        self._pictures = pictures

    async def examine(self, *, facts: SupplierFacts, context: CheckContext) -> CheckResult:
        """Return what the check found."""
        required = context.policy.documents_of(country=facts.country, business_model=facts.business_model)
        papers = [one for one in context.documents if one.kind is not DocumentKind.IMAGE_SAMPLE]
        evidence = {"required": ", ".join(required), "given": ", ".join(one.kind for one in papers)}
        if not papers and not required:
            finding = _finding("documents-none", Severity.INFO, "No document was given, and none is asked for.")
            return found(check=self.name, outcome=Outcome.INCONCLUSIVE, findings=[finding], evidence=evidence)
        findings = [*_expired(papers, context)]
        for document in papers:
            findings += await self._looked_at(document)
        findings += _missing(required, papers)
        if not findings:
            return passed(check=self.name, evidence=evidence)
        wrong = any(finding.severity is Severity.ERROR for finding in findings)
        outcome = Outcome.FAIL if wrong else Outcome.INCONCLUSIVE
        return found(check=self.name, outcome=outcome, findings=findings, evidence=evidence)

    async def _looked_at(self, document: SupplierDocument) -> list[CheckFinding]:
        content = await self._contents.content(document=document)
        told = f"{document.file_name!r} cannot be opened"
        if is_pdf(content=content):
            reason = reason_against_pdf(content=content)
            if reason is not None:
                return [_finding("document-unreadable", Severity.ERROR, f"{told}: {reason}.")]
            if active := active_parts(content=content):
                told = f"{document.file_name!r} carries what runs by itself: {', '.join(active)}."
                return [_finding("document-active", Severity.WARNING, told)]
            return []
        try:
            await self._pictures.measured(content=content)
        except PictureRefused as refused:
            return [_finding("document-unreadable", Severity.ERROR, f"{told}: no PDF, and {refused.detail}")]
        return []


def _expired(papers: Sequence[SupplierDocument], context: CheckContext) -> list[CheckFinding]:
    limit = context.at.date() + timedelta(days=context.policy.thresholds.document_days)
    findings = []
    for document in papers:
        if document.expires_on is not None and document.expires_on < limit:
            gone = document.expires_on < context.at.date()
            told = f"{document.file_name!r} {'has expired' if gone else 'expires'} on {document.expires_on}."
            findings.append(_finding("document-expired", Severity.ERROR, told))
    return findings


def _missing(required: Sequence[str], papers: Sequence[SupplierDocument]) -> list[CheckFinding]:
    given = {document.kind.value for document in papers}
    return [
        _finding("document-missing", Severity.WARNING, f"There is no {kind.replace('_', ' ')} yet.")
        for kind in required
        if kind not in given
    ]


def _finding(code: str, severity: Severity, message: str) -> CheckFinding:
    suggestion = None if severity is Severity.INFO else "Upload a current PDF or a picture of it."
    return CheckFinding(field=_FIELD, code=code, severity=severity, message=message, suggestion=suggestion)
