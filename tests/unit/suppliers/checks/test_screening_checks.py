"""The checks that go by loaded lists: sanctions, and the LEI."""

# ruff: noqa: RUF001 - letters that look alike are what this is about

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from openaisle.kernel.context import SupplierScope
from openaisle.suppliers.checks.check import Check, CheckContext
from openaisle.suppliers.checks.legal_entity_identifier import LegalEntityIdentifierCheck
from openaisle.suppliers.checks.sanctions import SanctionsCheck
from openaisle.suppliers.dossier import Contact, ContactRole, Dossier, Person, PersonRole
from openaisle.suppliers.model import SupplierState
from openaisle.suppliers.screening.entries import ListName
from openaisle.suppliers.screening.screening import NameScreening
from openaisle.suppliers.verification import CheckResult, Outcome, Severity
from tests.factories.contexts import NOON
from tests.factories.screening import GLEIF_LINES, LEI, OTHER_LEI, load_lines, make_lists
from tests.factories.suppliers import SUPPLIER_ID, make_application, make_facts
from tests.support.supplier_stage import SupplierStage


@pytest.fixture
async def screening(tmp_path: Path) -> NameScreening:
    lists = make_lists(tmp_path)
    await load_lines(lists)
    await load_lines(lists, name=ListName.GLEIF, lines=GLEIF_LINES)
    return NameScreening(lists=lists)


async def examined(check: Check, **facts: Any) -> CheckResult:
    context = CheckContext(supplier_id=SUPPLIER_ID, tax_id=None, tax_id_fingerprint=None, at=NOON)
    return await check.examine(facts=make_facts(**facts), context=context)


def codes(result: CheckResult) -> list[str]:
    return [finding.code for finding in result.findings]


async def test_a_name_like_a_listed_one_fails_with_the_entry_as_evidence(screening: NameScreening) -> None:
    result = await examined(SanctionsCheck(screening=screening), legal_name="Nordwind Shiping GmbH")
    assert (result.outcome, codes(result), result.confidential) == (Outcome.FAIL, ["name-on-sanctions-list"], True)
    assert result.evidence["list"] == "ofac-sdn"
    assert "entry 36" in result.evidence["legal_name.match_1"]
    assert "CUBA" in result.evidence["legal_name.match_1"]


async def test_the_name_it_goes_by_is_screened_too(screening: NameScreening) -> None:
    result = await examined(SanctionsCheck(screening=screening), doing_business_as="Sergei Petrenkov Ivanovich")
    assert (result.outcome, [finding.field for finding in result.findings]) == (Outcome.FAIL, ["doing_business_as"])
    assert "individual; programs SDGT, IFSR" in result.evidence["doing_business_as.match_1"]


async def test_who_stands_behind_it_and_speaks_for_it_is_screened_too(screening: NameScreening) -> None:
    listed = "Sergei Petrenkov Ivanovich"
    dossier = Dossier(
        people=(
            Person(role=PersonRole.REPRESENTATIVE, name="Ana Souza"),
            Person(role=PersonRole.BENEFICIAL_OWNER, name=listed, share=100),
        ),
        contacts=(Contact(role=ContactRole.FINANCE, name=listed), Contact(role=ContactRole.ORDERS, name="Ana Souza")),
    )
    result = await examined(SanctionsCheck(screening=screening), dossier=dossier)
    assert result.outcome is Outcome.FAIL
    assert [finding.field for finding in result.findings] == ["people.1.name", "contacts.0.name"]
    assert result.evidence["people.1.name.whose"] == "beneficial owner"
    assert result.evidence["contacts.0.name.whose"] == "contact for finance"
    assert "score" in result.evidence["people.1.name.match_1"]
    assert "entry 173" in result.evidence["people.1.name.match_1"]
    assert result.evidence["people.0.name"] == "Ana Souza"
    assert "people.0.name.match_1" not in result.evidence
    assert {finding.about for finding in result.findings} == {"ofac-sdn: 173; Sergei Petrenkov Ivanovich"}


async def test_another_name_passes_and_says_which_list_it_was_compared_with(screening: NameScreening) -> None:
    result = await examined(SanctionsCheck(screening=screening))
    assert result.outcome is Outcome.PASS
    assert result.evidence["list_version"] == "0" * 16


async def test_without_a_list_the_check_is_inconclusive_and_stops_nobody(tmp_path: Path) -> None:
    result = await examined(SanctionsCheck(screening=NameScreening(lists=make_lists(tmp_path))))
    assert (result.outcome, result.severity, codes(result)) == (
        Outcome.INCONCLUSIVE,
        Severity.INFO,
        ["sanctions-list-not-loaded"],
    )


@pytest.mark.parametrize(
    ("name", "code"),
    [("中国银行", "name-not-comparable"), ("!!!", "name-not-comparable"), ("Flоres dо Sul", "name-disguised")],
)
async def test_odd_writing_goes_to_a_person(screening: NameScreening, name: str, code: str) -> None:
    result = await examined(SanctionsCheck(screening=screening), legal_name=name)
    assert (result.outcome, codes(result)) == (Outcome.INCONCLUSIVE, [code])
    assert result.severity is Severity.WARNING


async def test_an_lei_of_the_same_name_and_country_passes(screening: NameScreening) -> None:
    result = await examined(LegalEntityIdentifierCheck(screening=screening), lei=LEI.lower())
    assert (result.outcome, result.evidence["listed_name"]) == (Outcome.PASS, "Flores do Sul Limitada")


@pytest.mark.parametrize(
    ("lei", "outcome", "expected"),
    [
        (LEI[:-1] + "7", Outcome.FAIL, ["lei-invalid"]),
        ("x", Outcome.FAIL, ["lei-invalid"]),
        (OTHER_LEI, Outcome.FAIL, ["lei-of-another-name", "lei-of-another-country"]),
        ("00QDBXDXLLF3W3JJJO36", Outcome.INCONCLUSIVE, ["lei-not-listed"]),
    ],
)
async def test_an_lei_that_is_not_the_suppliers_is_told(
    screening: NameScreening, lei: str, outcome: Outcome, expected: list[str]
) -> None:
    result = await examined(LegalEntityIdentifierCheck(screening=screening), lei=lei)
    assert (result.outcome, codes(result)) == (outcome, expected)


async def test_an_lei_of_another_country_only_is_told(screening: NameScreening) -> None:
    result = await examined(LegalEntityIdentifierCheck(screening=screening), lei=LEI, country="PT")
    assert codes(result) == ["lei-of-another-country"]


async def test_without_an_lei_those_of_the_same_name_are_named(screening: NameScreening) -> None:
    result = await examined(LegalEntityIdentifierCheck(screening=screening))
    assert (result.outcome, result.evidence) == (Outcome.PASS, {f"listed_{LEI}": "Flores do Sul Limitada"})


async def test_without_the_register_only_the_check_digits_are_known(tmp_path: Path) -> None:
    check = LegalEntityIdentifierCheck(screening=NameScreening(lists=make_lists(tmp_path)))
    assert codes(await examined(check, lei=LEI)) == ["lei-list-not-loaded"]
    assert (await examined(check)).outcome is Outcome.PASS


async def test_a_listed_newcomer_goes_into_review_and_learns_nothing_of_the_list(stage: SupplierStage) -> None:
    await load_lines(stage.lists)
    listed = await stage.verified(make_application(legal_name="Zavod Impulsar Ltda"))
    assert listed.state is SupplierState.IN_REVIEW
    (task,) = await stage.open_tasks()
    assert [finding.code for finding in task.findings] == ["name-on-sanctions-list"]
    scope = SupplierScope(supplier_id=listed.supplier_id)
    own = await stage.queries.own(scope=scope, at=stage.clock.now())
    (check,) = [check for check in own.verifications[0].checks if check.check == "sanctions"]
    assert check.evidence == {}
