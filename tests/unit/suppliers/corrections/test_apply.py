"""Corrections: what is certain is mended once and for all, what is likely is proposed."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.suppliers.corrections.apply import corrected
from openaisle.suppliers.facts import Address, ClearFacts, SupplierFacts, fact_texts, require_fact
from tests.factories.suppliers import CNPJ, make_address, make_application

TEXTS = st.text(
    alphabet=st.characters(
        exclude_categories=("Cs", "Cc"),
        exclude_characters="\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
    ),
    min_size=1,
    max_size=20,
)


def given_as(*examples: str) -> st.SearchStrategy[str]:
    """Writings that were met in real applications, and any other."""
    return st.sampled_from(examples) | TEXTS


COUNTRIES = given_as("BR", "br", "Brasil", "DE", "Germany", "US", "GB", "FR", "NL", "XX", "Brazill", " de ")
CITIES = given_as("sao paulo - sp", "lages - sc", "sbc/sp", "4482255", "rio de janeiro / rio de janeiro")
NUMBERS = given_as("11.222.333/0001-81", "DE 136 695 976", "12-3456789", "1234567", "HRB 11223 Aachen")
PHONES = given_as("(11) 96123-4567", "+49 30 901820", "00441212345678")
WEBSITES = given_as("www.Example.com", "http://a.example", "https:/b.example", "HTTPS://C.example/Path")


@st.composite
def applications(draw: st.DrawFn) -> ClearFacts:
    address = Address(
        street_lines=tuple(draw(st.lists(TEXTS, min_size=1, max_size=3))),
        city=draw(CITIES),
        postal_code=draw(st.sampled_from(["4195", "04195", "13023-000", "13023000", "sw1a 1aa"]) | TEXTS),
        region=draw(st.none() | st.sampled_from(["SP", "sp", "São Paulo", "SC", "RJ"]) | TEXTS),
        country=draw(st.none() | COUNTRIES),
    )
    facts = SupplierFacts(
        legal_name=draw(TEXTS),
        country=draw(COUNTRIES),
        registration_number=draw(NUMBERS),
        email=draw(st.sampled_from([" A@Example.COM", "mailto:b@c.example", "<d@e.example>"]) | TEXTS),
        phone=draw(PHONES),
        address=address,
        website=draw(st.none() | WEBSITES),
    )
    return ClearFacts(facts=facts, tax_id=draw(st.none() | NUMBERS))


@given(clear=applications())
def test_corrected_facts_are_not_corrected_again(clear: ClearFacts) -> None:
    once = corrected(clear=clear)
    twice = corrected(clear=once.clear)
    assert twice.made == ()
    assert twice.clear == once.clear
    assert twice.proposed == once.proposed


@given(clear=applications())
def test_the_corrections_tell_the_whole_way_from_the_old_facts_to_the_new(clear: ClearFacts) -> None:
    result = corrected(clear=clear)
    texts = {**fact_texts(facts=clear.facts), "tax_id": clear.tax_id}
    for mend in result.made:
        assert texts[mend.field] == mend.before
        assert mend.before != mend.after
        texts[mend.field] = mend.after
    assert texts == {**fact_texts(facts=result.clear.facts), "tax_id": result.clear.tax_id}


@given(clear=applications())
def test_a_correction_never_makes_a_fact_that_the_api_would_refuse(clear: ClearFacts) -> None:
    for mend in corrected(clear=clear).made:
        require_fact(field=mend.field, value=mend.after)


def test_clean_facts_are_left_alone() -> None:
    clear = make_application()
    result = corrected(clear=clear)
    assert (result.clear, result.made, result.proposed) == (clear, (), ())


@pytest.mark.parametrize(
    ("field", "given_text", "expected", "rule"),
    [
        ("legal_name", "  Flores   do Sul\u200b Ltda ", "Flores do Sul Ltda", "text.white-space"),
        ("registration_number", "11.222.333/0001-81", CNPJ, "number.br.cnpj"),
        ("email", "mailto:Contato@FloresDoSul.COM.BR", "Contato@floresdosul.com.br", "email.form"),
        ("phone", "(11) 96123-4567", "+5511961234567", "phone.e164"),
        ("phone", "011 96123 4567", "+5511961234567", "phone.e164"),
        ("website", "floresdosul.com.br", "https://floresdosul.com.br", "website.https"),
        ("website", "http://FloresDoSul.com.br/Loja", "https://floresdosul.com.br/Loja", "website.https"),
        ("website", "https//floresdosul.com.br", "https://floresdosul.com.br", "website.https"),
        ("website", "http:/floresdosul.com.br", "https://floresdosul.com.br", "website.https"),
    ],
)
def test_a_certain_mend_is_made_by_its_rule(field: str, given_text: str, expected: str, rule: str) -> None:
    result = corrected(clear=make_application(**{field: given_text}))
    assert fact_texts(facts=result.clear.facts)[field] == expected
    assert [(mend.field, mend.rule) for mend in result.made] == [(field, rule)]


@pytest.mark.parametrize(
    ("text", "code"),
    [("Brasil", "BR"), ("brazil", "BR"), ("br", "BR"), ("BRA", "BR"), ("Federative Republic of Brazil", "BR")],
)
def test_a_country_becomes_its_code(text: str, code: str) -> None:
    assert corrected(clear=make_application(country=text)).clear.facts.country == code


def test_a_misspelled_country_is_only_proposed() -> None:
    result = corrected(clear=make_application(country="Brazill"))
    assert result.clear.facts.country == "Brazill"
    assert [(one.field, one.after) for one in result.proposed] == [("country", "BR")]


@pytest.mark.parametrize(
    ("city", "region", "expected"),
    [
        ("sao paulo - sp", "SP", "sao paulo"),
        ("lages - sc", "SC", "lages"),
        ("andira-pr", "PR", "andira"),
        ("auriflama/sp", "SP", "auriflama"),
        ("rio de janeiro / rio de janeiro", "RJ", "rio de janeiro"),
        ("rio de janeiro \\rio de janeiro", "RJ", "rio de janeiro"),
        ("rio de janeiro, rio de janeiro, brasil", "RJ", "rio de janeiro"),
        ("novo hamburgo, rio grande do sul, brasil", "RS", "novo hamburgo"),
        ("barbacena/ minas gerais", "MG", "barbacena"),
        ("santa barbara d\u00b4oeste", "SP", "santa barbara d'oeste"),
        # Not certain, so left as they are.
        ("lages - sc", "SP", "lages - sc"),
        ("santo andre/maua", "SP", "santo andre/maua"),
        ("arraial d'ajuda (porto seguro)", "BA", "arraial d'ajuda (porto seguro)"),
        ("vendas@creditparts.com.br", "PR", "vendas@creditparts.com.br"),
        ("4482255", "RJ", "4482255"),
        ("guajara-mirim", "RO", "guajara-mirim"),
        ("embu-guacu", "SP", "embu-guacu"),
        ("poa", "SP", "poa"),
    ],
)
def test_a_brazilian_city_is_mended_only_where_one_reading_is_possible(city: str, region: str, expected: str) -> None:
    result = corrected(clear=make_application(address=make_address(city=city, region=region)))
    assert result.clear.facts.address.city == expected


@pytest.mark.parametrize(("city", "region"), [("sbc/sp", "SP"), ("sbc", "SP")])
def test_an_abbreviated_city_is_proposed_in_full(city: str, region: str) -> None:
    result = corrected(clear=make_application(address=make_address(city=city, region=region)))
    assert [(one.before, one.after) for one in result.proposed] == [("sbc", "sao bernardo do campo")]


@pytest.mark.parametrize(
    ("postal_code", "region", "expected"),
    [
        ("4195", "SP", "04195"),
        ("4195000", "SP", "04195-000"),
        ("13023000", "SP", "13023-000"),
        ("13.023-000", "SP", "13023-000"),
        ("4195", "RJ", "4195"),
        ("4195", None, "4195"),
    ],
)
def test_a_brazilian_postal_code_gets_back_its_zero_where_that_is_certain(
    postal_code: str, region: str | None, expected: str
) -> None:
    address = make_address(postal_code=postal_code, region=region)
    assert corrected(clear=make_application(address=address)).clear.facts.address.postal_code == expected


def test_the_state_of_the_postal_code_is_only_proposed_against_the_one_that_was_given() -> None:
    given_other = corrected(clear=make_application(address=make_address(city="caxias do sul", postal_code="95076")))
    assert given_other.clear.facts.address.region == "SP"
    assert [(one.field, one.after) for one in given_other.proposed] == [("address.region", "RS")]
    given_none = corrected(clear=make_application(address=make_address(region=None)))
    assert given_none.clear.facts.address.region == "SP"


def test_other_countries_keep_their_own_ways() -> None:
    address = make_address(city="Frankfurt/Main", region=None, postal_code="60311", country="DE")
    result = corrected(clear=msgspec.structs.replace(make_application(address=address)))
    assert result.clear.facts.address == address
