"""The bank account exists in form, lies in the supplier's country, and belongs to whom the supplier says it is."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import ClassVar

from rapidfuzz import fuzz
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

from openaisle.suppliers.checks.check import CheckContext
from openaisle.suppliers.dossier import BankAccount
from openaisle.suppliers.facts import SupplierFacts
from openaisle.suppliers.names import normalized_name
from openaisle.suppliers.tax_ids import masked
from openaisle.suppliers.verification import CheckFinding, CheckResult, Outcome, Severity, found, passed

_FIELD = "bank_account"
# Source: ABA routing number policy, 1910 and later: the first two digits name a Federal Reserve district or thrift.
_ROUTING_PREFIXES = frozenset({*range(13), *range(21, 33), *range(61, 73), 80})
_ROUTING_WEIGHTS = (3, 7, 1, 3, 7, 1, 3, 7, 1)
_ACCOUNT_DIGITS = {"US": range(4, 18), "GB": range(6, 11)}


class BankAccountCheck:
    """Fails an account that cannot exist; one abroad or of another holder is inconclusive. Nothing is asked of a bank.

    The modulus tables of British banks are licensed, so that of a sort code and its account only the form is checked.
    """

    name: ClassVar[str] = "bank_account"
    timeout_seconds: ClassVar[float] = 5.0

    async def examine(self, *, facts: SupplierFacts, context: CheckContext) -> CheckResult:
        """Return what the check found."""
        account = context.secrets.bank_account
        if account is None:
            finding = CheckFinding(
                field=_FIELD,
                code="bank-account-missing",
                severity=Severity.INFO,
                message="No bank account was given: nothing can be paid out.",
            )
            return found(check=self.name, outcome=Outcome.INCONCLUSIVE, findings=[finding], evidence={})
        country = account_country(account=account)
        evidence = {"country": country, "account": masked(text=account.number)}
        wrong = list(_wrong(account, country))
        if wrong:
            return found(check=self.name, outcome=Outcome.FAIL, findings=wrong, evidence=evidence)
        likeness = holder_likeness(holder=account.holder, facts=facts)
        evidence["holder_likeness"] = f"{likeness:.0f}"
        doubts = list(_doubts(facts, country, likeness, context.policy.thresholds.account_holder))
        if doubts:
            return found(check=self.name, outcome=Outcome.INCONCLUSIVE, findings=doubts, evidence=evidence)
        return passed(check=self.name, evidence=evidence)


def account_country(*, account: BankAccount) -> str:
    """Return the country the account lies in: that of its IBAN, else the one that was given."""
    return account.iban.strip()[:2].upper() if account.iban is not None else account.country


def holder_likeness(*, holder: str, facts: SupplierFacts) -> float:
    """Return how like the holder's name is to the supplier's, in percent; legal forms and word order do not count."""
    names = (facts.legal_name, facts.doing_business_as or facts.legal_name)
    return max(
        fuzz.token_sort_ratio(normalized_name(name=holder), normalized_name(name=name), score_cutoff=0)
        for name in names
    )


def routing_number_fits(*, number: str) -> bool:
    """Return whether nine digits are a routing number of the American Bankers Association."""
    if len(number) != 9 or not (number.isascii() and number.isdigit()):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_ROUTING_WEIGHTS, number, strict=True))
    return total % 10 == 0 and int(number[:2]) in _ROUTING_PREFIXES and number != "0" * 9


def _wrong(account: BankAccount, country: str) -> Iterator[CheckFinding]:
    if account.iban is not None:
        try:
            # For countries whose own check digits it does not know the library warns, and checks the rest.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                IBAN(_compact(account.iban), validate_bban=True)
        except (SchwiftyException, ValueError) as error:
            yield _error("iban", "iban-invalid", f"It is no IBAN: {_said(error)}.", "Copy it from a bank statement.")
        if account.country != country:
            yield _error(
                "iban",
                "iban-of-another-country",
                f"The IBAN lies in {country}, the account is said to lie in {account.country}.",
                "Correct the country of the account or its IBAN.",
            )
        return
    if country == "US":
        if not routing_number_fits(number=_compact(account.routing_number)):
            yield _error(
                "routing_number",
                "routing-number-invalid",
                "It is no routing number: nine digits, of which the last is a check digit.",
                "Copy the routing number for ACH transfers from a bank statement.",
            )
    elif country == "GB":
        sort_code = _compact(account.sort_code)
        if len(sort_code) != 6 or not (sort_code.isascii() and sort_code.isdigit()):
            yield _error(
                "sort_code", "sort-code-malformed", "It is no sort code of six digits.", "Give it as 20-00-00."
            )
    else:
        told = "An account outside the United States and the United Kingdom is known by its IBAN here."
        yield CheckFinding(field=f"{_FIELD}.iban", code="iban-missing", severity=Severity.WARNING, message=told)
        return
    number = _compact(account.account_number)
    if not (number.isascii() and number.isdigit()) or len(number) not in _ACCOUNT_DIGITS[country]:
        lengths = _ACCOUNT_DIGITS[country]
        yield _error(
            "account_number",
            "account-number-malformed",
            f"It is no account number of {lengths[0]} to {lengths[-1]} digits.",
            "Copy it from a bank statement.",
        )


def _doubts(facts: SupplierFacts, country: str, likeness: float, minimum: float) -> Iterator[CheckFinding]:
    if country != facts.country:
        yield CheckFinding(
            field=f"{_FIELD}.country",
            code="bank-account-abroad",
            severity=Severity.WARNING,
            message=f"The account lies in {country}, the supplier in {facts.country}.",
            suggestion="Ask why, and compare a statement of the bank.",
        )
    if likeness < minimum:
        yield CheckFinding(
            field=f"{_FIELD}.holder",
            code="bank-account-holder-differs",
            severity=Severity.WARNING,
            message="The holder of the account has not the supplier's name.",
            suggestion="Ask for a statement of the bank that names the supplier.",
        )


def _error(field: str, code: str, message: str, suggestion: str) -> CheckFinding:
    return CheckFinding(
        field=f"{_FIELD}.{field}", code=code, severity=Severity.ERROR, message=message, suggestion=suggestion
    )


def _said(error: Exception) -> str:
    # The library's sentences may repeat the account, which must not get into a finding.
    return {
        "InvalidChecksumDigits": "its check digits do not fit",
        "InvalidLength": "it has the wrong number of characters",
        "InvalidCountryCode": "its country has none",
        "InvalidBBANChecksum": "the bank's own check digits in it do not fit",
        "InvalidBankCode": "no bank has its bank code",
    }.get(type(error).__name__, "its structure is not that of its country")


def _compact(text: str | None) -> str:
    return "".join(character for character in text or "" if character not in " -./")
