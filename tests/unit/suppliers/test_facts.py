"""Facts by their names, and tax ids under seal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.kernel.encryption import DecryptionFailed
from openaisle.suppliers.facts import FactInvalid, FactUnknown, fact_texts, with_fact
from openaisle.suppliers.tax_ids import masked
from tests.factories.suppliers import make_application, make_supplier
from tests.support.supplier_stage import SupplierStage


@pytest.mark.parametrize("field", [*fact_texts(facts=make_application().facts), "tax_id"])
def test_each_fact_can_be_changed_by_its_name(field: str) -> None:
    value = {"business_model": "drop_ship", "language": "pt-BR"}.get(field, "anything")
    changed = with_fact(clear=make_application(), field=field, value=value)
    texts = {**fact_texts(facts=changed.facts), "tax_id": changed.tax_id}
    assert texts[field] == value
    before = make_application()
    unchanged = {**fact_texts(facts=before.facts), "tax_id": before.tax_id}
    assert {name: text for name, text in texts.items() if name != field} == {
        name: text for name, text in unchanged.items() if name != field
    }


@pytest.mark.parametrize("field", ["", "city", "address", "address.", "address.planet", "facts", "__class__"])
def test_what_is_no_fact_cannot_be_changed(field: str) -> None:
    with pytest.raises(FactUnknown):
        with_fact(clear=make_application(), field=field, value="x")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("legal_name", None),
        ("legal_name", ""),
        ("legal_name", "x" * 201),
        ("legal_name", "a\nb"),
        ("legal_name", "a\u202eb"),
        ("legal_name", 7),
        ("legal_name", True),
        ("business_model", "fraud"),
        ("address.city", ["a"]),
    ],
)
def test_a_fact_cannot_hold_just_anything(field: str, value: object) -> None:
    with pytest.raises(FactInvalid):
        with_fact(clear=make_application(), field=field, value=value)


@given(text=st.text(min_size=1, max_size=40))
def test_a_masked_number_keeps_its_length_and_hides_at_least_half(text: str) -> None:
    hidden = masked(text=text)
    assert len(hidden) == len(text)
    assert hidden.count("*") >= len(text) // 2


async def test_a_sealed_tax_id_opens_only_in_its_own_record(stage: SupplierStage) -> None:
    context = stage.operator()
    sealed = await stage.tax_ids.sealed(supplier_id="sup_1", country="BR", tax_id="12345", context=context)
    assert stage.tax_ids.opened(supplier=make_supplier(supplier_id="sup_1", tax_id=sealed)).tax_id == "12345"
    with pytest.raises(DecryptionFailed):
        stage.tax_ids.opened(supplier=make_supplier(supplier_id="sup_2", tax_id=sealed))


async def test_fingerprints_compare_writings_and_countries(stage: SupplierStage) -> None:
    async def fingerprint(country: str, tax_id: str) -> str:
        sealed = await stage.tax_ids.sealed(
            supplier_id="sup_1", country=country, tax_id=tax_id, context=stage.operator()
        )
        assert sealed is not None
        return sealed.fingerprint

    assert await fingerprint("BR", "12.345-A") == await fingerprint("br", "12345a")
    assert await fingerprint("BR", "12345") != await fingerprint("DE", "12345")
