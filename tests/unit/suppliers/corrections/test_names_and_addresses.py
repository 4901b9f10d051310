"""Corrections of names and addresses: what is certain is made, what is likely is proposed with its confidence."""

from __future__ import annotations

from typing import Any

import pytest

from openaisle.suppliers.corrections.apply import CorrectedFacts, corrected
from openaisle.suppliers.facts import SupplierFacts
from tests.factories.suppliers import make_address, make_application


def mended(*, country: str, tax_id: str | None = None, address: dict[str, Any] | None = None, **facts: Any) -> Any:
    given = {"city": "Somewhere", "postal_code": "1", "region": None, **(address or {})}
    application = make_application(country=country, tax_id=tax_id, address=make_address(**given), **facts)
    return corrected(clear=application)


def facts_of(result: CorrectedFacts) -> SupplierFacts:
    return result.clear.facts


@pytest.mark.parametrize(
    ("country", "name", "after"),
    [
        ("DE", "Muster g.m.b.h.", "Muster GmbH"),
        ("DE", "Muster GMBH & CO KG", "Muster GmbH & Co. KG"),
        ("PL", "Kowalski SP Z OO", "Kowalski Sp. z o.o."),
        ("US", "Acme l.l.c.", "Acme LLC"),
        ("GB", "Acme ltd.", "Acme Ltd"),
        ("BR", "Flores LTDA.", "Flores Ltda"),
        ("CN", "Zhejiang Foo Co Ltd", "Zhejiang Foo Co., Ltd."),
        ("FR", "Fleurs s.a.r.l.", "Fleurs SARL"),
    ],
)
def test_an_abbreviated_legal_form_is_written_as_its_country_does(country: str, name: str, after: str) -> None:
    result = mended(country=country, legal_name=name)
    assert facts_of(result).legal_name == after
    assert [(one.rule, one.confidence) for one in result.made if one.field == "legal_name"] == [
        ("name.legal-form", 1.0)
    ]


@pytest.mark.parametrize(
    ("country", "name"),
    [("US", "Acme, Inc."), ("DE", "Muster GmbH"), ("BR", "Muster GmbH"), ("GB", "Ltd"), ("DE", "Agra"), ("US", "Inc.")],
)
def test_a_right_form_one_of_another_country_or_none_stays(country: str, name: str) -> None:
    result = mended(country=country, legal_name=name)
    assert facts_of(result).legal_name == name
    assert [one for one in result.proposed if one.field == "legal_name"] == []


def test_a_form_in_full_and_a_shouted_name_are_only_proposed() -> None:
    result = mended(country="GB", legal_name="Acme Limited", doing_business_as="THE HOUSE OF FLOWERS")
    assert facts_of(result).legal_name == "Acme Limited"
    proposed = {one.field: (one.after, one.rule, one.confidence) for one in result.proposed}
    assert proposed["legal_name"] == ("Acme Ltd", "name.legal-form", 0.6)
    assert proposed["doing_business_as"] == ("THE House of Flowers", "text.all-capitals", 0.5)


@pytest.mark.parametrize(
    ("country", "postal_code", "after"),
    [
        ("GB", "sw1a1aa", "SW1A 1AA"),
        ("GB", "m11ae", "M1 1AE"),
        ("CA", "k1a0b1", "K1A 0B1"),
        ("CA", "K1A-0B1", "K1A 0B1"),
        ("NL", "1234ab", "1234 AB"),
        ("SE", "S-12345", "123 45"),
        ("PL", "00123", "00-123"),
        ("PT", "1234567", "1234-567"),
        ("JP", "1000001", "100-0001"),
        ("US", "123456789", "12345-6789"),
        ("DE", "D-10115", "10115"),
        ("AT", "A 1010", "1010"),
        ("DK", "DK-2100", "2100"),
        ("US", "12345", "12345"),
        ("DE", "ABC", "ABC"),
        ("GB", "nonsense", "NONSENSE"),
    ],
)
def test_a_postal_code_is_written_as_its_country_does(country: str, postal_code: str, after: str) -> None:
    result = mended(country=country, address={"postal_code": postal_code})
    assert facts_of(result).address.postal_code == after


@pytest.mark.parametrize(
    ("country", "region", "after"),
    [("US", "California", "CA"), ("US", "ca", "CA"), ("CA", "Québec", "QC"), ("AU", "New South Wales", "NSW")],
)
def test_a_state_is_known_by_its_code(country: str, region: str, after: str) -> None:
    assert facts_of(mended(country=country, address={"region": region})).address.region == after


def test_a_state_that_is_none_stays_and_commas_at_the_ends_go() -> None:
    address = {"region": "Atlantis", "street_lines": ("1 Main Street,", "Floor 2 ;"), "city": "Boston,"}
    after = facts_of(mended(country="US", address=address)).address
    assert (after.region, after.street_lines, after.city) == ("Atlantis", ("1 Main Street", "Floor 2"), "Boston")


def test_what_was_corrected_is_not_corrected_again() -> None:
    once = mended(country="DE", legal_name="Muster g.m.b.h.", address={"postal_code": "D-10115"})
    again = corrected(clear=once.clear)
    assert again.made == ()
    assert again.clear == once.clear
