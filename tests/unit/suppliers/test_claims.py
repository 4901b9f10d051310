"""No two suppliers have one bank account or tax id; what one lets go another may have, and none stands in clear."""

from __future__ import annotations

from pathlib import Path

import pytest

from openaisle.reviews.model import Decision
from openaisle.suppliers.dossier import BankAccount, Secrets, TaxNumber
from openaisle.suppliers.facts import ClearFacts
from openaisle.suppliers.model import SupplierState
from openaisle.suppliers.repository import CLAIMS, SUPPLIERS, supplier_key
from openaisle.suppliers.views import SupplierView
from tests.factories.suppliers import make_facts
from tests.journeys.marketplace import cnpj
from tests.support.supplier_stage import SupplierStage

FIRST_IBAN = "BR1800360305000010009795493C1"
SECOND_IBAN = "BR1500000000000010932840814P2"
GERMAN_TAX_ID = "DE136695976"


def application(name: str, **secrets: object) -> ClearFacts:
    number = cnpj()
    facts = make_facts(
        legal_name=f"{name} Comercio Ltda",
        registration_number=number,
        email=f"contato@{name.lower()}.com.br",
        website=None,
        phone=f"+55119{number[4:12]}",
    )
    return ClearFacts(facts=facts, tax_id=None, secrets=Secrets(**secrets))  # type: ignore[arg-type]


def account(name: str, iban: str = FIRST_IBAN) -> BankAccount:
    return BankAccount(holder=f"{name} Comercio Ltda", country="BR", iban=iban)


def duplicates(supplier: SupplierView) -> list[str]:
    (check,) = [one for one in supplier.verifications[0].checks if one.check == "duplicate"]
    return [finding.code for finding in check.findings]


async def held(stage: SupplierStage, supplier_id: str) -> set[str]:
    item = await stage.table.get(key=supplier_key(supplier_id=supplier_id))
    assert item is not None
    return {claim.partition("#")[0] for claim in SUPPLIERS.decode(item).record.claims}


async def test_an_active_supplier_holds_its_bank_account_and_every_tax_id(stage: SupplierStage) -> None:
    told = application("Alfa", bank_account=account("Alfa"), tax_ids=(TaxNumber(country="DE", number=GERMAN_TAX_ID),))
    supplier = await stage.verified(told)
    assert supplier.state is SupplierState.ACTIVE, supplier.reason
    assert await held(stage, supplier.supplier_id) == {"registration", "bank_account", "tax_id"}


@pytest.mark.parametrize("iban", [FIRST_IBAN, "br18 0036 0305 0000 1000 9795 493c 1"])
async def test_the_same_bank_account_is_found_at_another_supplier_however_it_is_written(
    stage: SupplierStage, iban: str
) -> None:
    first = await stage.verified(application("Alfa", bank_account=account("Alfa")))
    second = await stage.verified(application("Bravo", bank_account=account("Bravo", iban)))
    assert second.state is SupplierState.IN_REVIEW
    assert duplicates(second) == ["bank-account-held-by-another"]
    (check,) = [one for one in second.verifications[0].checks if one.check == "duplicate"]
    assert check.evidence == {"bank_account": first.supplier_id}
    assert iban not in second.verifications[0].reason


async def test_a_tax_id_is_found_at_another_supplier_that_names_it_among_further_ones(stage: SupplierStage) -> None:
    number = cnpj()
    facts = application("Alfa").facts
    await stage.verified(ClearFacts(facts=facts, tax_id=number))
    second = await stage.verified(application("Bravo", tax_ids=(TaxNumber(country="BR", number=number),)))
    assert duplicates(second) == ["tax-id-held-by-another"]


@pytest.mark.parametrize(
    ("country", "number"), [("DE", "136 695 976"), ("Germany", "DE136695976"), ("DE", "de136695976")]
)
async def test_the_same_tax_id_is_found_however_it_is_written(stage: SupplierStage, country: str, number: str) -> None:
    await stage.verified(application("Alfa", tax_ids=(TaxNumber(country="DE", number=GERMAN_TAX_ID),)))
    second = await stage.verified(application("Bravo", tax_ids=(TaxNumber(country=country, number=number),)))
    assert duplicates(second) == ["tax-id-held-by-another"]


async def test_an_account_that_a_revision_leaves_is_free_and_the_new_one_is_held(stage: SupplierStage) -> None:
    first = (await stage.verified(application("Alfa", bank_account=account("Alfa")))).supplier_id
    changes: dict[str, object] = {"bank_account": account("Alfa", SECOND_IBAN)}
    await stage.suppliers.revise(supplier_id=first, changes=changes, context=stage.operator())
    await stage.settle()
    # The old account stays in force, and held, until the new one is verified.
    waiting = await stage.verified(application("Bravo", bank_account=account("Bravo")))
    assert duplicates(waiting) == ["bank-account-held-by-another"]
    await stage.settled_review(supplier_id=first, decision=Decision.APPROVED)
    assert (await stage.view(first)).open_revision is None
    free = await stage.verified(application("Charlie", bank_account=account("Charlie")))
    assert free.state is SupplierState.ACTIVE
    taken = await stage.verified(application("Delta", bank_account=account("Delta", SECOND_IBAN)))
    assert duplicates(taken) == ["bank-account-held-by-another"]


async def test_who_leaves_lets_its_account_go(stage: SupplierStage) -> None:
    first = (await stage.verified(application("Alfa", bank_account=account("Alfa")))).supplier_id
    await stage.life.give_notice(supplier_id=first, reason="No sales.", immediate_ground=None, context=stage.operator())
    await stage.days_pass(31)
    assert await held(stage, first) == set()
    assert (await stage.verified(application("Bravo", bank_account=account("Bravo")))).state is SupplierState.ACTIVE


async def test_a_claim_tells_no_number(stage: SupplierStage, tmp_path: Path) -> None:
    told = application("Alfa", bank_account=account("Alfa"), tax_ids=(TaxNumber(country="DE", number=GERMAN_TAX_ID),))
    supplier = await stage.verified(told)
    item = await stage.table.get(key=supplier_key(supplier_id=supplier.supplier_id))
    assert item is not None
    claims = SUPPLIERS.decode(item).record.claims
    assert CLAIMS.kind == "uniqueness_claim"
    for secret in (FIRST_IBAN, FIRST_IBAN[4:], GERMAN_TAX_ID, GERMAN_TAX_ID[2:]):
        assert not any(secret in claim for claim in claims)
        for file in ("store.db", "store.db-wal"):
            assert secret.encode() not in (tmp_path / file).read_bytes()
