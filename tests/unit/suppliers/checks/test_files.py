"""Documents and sample pictures, as they come from strangers."""

from __future__ import annotations

import io
from datetime import date

import msgspec
from PIL import Image, ImageDraw

from openaisle.adapters.pictures import PillowPictureMeasurer
from openaisle.suppliers.checks.check import CheckContext
from openaisle.suppliers.checks.documents import DocumentsCheck
from openaisle.suppliers.checks.image_standard import ImageStandardCheck
from openaisle.suppliers.dossier import DocumentKind, SupplierDocument
from openaisle.suppliers.verification import STANDARD_POLICY, CheckResult, DocumentRequirement, Outcome
from tests.factories.contexts import NOON
from tests.factories.suppliers import SUPPLIER_ID, make_facts

PDF = b"%PDF-1.7\n1 0 obj\nendobj\nstartxref\n9\n%%EOF\n"
POLICY = msgspec.structs.replace(STANDARD_POLICY, documents=(DocumentRequirement(kinds=("register_extract",)),))


class Shelf:
    """Documents in memory."""

    def __init__(self, contents: dict[str, bytes]) -> None:
        self._contents = contents

    async def content(self, *, document: SupplierDocument) -> bytes:
        return self._contents[document.file_name]


def document(name: str, *, kind: DocumentKind, expires_on: date | None = None) -> SupplierDocument:
    return SupplierDocument(
        document_id=f"doc_{name}",
        supplier_id=SUPPLIER_ID,
        kind=kind,
        file_name=name,
        media_type="application/pdf",
        byte_count=1,
        sha256="",
        blob_name=name,
        uploaded_at=NOON,
        uploaded_by="supplier",
        expires_on=expires_on,
    )


def codes(result: CheckResult) -> list[str]:
    return [finding.code for finding in result.findings]


async def looked_at(
    content: bytes, *, kind: DocumentKind = DocumentKind.REGISTER_EXTRACT, expires_on: date | None = None
) -> CheckResult:
    context = CheckContext(
        supplier_id=SUPPLIER_ID,
        tax_id=None,
        tax_id_fingerprint=None,
        at=NOON,
        documents=(document("paper", kind=kind, expires_on=expires_on),),
        policy=POLICY,
    )
    shelf, pictures = Shelf({"paper": content}), PillowPictureMeasurer()
    check = ImageStandardCheck if kind is DocumentKind.IMAGE_SAMPLE else DocumentsCheck
    return await check(contents=shelf, pictures=pictures).examine(facts=make_facts(), context=context)


def picture(*, size: tuple[int, int] = (900, 600), ground: str = "white", kind: str = "PNG") -> bytes:
    drawn = Image.new("RGB", size, ground)
    pencil = ImageDraw.Draw(drawn)
    for step in range(0, min(size) // 3, 6):
        pencil.rectangle((size[0] // 4, size[1] // 4, size[0] // 2 + step, size[1] // 2 + step), outline="navy")
    file = io.BytesIO()
    drawn.save(file, kind)
    return file.getvalue()


async def test_a_readable_pdf_or_picture_of_the_kind_asked_for_passes() -> None:
    assert (await looked_at(PDF)).outcome is Outcome.PASS
    assert (await looked_at(picture())).outcome is Outcome.PASS


async def test_a_kind_that_is_asked_for_and_not_there_is_inconclusive() -> None:
    assert codes(await looked_at(PDF, kind=DocumentKind.OTHER)) == ["document-missing"]


async def test_a_document_that_has_expired_fails() -> None:
    result = await looked_at(PDF, expires_on=date(2001, 1, 1))
    assert (result.outcome, codes(result)) == (Outcome.FAIL, ["document-expired"])


async def test_a_pdf_that_broke_off_or_is_none_fails_and_one_with_scripts_is_doubtful() -> None:
    assert codes(await looked_at(PDF[:-10])) == ["document-unreadable"]
    assert codes(await looked_at(b"MZ\x90 a program")) == ["document-unreadable"]
    assert codes(await looked_at(b"<svg><script/></svg>")) == ["document-unreadable"]
    assert codes(await looked_at(PDF.replace(b"endobj", b"/JavaScript (app.alert(1))"))) == ["document-active"]


async def test_a_sample_picture_is_measured_against_the_standard() -> None:
    sample = DocumentKind.IMAGE_SAMPLE
    assert (await looked_at(picture(), kind=sample)).outcome is Outcome.PASS
    assert codes(await looked_at(picture(size=(300, 200)), kind=sample)) == ["picture-too-small"]
    assert codes(await looked_at(picture(size=(3000, 600)), kind=sample)) == ["picture-too-long"]
    assert codes(await looked_at(picture(ground="gray"), kind=sample)) == ["picture-not-on-white"]
    assert codes(await looked_at(picture()[:3_000], kind=sample)) == ["picture-refused"]
    blank = io.BytesIO()
    Image.new("RGB", (900, 600), "white").save(blank, "PNG")
    assert codes(await looked_at(blank.getvalue(), kind=sample)) == ["picture-blurred"]


async def test_a_picture_of_a_hundred_megapixels_is_refused_by_name() -> None:
    huge = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(huge, "PNG")
    result = await looked_at(huge.getvalue(), kind=DocumentKind.IMAGE_SAMPLE)
    assert codes(result) == ["picture-too-large"]
    assert "50,000,000" in result.findings[0].message
