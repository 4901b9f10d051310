"""What a supplier's page shows and offers after its verification, to whom, and where a problem is said."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import date

import pytest

from openaisle.kernel.permissions import UserRole
from openaisle.suppliers.documents import Upload
from openaisle.suppliers.dossier import DocumentKind, SupplierDocument
from openaisle.suppliers.model import SupplierState
from tests.factories.contexts import make_context
from tests.support.console_stage import Browser, ConsoleStage
from tests.support.people_stage import EMAIL, PASSWORD

PAGE = "/suppliers/sup_bergmann"
NUMBER = "DE811569869"
PDF = b"%PDF-1.7 a register extract"


async def signed_in(stage: ConsoleStage, *, role: UserRole, email: str = EMAIL) -> Browser:
    await stage.people.user(email=email, role=role)
    browser = Browser(application=stage.application)
    await browser.send("/sign-in", {"email": email, "password": PASSWORD}, page="/sign-in")
    return browser


async def shown(browser: Browser) -> str:
    return (await browser.get(PAGE)).body.decode()


async def document(stage: ConsoleStage, *, expires_on: date | None = None) -> SupplierDocument:
    async def chunks() -> AsyncIterator[bytes]:
        yield PDF

    upload = Upload(
        kind=next(iter(DocumentKind)), file_name="extract.pdf", media_type="application/pdf", expires_on=expires_on
    )
    context = make_context(at=stage.clock.at)
    return await stage.documents.add(supplier_id="sup_bergmann", upload=upload, chunks=chunks(), context=context)


async def test_notice_is_given_shown_and_withdrawn(stage: ConsoleStage, operator: Browser) -> None:
    await stage.supplier()
    given = await operator.send(f"{PAGE}/notice", {"reason": "Never ships", "immediate_ground": ""}, page=PAGE)
    assert given.headers["location"] == f"/console{PAGE}?done=notice#content"
    page = await shown(operator)
    assert "It leaves on" in page
    assert "Never ships" in page
    assert "Give this supplier notice" not in page
    withdrawn = await operator.send(f"{PAGE}/notice-withdrawal", {"reason": "It ships again"}, page=PAGE)
    assert withdrawn.headers["location"] == f"/console{PAGE}?done=notice-withdrawn#content"
    assert "Give this supplier notice" in await shown(operator)


async def test_on_a_ground_of_the_law_a_supplier_leaves_at_once(stage: ConsoleStage, operator: Browser) -> None:
    await stage.supplier()
    fields = {"reason": "A court said so", "immediate_ground": "legal_obligation"}
    assert (await operator.send(f"{PAGE}/notice", fields, page=PAGE)).status == 303
    page = await shown(operator)
    assert "offboarded" in page
    assert "It left on" in page
    assert "legal obligation" in page


async def test_a_problem_is_said_in_its_form_which_keeps_what_was_written(
    stage: ConsoleStage, operator: Browser
) -> None:
    await stage.supplier()
    for path, fields, said in (
        ("notice", {"reason": "x" * 501, "immediate_ground": "legal_obligation"}, "leaving"),
        ("notice", {"reason": "Kept words", "immediate_ground": "whim"}, "leaving"),
        ("notice-withdrawal", {"reason": "Never given"}, "leaving"),
        ("reverification", {"reason": ""}, "reverification"),
        ("suspension", {"reason": ""}, "standing"),
    ):
        answered = await operator.send(f"{PAGE}/{path}", fields, page=PAGE)
        text = answered.body.decode()
        assert answered.status in {409, 422}, path
        assert text.count('role="alert"') == 1, path
        assert text.index('role="alert"') > text.index(f'id="{said}"'), path
    kept = await operator.send(f"{PAGE}/notice", {"reason": "Kept words", "immediate_ground": "whim"}, page=PAGE)
    assert "Kept words</textarea>" in kept.body.decode()


async def test_a_supplier_is_verified_again_and_its_revision_is_shown(stage: ConsoleStage, operator: Browser) -> None:
    await stage.supplier()
    answered = await operator.send(f"{PAGE}/reverification", {"reason": "A new list"}, page=PAGE)
    assert answered.headers["location"] == f"/console{PAGE}?done=reverifying#content"
    page = await shown(operator)
    assert "Under way" in page
    assert "The same facts, verified again" in page
    assert "Verify this supplier again" not in page
    again = await operator.send(f"{PAGE}/reverification", {"reason": "Once more"}, page=PAGE)
    assert again.status == 409
    assert "being verified already" in again.body.decode()


async def test_a_revision_shows_what_stood_before_and_what_is_wanted(stage: ConsoleStage, operator: Browser) -> None:
    await stage.supplier()
    context = make_context(at=stage.clock.at)
    await stage.suppliers.revise(supplier_id="sup_bergmann", changes={"phone": "+49 421 7654321"}, context=context)
    page = await shown(operator)
    assert "<del>+49 421 1234567</del>" in page
    assert "<ins>+49 421 7654321</ins>" in page


async def test_documents_are_listed_handed_out_and_removed(stage: ConsoleStage, operator: Browser) -> None:
    await stage.supplier(state=SupplierState.APPLIED)
    kept = await document(stage, expires_on=date(2020, 1, 31))
    page = await shown(operator)
    assert "extract.pdf" in page
    assert "2020-01-31" in page
    assert "expired" in page
    got = await operator.get(f"{PAGE}/documents/{kept.document_id}")
    assert got.body == PDF
    assert got.headers["content-disposition"] == 'attachment; filename="extract.pdf"'
    removed = await operator.send(f"{PAGE}/documents/{kept.document_id}/removal", {}, page=PAGE)
    assert removed.headers["location"] == f"/console{PAGE}?done=document-removed#content"
    assert "extract.pdf</a>" not in await shown(operator)
    assert (await operator.get(f"{PAGE}/documents/{kept.document_id}")).status == 404


async def test_a_document_that_a_verification_relied_on_stays(stage: ConsoleStage, operator: Browser) -> None:
    await stage.supplier()
    kept = await document(stage)
    assert "Remove extract.pdf" not in await shown(operator)
    refused = await operator.send(f"{PAGE}/documents/{kept.document_id}/removal", {}, page=PAGE)
    assert refused.status == 409
    assert 'role="alert"' in refused.body.decode()


async def test_a_document_of_another_supplier_is_not_found_here(stage: ConsoleStage, operator: Browser) -> None:
    await stage.supplier()
    await stage.supplier(supplier_id="sup_other")
    kept = await document(stage)
    assert (await operator.get(f"/suppliers/sup_other/documents/{kept.document_id}")).status == 404


async def test_a_masked_number_is_shown_once_it_is_written_down_who_looks(stage: ConsoleStage) -> None:
    await stage.supplier()
    browser = await signed_in(stage, role=UserRole.FINANCE)
    assert NUMBER not in await shown(browser)
    revealed = await browser.send(f"{PAGE}/reveal/tax_id", {}, page=PAGE)
    text = revealed.body.decode()
    assert revealed.status == 200
    assert NUMBER in text
    assert revealed.headers["cache-control"] == "no-store"
    assert "supplier.revealed tax_id 127.0.0.1" in text
    entries = (await stage.people.room.audit.listed(limit=5)).entries
    assert [entry.action for entry in entries].count("supplier.revealed") == 1
    assert not any("reveal" in entry.action for entry in entries if entry.action != "supplier.revealed")
    assert NUMBER not in await shown(browser), "the next page is masked again"


@pytest.mark.parametrize("field", ["tax_id", "tax_ids", "bank_account"])
async def test_who_may_not_see_a_masked_number_is_refused_and_written_down(stage: ConsoleStage, field: str) -> None:
    await stage.supplier()
    browser = await signed_in(stage, role=UserRole.CATALOG_MANAGER)
    assert "/reveal/" not in await shown(browser)
    refused = await browser.send(f"{PAGE}/reveal/{field}", {}, page=PAGE)
    assert refused.status == 403
    assert NUMBER not in refused.body.decode()
    entries = (await stage.people.room.audit.listed()).entries
    assert ("permission-missing", f"sup_bergmann {field}") in [(entry.outcome, entry.subject) for entry in entries]


async def test_a_reviewer_sees_tax_ids_in_clear_and_no_bank_account(stage: ConsoleStage) -> None:
    await stage.supplier()
    browser = await signed_in(stage, role=UserRole.REVIEWER)
    assert (await browser.send(f"{PAGE}/reveal/tax_id", {}, page=PAGE)).status == 200
    assert (await browser.send(f"{PAGE}/reveal/bank_account", {}, page=PAGE)).status == 403


async def test_a_field_that_was_not_told_or_does_not_exist_is_said_so(stage: ConsoleStage, operator: Browser) -> None:
    await stage.supplier()
    missing = await operator.send(f"{PAGE}/reveal/bank_account", {}, page=PAGE)
    assert missing.status == 404
    assert missing.body.decode().count('role="alert"') == 1
    assert (await operator.send(f"{PAGE}/reveal/email", {}, page=PAGE)).status in {403, 404}


async def test_who_only_reads_gets_no_form_and_no_document(stage: ConsoleStage) -> None:
    await stage.supplier(state=SupplierState.APPLIED)
    kept = await document(stage)
    browser = await signed_in(stage, role=UserRole.READ_ONLY)
    page = await shown(browser)
    assert re.findall(r'<form[^>]*method="post"[^>]*action="([^"]*)"', page) == ["/console/sign-out"]
    assert "extract.pdf" in page
    assert (await browser.get(f"{PAGE}/documents/{kept.document_id}")).status == 403


@pytest.mark.parametrize("path", ["notice", "notice-withdrawal", "reverification", "documents/doc_1/removal"])
async def test_the_forms_ask_for_the_right_to_change_suppliers_and_for_their_token(
    stage: ConsoleStage, path: str
) -> None:
    await stage.supplier()
    browser = await signed_in(stage, role=UserRole.FINANCE)
    assert (await browser.send(f"{PAGE}/{path}", {"reason": "x"}, page=PAGE)).status == 403
    reviewer = await signed_in(stage, role=UserRole.REVIEWER, email="r@marketplace.example")
    assert (await reviewer.post(f"{PAGE}/{path}", {"reason": "x"}, token="0" * 64)).status == 403
