"""Which names are found alike."""

from __future__ import annotations

import pytest

from openaisle.suppliers.checks.similar_name import SimilarNameCheck
from openaisle.suppliers.names import normalized_name
from tests.factories.suppliers import OTHER_CNPJ, make_application
from tests.support.supplier_stage import SupplierStage


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Flores do Sul Ltda", "FLORES DO SUL LTDA."),
        ("Müller & Söhne GmbH", "Mueller"),
        ("Acme S.R.L.", "ACME SRL"),
        ("Acme Trading, Inc.", "Trading Acme Corp"),
        ("Zhejiang Foo Co., Ltd.", "Zhejiang Foo Limited"),
    ],
)
def test_names_are_compared_without_case_legal_form_and_order(one: str, other: str) -> None:
    same = normalized_name(name=one) == normalized_name(name=other)
    assert same is (other != "Mueller")


def test_a_name_of_nothing_but_a_legal_form_stays() -> None:
    assert normalized_name(name="Co. Ltd.") == "co ltd"


@pytest.mark.parametrize(
    ("name", "found"), [("Flores do Sull Ltda", True), ("SUL FLORES DO", True), ("Frutas do Norte Ltda", False)]
)
async def test_a_name_like_an_active_suppliers_is_found(stage: SupplierStage, name: str, found: bool) -> None:
    first = await stage.verified(make_application())
    second = await stage.verified(
        make_application(legal_name=name, registration_number=OTHER_CNPJ, tax_id=None, email="b@outra.com.br")
    )
    result = next(one for one in second.verifications[0].checks if one.check == SimilarNameCheck.name)
    assert (first.supplier_id in result.evidence) is found
    assert result.confidential is found
