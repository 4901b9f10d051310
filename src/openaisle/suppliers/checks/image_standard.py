"""Sample pictures keep the retailer's standard: measured, not looked at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from openaisle.kernel.pictures import PictureFacts, PictureMeasurer, PictureRefused
from openaisle.suppliers.checks.check import CheckContext
from openaisle.suppliers.checks.documents import DocumentContents
from openaisle.suppliers.dossier import DocumentKind
from openaisle.suppliers.facts import SupplierFacts
from openaisle.suppliers.policy import PictureStandard
from openaisle.suppliers.verification import CheckFinding, CheckResult, Outcome, Severity, found, passed

_FIELD = "documents"


class ImageStandardCheck:
    """Fails sample pictures that are refused, too small, too long, blurred, or not on white."""

    name: ClassVar[str] = "image_standard"
    timeout_seconds: ClassVar[float] = 60.0

    def __init__(self, *, contents: DocumentContents, pictures: PictureMeasurer) -> None:
        """Take what reads documents and what measures pictures."""
        self._contents = contents
        self._pictures = pictures

    async def examine(self, *, facts: SupplierFacts, context: CheckContext) -> CheckResult:  # noqa: ARG002
        """Return what the check found."""
        samples = [one for one in context.documents if one.kind is DocumentKind.IMAGE_SAMPLE]
        if not samples:
            finding = _finding("image-samples-none", Severity.INFO, "No sample picture was given.")
            return found(check=self.name, outcome=Outcome.INCONCLUSIVE, findings=[finding], evidence={})
        findings: list[CheckFinding] = []
        evidence: dict[str, str] = {}
        for sample in samples:
            content = await self._contents.content(document=sample)
            try:
                measured = await self._pictures.measured(content=content)
            except PictureRefused as refused:
                findings.append(_finding(refused.code, Severity.ERROR, f"{sample.file_name!r}: {refused.detail}"))
                continue
            evidence[sample.file_name] = _told(measured)
            findings += _against(sample.file_name, measured, context.policy.pictures)
        if not findings:
            return passed(check=self.name, evidence=evidence)
        return found(check=self.name, outcome=Outcome.FAIL, findings=findings, evidence=evidence)


def _against(name: str, measured: PictureFacts, standard: PictureStandard) -> Iterator[CheckFinding]:
    if measured.format not in standard.formats:
        told = f"{name!r} is {measured.format}; asked for is {' or '.join(standard.formats)}."
        yield _finding("picture-format", Severity.WARNING, told)
    if measured.shorter_side < standard.shorter_side:
        told = f"{name!r} is {measured.width} x {measured.height}; its shorter side needs {standard.shorter_side}."
        yield _finding("picture-too-small", Severity.WARNING, told)
    if measured.aspect > standard.aspect_maximum:
        told = f"{name!r} is {measured.aspect:.1f} times as long as wide; at most {standard.aspect_maximum:g}."
        yield _finding("picture-too-long", Severity.WARNING, told)
    if measured.white_border < standard.white_border:
        told = (
            f"{measured.white_border:.0%} of the border of {name!r} is white; asked for is {standard.white_border:.0%}."
        )
        yield _finding("picture-not-on-white", Severity.WARNING, told)
    if measured.sharpness < standard.sharpness:
        told = f"{name!r} is blurred: its sharpness is {measured.sharpness:.0f}, asked for is {standard.sharpness:g}."
        yield _finding("picture-blurred", Severity.WARNING, told)


def _told(measured: PictureFacts) -> str:
    size = f"{measured.format} {measured.width} x {measured.height}"
    return f"{size}, {measured.white_border:.0%} white border, sharpness {measured.sharpness:.0f}"


def _finding(code: str, severity: Severity, message: str) -> CheckFinding:
    suggestion = None if severity is Severity.INFO else "Upload a sharp picture of the product alone on white."
    return CheckFinding(field=_FIELD, code=code, severity=severity, message=message, suggestion=suggestion)
