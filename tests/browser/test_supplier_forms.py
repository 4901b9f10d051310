"""The forms on a supplier's page of the console in a real browser that runs no script."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from openaisle.suppliers.documents import Upload
from openaisle.suppliers.dossier import DocumentKind
from openaisle.suppliers.model import SupplierState
from tests.browser.conftest import Window, window_in
from tests.factories.contexts import make_context
from tests.support.console_stage import ConsoleStage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

PAGE = "/suppliers/sup_bergmann"
PDF = b"%PDF-1.7 a register extract"


@pytest_asyncio.fixture(loop_scope="module")
async def plain(chromium: Browser, address: str, stage: ConsoleStage) -> AsyncIterator[Window]:
    """A window without JavaScript in which an operator has signed in."""
    context = await chromium.new_context(viewport={"width": 1360, "height": 900}, java_script_enabled=False)
    window = await window_in(context, address=address)
    await window.open(f"/sign-in?token={await stage.link()}")
    yield window
    await context.close()


async def test_notice_is_given_and_withdrawn(plain: Window, stage: ConsoleStage) -> None:
    await stage.supplier()
    await plain.open(PAGE)
    leaving = plain.page.get_by_role("region", name="Give notice")
    await leaving.locator("summary").click()
    await leaving.get_by_label("Reason").fill("Too many orders were never shipped")
    await leaving.get_by_role("button", name="Give this supplier notice").click()

    await expect(plain.page.get_by_role("status")).to_contain_text("Notice is given")
    await expect(plain.page.get_by_role("status")).to_be_in_viewport()
    await expect(plain.page.get_by_text("It leaves on")).to_be_visible()

    left = plain.page.get_by_role("region", name="Leaving")
    # The browser asks for a reason; what is only blanks is refused here, in the form itself.
    await left.get_by_label("Reason").fill("   ")
    await left.get_by_role("button", name="Withdraw the notice").click()
    await expect(left.get_by_role("alert")).to_be_in_viewport()
    await left.get_by_label("Reason").fill("It ships again")
    await left.get_by_role("button", name="Withdraw the notice").click()
    await expect(plain.page.get_by_role("status")).to_contain_text("the supplier stays")


async def test_a_supplier_is_verified_again(plain: Window, stage: ConsoleStage) -> None:
    await stage.supplier()
    await plain.open(PAGE)
    revisions = plain.page.get_by_role("region", name="Revisions")
    await revisions.locator("summary").click()
    await revisions.get_by_label("Reason").fill("The list has changed")
    await revisions.get_by_role("button", name="Verify this supplier again").click()

    await expect(plain.page.get_by_role("status")).to_contain_text("verified again")
    await expect(revisions.get_by_text("The same facts, verified again.")).to_be_visible()


async def test_a_revision_shows_before_and_after(plain: Window, stage: ConsoleStage) -> None:
    await stage.supplier()
    context = make_context(at=stage.clock.at)
    await stage.suppliers.revise(supplier_id="sup_bergmann", changes={"phone": "+49 421 7654321"}, context=context)
    await plain.open(PAGE)
    revisions = plain.page.get_by_role("region", name="Revisions")
    await expect(revisions.locator("del")).to_have_text("+49 421 1234567")
    await expect(revisions.locator("ins")).to_have_text("+49 421 7654321")


async def test_a_document_is_downloaded_and_removed(plain: Window, stage: ConsoleStage) -> None:
    await stage.supplier(state=SupplierState.APPLIED)

    async def chunks() -> AsyncIterator[bytes]:
        yield PDF

    upload = Upload(
        kind=DocumentKind.REGISTER_EXTRACT,
        file_name="extract.pdf",
        media_type="application/pdf",
        expires_on=date(2020, 1, 31),
    )
    context = make_context(at=stage.clock.at)
    await stage.documents.add(supplier_id="sup_bergmann", upload=upload, chunks=chunks(), context=context)
    await plain.open(PAGE)
    documents = plain.page.get_by_role("region", name="Documents")
    await expect(documents.get_by_text("expired")).to_be_visible()
    async with plain.page.expect_download() as coming:
        await documents.get_by_role("link", name="extract.pdf").click()
    download = await coming.value
    assert Path(await download.path()).read_bytes() == PDF  # noqa: ASYNC240
    await documents.get_by_role("button", name="Remove extract.pdf").click()
    await expect(plain.page.get_by_role("status")).to_have_text("The document is removed.")
    await expect(documents.get_by_text("None were handed in.")).to_be_visible()


async def test_a_masked_number_is_shown_with_its_entry_in_the_audit_trail(plain: Window, stage: ConsoleStage) -> None:
    await stage.supplier()
    await plain.open(PAGE)
    assert "DE811569869" not in await plain.page.content()
    masked = plain.page.get_by_role("region", name="Masked")
    await masked.get_by_role("button", name="Show tax id in clear").click()
    await expect(masked.get_by_text("DE811569869")).to_be_in_viewport()
    await expect(masked.get_by_role("status")).to_contain_text("supplier.revealed tax_id")
    await plain.open("/audit")
    await expect(plain.page.get_by_text("supplier.revealed")).to_be_visible()
