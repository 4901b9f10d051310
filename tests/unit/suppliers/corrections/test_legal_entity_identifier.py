"""A LEI is written as its standard does; what is none stays as it was written."""

from __future__ import annotations

import pytest

from openaisle.suppliers.corrections.apply import corrected
from openaisle.suppliers.facts import with_fact
from openaisle.suppliers.model import SupplierState
from tests.factories.screening import LEI
from tests.factories.suppliers import make_application
from tests.support.supplier_stage import SupplierStage


@pytest.mark.parametrize(
    "text", ["7ltwfzyicnsx8d621k86", "7LTW FZYI CNSX 8D62 1K86", " 7LTW-FZYI-CNSX-8D62-1K86 ", LEI]
)
def test_spaces_hyphens_and_small_letters_are_mended(text: str) -> None:
    result = corrected(clear=make_application(lei=text))
    assert result.clear.facts.lei == LEI
    assert {mend.rule for mend in result.made} <= {"number.lei", "text.white-space"}


@pytest.mark.parametrize("text", ["7ltwfzyicnsx8d621k87", "7LTW FZYI", "none"])
def test_what_is_no_lei_stays(text: str) -> None:
    result = corrected(clear=make_application(lei=text))
    assert (result.clear.facts.lei, result.made, result.proposed) == (text, (), ())


async def test_a_revision_of_the_lei_is_what_the_check_and_everybody_sees(stage: SupplierStage) -> None:
    supplier_id = (await stage.verified(make_application())).supplier_id
    await stage.suppliers.revise(supplier_id=supplier_id, changes={"lei": LEI.lower()}, context=stage.operator())
    await stage.settle()
    supplier = await stage.view(supplier_id)
    assert (supplier.state, supplier.lei, supplier.open_revision) == (SupplierState.ACTIVE, LEI, None)
    assert [one.rule for one in supplier.corrections] == ["number.lei"]


def test_a_lei_stands_in_one_place() -> None:
    clear = with_fact(clear=make_application(), field="lei", value=LEI)
    assert clear.facts.lei == LEI
    assert not hasattr(clear.facts.dossier, "lei")
