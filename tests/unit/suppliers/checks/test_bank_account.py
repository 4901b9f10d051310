"""Bank accounts that exist in form, that do not, and that are doubtful."""

from __future__ import annotations

from typing import Any

import pytest

from openaisle.suppliers.checks.bank_account import BankAccountCheck, routing_number_fits
from openaisle.suppliers.checks.check import CheckContext
from openaisle.suppliers.dossier import BankAccount, Secrets
from openaisle.suppliers.verification import CheckResult, Outcome
from tests.factories.contexts import NOON
from tests.factories.suppliers import SUPPLIER_ID, make_facts

IBAN = "DE89 3704 0044 0532 0130 00"


async def examined(*, country: str = "DE", name: str = "Muster GmbH", **account: Any) -> CheckResult:
    given = BankAccount(**{"holder": "MUSTER GMBH", "country": country, **account})
    context = CheckContext(
        supplier_id=SUPPLIER_ID, tax_id=None, tax_id_fingerprint=None, at=NOON, secrets=Secrets(bank_account=given)
    )
    return await BankAccountCheck().examine(facts=make_facts(country=country, legal_name=name), context=context)


def codes(result: CheckResult) -> list[str]:
    return [finding.code for finding in result.findings]


@pytest.mark.parametrize(
    ("country", "account"),
    [
        ("DE", {"iban": IBAN}),
        ("NO", {"iban": "NO07.8380.08.06006"}),
        ("US", {"routing_number": "021000021", "account_number": "123456789"}),
        ("GB", {"sort_code": "20-00-00", "account_number": "55779911"}),
    ],
)
async def test_an_account_that_fits_passes_and_its_evidence_hides_it(country: str, account: dict[str, str]) -> None:
    result = await examined(country=country, **account)
    assert result.outcome is Outcome.PASS
    assert "****" in result.evidence["account"]


@pytest.mark.parametrize(
    ("country", "account", "code"),
    [
        ("DE", {"iban": "DE88 3704 0044 0532 0130 00"}, "iban-invalid"),
        ("DE", {"iban": "XX89370400440532013000"}, "iban-invalid"),
        ("FR", {"iban": IBAN}, "iban-of-another-country"),
        ("US", {"routing_number": "021000022", "account_number": "123456789"}, "routing-number-invalid"),
        ("US", {"routing_number": "021000021", "account_number": "12"}, "account-number-malformed"),
        ("GB", {"sort_code": "20-00", "account_number": "55779911"}, "sort-code-malformed"),
        ("GB", {"sort_code": "20-00-00", "account_number": "5577991155779"}, "account-number-malformed"),
        ("GB", {"sort_code": "20-00-00"}, "account-number-malformed"),
    ],
)
async def test_an_account_that_cannot_exist_fails_without_repeating_it(
    country: str, account: dict[str, str], code: str
) -> None:
    result = await examined(country=country, **account)
    assert result.outcome is Outcome.FAIL
    assert code in codes(result)
    told = " ".join(finding.message for finding in result.findings)
    assert all(text not in told for text in account.values())


async def test_an_account_abroad_or_of_another_holder_is_doubtful() -> None:
    given = BankAccount(holder="Somebody Else", country="FR", iban="FR14 2004 1010 0505 0001 3M02 606")
    context = CheckContext(
        supplier_id=SUPPLIER_ID, tax_id=None, tax_id_fingerprint=None, at=NOON, secrets=Secrets(bank_account=given)
    )
    result = await BankAccountCheck().examine(facts=make_facts(country="DE"), context=context)
    assert result.outcome is Outcome.INCONCLUSIVE
    assert codes(result) == ["bank-account-abroad", "bank-account-holder-differs"]


async def test_order_of_words_case_and_legal_form_do_not_make_another_holder() -> None:
    result = await examined(name="Flores do Sul Ltda", holder="SUL FLORES DO", iban=IBAN)
    assert result.outcome is Outcome.PASS


async def test_an_account_elsewhere_needs_an_iban() -> None:
    result = await examined(country="FR", account_number="1234567")
    assert codes(result) == ["iban-missing"]


def test_the_last_digit_of_a_routing_number_is_a_check_digit() -> None:
    assert [digit for digit in range(10) if routing_number_fits(number=f"02100002{digit}")] == [1]
    assert not routing_number_fits(number="000000000")
    assert not routing_number_fits(number="٠٢١٠٠٠٠٢١")
