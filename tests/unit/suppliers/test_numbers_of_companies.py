"""Numbers of companies that others judged, of every scheme that is known here."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard

from openaisle.suppliers.checks.bank_account import BankAccountCheck
from openaisle.suppliers.checks.check import CheckContext
from openaisle.suppliers.dossier import BankAccount, Secrets
from openaisle.suppliers.schemes import recognized, registration_schemes, tax_schemes
from openaisle.suppliers.verification import Outcome
from tests.factories.contexts import NOON
from tests.factories.suppliers import SUPPLIER_ID, make_facts

ROOT = Path(__file__).resolve().parents[3]
SHARED = Path(os.environ.get("SHARED_DATA_OPENAISLE", ROOT.parent / "shared" / "data"))
NUMBERS = SHARED / "companies" / "registration_numbers_stdnum.csv.zst"
REFERENCE = ROOT / "docs" / "reference" / "verification-checks.md"
pytestmark = pytest.mark.skipif(
    not NUMBERS.is_file(), reason="the numbers are not here; set SHARED_DATA_OPENAISLE to the folder above companies/"
)

# Numbers of books, references of payments, banks themselves and legal entities of the world are not judged by country.
OF_NO_COMPANY = frozenset({"bic", "ch.esr", "isbn", "iso11649", "lei"})
ACCOUNTS = frozenset({"iban", "be.iban"})


def numbers() -> Iterator[dict[str, str]]:
    with NUMBERS.open("rb") as packed:
        text = zstandard.ZstdDecompressor().stream_reader(packed).read().decode()
    yield from csv.DictReader(io.StringIO(text))


def country_of(row: dict[str, str]) -> str:
    scheme, number = row["scheme"], row["number"]
    country = number[:2].upper() if scheme == "eu.vat" else scheme[:2].upper()
    return {"EL": "GR"}.get(country, country)


def test_every_number_of_a_company_is_judged_as_others_judged_it() -> None:
    schemes, differences = set(), []
    for row in numbers():
        if row["scheme"] in OF_NO_COMPANY | ACCOUNTS:
            continue
        country = country_of(row)
        known = (*registration_schemes(country=country), *tax_schemes(country=country))
        valid = recognized(schemes=known, number=row["number"]) is not None
        schemes.add(row["scheme"])
        if str(valid) != row["valid"]:
            differences.append(row["number"])
    assert len(schemes) == 33
    # Both are of no single country; the reference says so.
    assert differences == ["EU372022452", "XI 432525179"]
    assert all(f"`{number}`" in REFERENCE.read_text(encoding="utf-8") for number in differences)


async def test_every_account_is_judged_as_others_judged_it() -> None:
    check, differences, count = BankAccountCheck(), [], 0
    for row in numbers():
        if row["scheme"] not in ACCOUNTS:
            continue
        count += 1
        account = BankAccount(holder="Flores do Sul", country=row["number"][:2].upper(), iban=row["number"])
        context = CheckContext(
            supplier_id=SUPPLIER_ID,
            tax_id=None,
            tax_id_fingerprint=None,
            at=NOON,
            secrets=Secrets(bank_account=account),
        )
        result = await check.examine(facts=make_facts(country=account.country), context=context)
        if str(result.outcome is not Outcome.FAIL) != row["valid"]:
            differences.append(row["number"])
    assert (count, differences) == (325, [])
