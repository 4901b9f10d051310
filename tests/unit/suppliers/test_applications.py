"""Applications in steps, what is missing of them, and the documents that go along."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.kernel.blobs import BlobTooLarge
from openaisle.suppliers.application_use_cases import FieldElsewhere
from openaisle.suppliers.bodies import AmendmentBody, changes_of
from openaisle.suppliers.documents import BYTES_MAXIMUM, DocumentMissing, DocumentTypeWrong, Upload, sniffed
from openaisle.suppliers.dossier import Contact, ContactRole, DocumentKind, SupplierDocument, TaxNumber
from openaisle.suppliers.facts import BusinessModel, FactInvalid, FactUnknown, with_fact
from openaisle.suppliers.missing import ApplicationIncomplete, Missing
from openaisle.suppliers.model import SupplierState, SupplierTransitionRefused
from openaisle.suppliers.requirements import Section
from tests.factories.contexts import make_context
from tests.factories.suppliers import make_application
from tests.support.supplier_stage import SupplierStage

ADDRESS = {
    "address.street_lines": "Rua das Flores 12",
    "address.city": "campinas",
    "address.region": "SP",
    "address.postal_code": "13023-000",
}
PDF = b"%PDF-1.7 a register extract"


async def in_pieces(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def begun(stage: SupplierStage) -> str:
    applicant = await stage.applications.begin(
        email="contato@floresdosul.com.br", business_model=BusinessModel.MARKETPLACE, context=stage.anyone()
    )
    return applicant.supplier.supplier_id


async def fill_in(stage: SupplierStage, supplier_id: str, section: Section, changes: dict[str, object]) -> None:
    stage.clock.go_on(seconds=1)
    await stage.applications.fill_in(
        supplier_id=supplier_id, section=section, changes=changes, context=stage.operator()
    )


def needed(missing: tuple[Missing, ...]) -> set[str]:
    return {one.field for one in missing if one.needed}


async def handed_in(stage: SupplierStage) -> str:
    supplier_id = await begun(stage)
    company = {"legal_name": "Flores do Sul Ltda", "country": "BR", "registration_number": "11222333000181"}
    await fill_in(stage, supplier_id, Section.COMPANY, {**company})
    await fill_in(stage, supplier_id, Section.ADDRESS, {**ADDRESS})
    await fill_in(stage, supplier_id, Section.CONTACTS, {"phone": "+5511961234567"})
    told = changes_of(body=AmendmentBody(terms_version="2026-11"), context=stage.operator())
    await fill_in(stage, supplier_id, Section.AGREEMENT, told)
    await stage.applications.submit(supplier_id=supplier_id, context=stage.operator())
    return supplier_id


async def test_a_draft_tells_what_is_missing_until_nothing_is_and_is_verified_once_handed_in(
    stage: SupplierStage,
) -> None:
    supplier_id = await begun(stage)
    await stage.settle()
    draft = await stage.view(supplier_id)
    assert draft.state is SupplierState.DRAFT
    assert not draft.verifications
    assert "legal_name" in needed(draft.missing)
    assert "email" not in needed(draft.missing)
    with pytest.raises(ApplicationIncomplete):
        await stage.applications.submit(supplier_id=supplier_id, context=stage.operator())
    other_id = await handed_in(stage)
    await stage.settle()
    active = await stage.view(other_id)
    assert active.state is SupplierState.ACTIVE
    assert needed(active.missing) == set()
    assert active.dossier.agreement is not None
    assert active.dossier.agreement.accepted_by == "operator:anna"
    with pytest.raises(SupplierTransitionRefused):
        await stage.applications.submit(supplier_id=other_id, context=stage.operator())


async def test_a_field_goes_to_its_own_section(stage: SupplierStage) -> None:
    supplier_id = await begun(stage)
    with pytest.raises(FieldElsewhere):
        await fill_in(stage, supplier_id, Section.BANK, {"legal_name": "Flores do Sul Ltda"})


async def test_secrets_are_masked_in_the_record_and_the_view_and_open_again(
    stage: SupplierStage, tmp_path: Path
) -> None:
    supplier_id = await begun(stage)
    number = TaxNumber(country="DE", number="DE136695976")
    await fill_in(stage, supplier_id, Section.TAX, {"tax_ids": (number,)})
    view = await stage.view(supplier_id)
    assert [one.number for one in view.tax_ids] == ["*******5976"]
    assert "DE136695976" not in repr(view)
    assert all(b"DE136695976" not in path.read_bytes() for path in tmp_path.rglob("store.db*"))  # noqa: ASYNC240
    other = await begun(stage)
    await fill_in(stage, other, Section.TAX, {"tax_ids": (TaxNumber(country="DE", number="DE 136 695 976"),)})
    assert len((await stage.view(other)).tax_ids) == 1


async def test_a_document_is_encrypted_at_rest_and_comes_back_as_it_was(stage: SupplierStage, tmp_path: Path) -> None:
    supplier_id = await begun(stage)
    document = await added(stage, supplier_id, PDF)
    assert await stage.documents.content(document=document) == PDF
    assert all(PDF not in path.read_bytes() for path in (tmp_path / "blobs").rglob("*") if path.is_file())
    assert [one.document_id for one in (await stage.view(supplier_id)).documents] == [document.document_id]
    await stage.documents.remove(supplier_id=supplier_id, document_id=document.document_id, context=stage.operator())
    assert not (await stage.view(supplier_id)).documents
    with pytest.raises(DocumentMissing):
        await stage.documents.one(supplier_id=supplier_id, document_id=document.document_id)


async def test_another_suppliers_document_is_not_found(stage: SupplierStage) -> None:
    document = await added(stage, await begun(stage), PDF)
    with pytest.raises(DocumentMissing):
        await stage.documents.one(supplier_id=await begun(stage), document_id=document.document_id)


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        ("image/png", PDF),
        ("application/pdf", b"<svg onload='alert(1)'/>"),
        ("image/svg+xml", b"<svg onload='alert(1)'/>"),
        ("application/pdf", b""),
        ("text/html", b"%PDF-1.7"),
        ("image/webp", b"RIFF\x00\x00\x00\x00WAVE"),
    ],
)
async def test_a_file_of_another_type_than_it_claims_is_refused(
    stage: SupplierStage, media_type: str, content: bytes
) -> None:
    with pytest.raises(DocumentTypeWrong):
        await added(stage, await begun(stage), content, media_type=media_type)


async def test_a_document_has_at_most_ten_megabytes(stage: SupplierStage) -> None:
    supplier_id = await begun(stage)
    with pytest.raises(BlobTooLarge):
        await added(stage, supplier_id, PDF + b"\x00" * BYTES_MAXIMUM)
    largest = PDF + b"\x00" * (BYTES_MAXIMUM - len(PDF))
    assert (await added(stage, supplier_id, largest)).byte_count == BYTES_MAXIMUM


@given(content=st.binary(max_size=40))
def test_no_bytes_break_the_sniffing(content: bytes) -> None:
    assert sniffed(content=content) in {None, "application/pdf", "image/png", "image/jpeg", "image/webp"}


@pytest.mark.parametrize(
    ("field", "limit"),
    [
        ("lei", 40),
        ("register_name", 200),
        ("legal_form", 60),
        ("return_policy", 5_000),
        ("contacts.0.name", 200),
        ("contacts.0.email", 254),
        ("contacts.0.phone", 60),
    ],
)
def test_a_text_of_the_dossier_has_its_limit(field: str, limit: int) -> None:
    contact = Contact(role=ContactRole.ORDERS, name="Ana", email="a@b.example", phone="1")
    clear = with_fact(clear=make_application(), field="contacts", value=(contact,))
    assert with_fact(clear=clear, field=field, value="x" * limit) != clear
    with pytest.raises(FactInvalid):
        with_fact(clear=clear, field=field, value="x" * (limit + 1))
    with pytest.raises(FactInvalid):
        with_fact(clear=clear, field=field, value="left\u202eright")


@pytest.mark.parametrize(
    "field",
    [
        "contacts.1.name",
        "contacts.x.name",
        "contacts.0.name.more",
        "contacts",
        "people.0.share",
        "bank_account.iban.more",
    ],
)
def test_a_path_that_leads_nowhere_is_refused(field: str) -> None:
    contact = Contact(role=ContactRole.ORDERS, name="Ana")
    clear = with_fact(clear=make_application(), field="contacts", value=(contact,))
    with pytest.raises(FactInvalid):
        with_fact(clear=clear, field=field, value="x")


@pytest.mark.parametrize(("field", "count"), [("brands", 101), ("contacts", 21), ("people", 51), ("tax_ids", 41)])
def test_a_list_of_the_dossier_has_its_limit(field: str, count: int) -> None:
    with pytest.raises(FactInvalid):
        with_fact(clear=make_application(), field=field, value=("x",) * count)


def test_an_unknown_part_is_refused() -> None:
    with pytest.raises(FactUnknown):
        with_fact(clear=make_application(), field="shoe_size", value=("x",))


def test_the_agreement_says_who_and_when() -> None:
    context = make_context()
    told = changes_of(body=AmendmentBody(terms_version="2026-11"), context=context)
    clear = with_fact(clear=make_application(), field="agreement", value=told["agreement"])
    assert clear.facts.dossier.agreement is not None
    assert clear.facts.dossier.agreement.accepted_at == context.at


async def added(
    stage: SupplierStage, supplier_id: str, content: bytes, *, media_type: str = "application/pdf"
) -> SupplierDocument:
    upload = Upload(kind=DocumentKind.OTHER, file_name="a.pdf", media_type=media_type)
    stage.clock.go_on(seconds=1)
    return await stage.documents.add(
        supplier_id=supplier_id, upload=upload, chunks=in_pieces(content[:5], content[5:]), context=stage.operator()
    )
