"""Each check on facts that pass, that fail, and that leave it in doubt."""

from __future__ import annotations

from typing import Any

import pytest

from openaisle.suppliers.checks.address import AddressCheck
from openaisle.suppliers.checks.check import Check, CheckContext
from openaisle.suppliers.checks.country import CountryCheck
from openaisle.suppliers.checks.duplicate import DuplicateCheck
from openaisle.suppliers.checks.email import EmailCheck
from openaisle.suppliers.checks.phone import PhoneCheck
from openaisle.suppliers.checks.registration_number import RegistrationNumberCheck
from openaisle.suppliers.checks.tax_id import TaxIdCheck
from openaisle.suppliers.checks.website import WebsiteCheck
from openaisle.suppliers.verification import CheckResult, Outcome, Severity
from tests.factories.contexts import NOON
from tests.factories.suppliers import CNPJ, SUPPLIER_ID, make_address, make_facts


async def examined(check: Check, *, tax_id: str | None = None, **facts: Any) -> CheckResult:
    context = CheckContext(supplier_id=SUPPLIER_ID, tax_id=tax_id, tax_id_fingerprint=None, at=NOON)
    return await check.examine(facts=make_facts(**facts), context=context)


def codes(result: CheckResult) -> list[str]:
    return [finding.code for finding in result.findings]


async def test_a_country_must_be_one() -> None:
    assert (await examined(CountryCheck())).outcome is Outcome.PASS
    wrong = await examined(CountryCheck(), country="Brazill")
    assert wrong.outcome is Outcome.FAIL
    assert wrong.suggestion == "Perhaps BR is meant."
    assert (await examined(CountryCheck(), address=make_address(country="XX"))).outcome is Outcome.FAIL


# Each is the country's own published example, a number of a public body, or made with the scheme's check digits.
@pytest.mark.parametrize(
    ("country", "number"),
    [
        ("AU", "83 914 571 673"),
        ("BR", "11.222.333/0001-81"),
        ("CA", "12302 6635 RC 0001"),
        ("CH", "CHE-100.155.212"),
        ("CN", "91110000600037341L"),
        ("DE", "Aachen HRA 11223"),
        ("DE", "DE 136,695 976"),
        ("ES", "A13 585 625"),
        ("FR", "552 008 443"),
        ("GB", "SC123456"),
        ("GB", "2065"),
        ("IN", "27AAPFU0939F1ZV"),
        ("IT", "IT 00743110157"),
        ("JP", "5-8356-7825-6246"),
        ("NL", "NL4495445B01"),
        ("PL", "PL 8567346215"),
        ("US", "91-1144442"),
    ],
)
async def test_a_registration_number_of_its_country_passes(country: str, number: str) -> None:
    result = await examined(RegistrationNumberCheck(), country=country, registration_number=number)
    assert result.outcome is Outcome.PASS, result


@pytest.mark.parametrize(
    ("country", "number", "told"),
    [
        ("BR", "11222333000180", "check digit"),
        ("BR", "1122233300018", "number of characters"),
        ("GB", "QQ123456", "characters that do not belong"),
        ("GB", "123456789", "number of characters"),
        ("US", "07-1144442", "does not exist"),
        ("DE", CNPJ, "is no German"),
        ("AU", "", "characters that do not belong"),
        ("CN", "٣٣٣٣٣٣٣٣٣٣٣٣٣٣٣٣٣٣", "characters"),
    ],
)
async def test_a_wrong_registration_number_fails_and_the_reason_is_told(country: str, number: str, told: str) -> None:
    result = await examined(RegistrationNumberCheck(), country=country, registration_number=number)
    assert result.outcome is Outcome.FAIL
    assert told in result.findings[0].message


@pytest.mark.parametrize("country", ["NG", "Atlantis"])
async def test_a_number_of_an_unknown_scheme_is_only_noted(country: str) -> None:
    result = await examined(RegistrationNumberCheck(), country=country)
    assert (result.outcome, result.severity) == (Outcome.INCONCLUSIVE, Severity.INFO)


@pytest.mark.parametrize(
    ("country", "tax_id", "outcome"),
    [
        ("BR", CNPJ, Outcome.PASS),
        ("BR", "529.982.247-25", Outcome.PASS),
        ("BR", "529.982.247-26", Outcome.FAIL),
        ("GB", "GB 980 7806 84", Outcome.PASS),
        ("US", "91-1144442", Outcome.PASS),
        ("NG", "A004416331M", Outcome.INCONCLUSIVE),
        ("BR", None, Outcome.INCONCLUSIVE),
    ],
)
async def test_a_tax_id_is_tested_by_its_country_and_shown_masked(
    country: str, tax_id: str | None, outcome: Outcome
) -> None:
    result = await examined(TaxIdCheck(), tax_id=tax_id, country=country)
    assert result.outcome is outcome
    assert tax_id is None or tax_id not in str(result)


@pytest.mark.parametrize(
    ("email", "outcome"),
    [
        ("contato@floresdosul.com.br", Outcome.PASS),
        ("comércio@exämple.de", Outcome.PASS),
        ("a@b", Outcome.FAIL),
        ("a b@c.com", Outcome.FAIL),
        ("two@at@c.com", Outcome.FAIL),
        ("a@localhost", Outcome.FAIL),
        ("a@[10.0.0.1]", Outcome.FAIL),
        ("x" * 65 + "@c.com", Outcome.FAIL),
        ("a@c.com\nBcc: everybody@c.com", Outcome.FAIL),
    ],
)
async def test_an_email_address_is_one_that_can_receive_mail(email: str, outcome: Outcome) -> None:
    assert (await examined(EmailCheck(), email=email)).outcome is outcome


async def test_a_telephone_number_can_exist_and_fits_the_country() -> None:
    assert (await examined(PhoneCheck())).outcome is Outcome.PASS
    assert (await examined(PhoneCheck(), phone="123")).outcome is Outcome.FAIL
    assert (await examined(PhoneCheck(), phone="no number")).outcome is Outcome.FAIL
    abroad = await examined(PhoneCheck(), phone="+4930901820")
    assert (abroad.outcome, abroad.severity) == (Outcome.INCONCLUSIVE, Severity.INFO)


@pytest.mark.parametrize(
    ("website", "outcome"),
    [
        ("https://www.floresdosul.com.br/loja?x=1", Outcome.PASS),
        ("https://exämple.de", Outcome.PASS),
        ("http://www.floresdosul.com.br", Outcome.FAIL),
        ("ftp://floresdosul.com.br", Outcome.FAIL),
        ("javascript:alert(1)", Outcome.FAIL),
        ("https://10.0.0.1/", Outcome.FAIL),
        ("https://[::1]/", Outcome.FAIL),
        ("https://2130706433/", Outcome.FAIL),
        ("https://0x7f.1/", Outcome.FAIL),
        ("https://localhost/", Outcome.FAIL),
        ("https://intranet/", Outcome.FAIL),
        ("https://printer.local/", Outcome.FAIL),
        ("https://name:password@floresdosul.com.br/", Outcome.FAIL),
        ("https://floresdosul.com.br:port/", Outcome.FAIL),
        ("https://-a.com/", Outcome.FAIL),
        ("https://a..com/", Outcome.FAIL),
        ("https://" + "a" * 64 + ".com/", Outcome.FAIL),
        ("https://", Outcome.FAIL),
        ("https://[", Outcome.FAIL),
        (None, Outcome.INCONCLUSIVE),
    ],
)
async def test_a_website_is_a_public_one(website: str | None, outcome: Outcome) -> None:
    assert (await examined(WebsiteCheck(), website=website)).outcome is outcome


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"postal_code": "13023"}, []),
        ({"postal_code": "1302"}, ["postal-code-malformed", "postal-code-unassigned"]),
        ({"postal_code": "00500-000"}, ["postal-code-unassigned"]),
        ({"postal_code": "95076-000"}, ["region-and-postal-code-differ"]),
        ({"region": "XX"}, ["region-unknown"]),
        ({"city": "4482255"}, ["city-without-letters"]),
        ({"city": "vendas@creditparts.com.br"}, ["city-is-an-email"]),
        ({"city": "arraial d'ajuda (porto seguro)"}, ["city-holds-more"]),
        ({"city": "sbc"}, ["city-abbreviated"]),
        ({"city": "campinas 2"}, ["city-holds-digits"]),
        ({"country": "DE", "postal_code": "60311", "city": "Frankfurt am Main", "region": None}, []),
        ({"country": "DE", "postal_code": "6031"}, ["postal-code-malformed"]),
        ({"country": "GB", "postal_code": "SW1A 1AA", "region": None}, []),
        ({"country": "FR", "postal_code": "75015", "city": "Paris 15"}, []),
        ({"country": "CD", "postal_code": "-"}, ["postal-code-form-unknown"]),
    ],
)
async def test_an_address_fits_its_country(changes: dict[str, Any], expected: list[str]) -> None:
    result = await examined(AddressCheck(), address=make_address(**changes))
    assert codes(result) == expected


class FakeClaims:
    def __init__(self, holders: dict[str, str]) -> None:
        self._holders = holders

    async def holders(self, *, claims: Any) -> list[str | None]:
        return [self._holders.get(claim) for claim in claims]


async def test_a_number_of_another_supplier_fails_and_its_evidence_is_confidential() -> None:
    claim = f"registration#BR#{CNPJ}"
    assert (await examined(DuplicateCheck(claim_holders=FakeClaims({claim: SUPPLIER_ID})))).outcome is Outcome.PASS
    result = await examined(DuplicateCheck(claim_holders=FakeClaims({claim: "sup_other"})))
    assert result.outcome is Outcome.FAIL
    assert result.confidential
    assert "sup_other" not in str(result.findings)


async def test_a_right_number_for_the_wrong_country_fails_and_says_where_it_fits() -> None:
    result = await examined(RegistrationNumberCheck(), country="DE", registration_number=CNPJ)
    assert result.outcome is Outcome.FAIL
    assert "BR (Brazilian CNPJ)" in (result.suggestion or "")
