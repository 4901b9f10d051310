"""What a reviewer corrects of a supplier's secrets is told sealed and shown masked."""

from __future__ import annotations

import pytest

from openaisle.suppliers.use_cases import corrections_seal, is_secret
from tests.support.supplier_stage import SupplierStage

IBAN = "DE89370400440532013000"


@pytest.mark.parametrize("field", ["tax_id", "bank_account.iban", "bank_account.account_number", "tax_ids.0.number"])
async def test_a_corrected_secret_travels_sealed_and_is_shown_masked(stage: SupplierStage, field: str) -> None:
    seal = corrections_seal(tax_ids=stage.tax_ids)
    sealed = await seal("sup_1", {field: IBAN, "phone": "+49 30 23125001"}, stage.operator())
    assert IBAN not in str(sealed)
    assert sealed.shown["phone"] == sealed.told["phone"] == "+49 30 23125001"
    told = sealed.told[field]
    assert isinstance(told, str)
    assert stage.tax_ids.opened_correction(supplier_id="sup_1", text=told) == IBAN


async def test_two_numbers_that_look_the_same_masked_are_shown_apart(stage: SupplierStage) -> None:
    seal = corrections_seal(tax_ids=stage.tax_ids)
    other = "DE99370400440532013000"
    shown = [
        (await seal("sup_1", {"bank_account.iban": text}, stage.operator())).shown["bank_account.iban"]
        for text in (IBAN, IBAN, IBAN.lower(), other)
    ]
    assert shown[0] == shown[1]
    assert str(shown[0]).startswith("******************3000 (")
    assert shown[3] != shown[0]
    assert str(shown[3]).partition(" ")[0] == str(shown[0]).partition(" ")[0]


def test_what_anybody_may_know_is_no_secret() -> None:
    assert not any(is_secret(field=field) for field in ("legal_name", "address.city", "tax_identity", "lei"))
