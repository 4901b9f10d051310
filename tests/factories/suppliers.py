"""Suppliers for tests: a clean Brazilian applicant, and whatever is made of it."""

from __future__ import annotations

from typing import Any

import msgspec

from openaisle.suppliers.facts import Address, ClearFacts, SupplierFacts
from openaisle.suppliers.model import Supplier, SupplierState, decide_applied
from openaisle.suppliers.verification import CheckFinding, CheckResult, Outcome, Severity, found, passed
from tests.factories.contexts import make_context

CNPJ = "11222333000181"
OTHER_CNPJ = "00000000000191"
SUPPLIER_ID = "sup_01jd0000000000000000000000"


def make_address(**changes: Any) -> Address:
    address = Address(
        street_lines=("Rua das Flores 12",), city="campinas", postal_code="13023-000", region="SP", country=None
    )
    return msgspec.structs.replace(address, **changes)


def make_facts(**changes: Any) -> SupplierFacts:
    """Facts that pass every check without correction."""
    facts = SupplierFacts(
        legal_name="Flores do Sul Ltda",
        country="BR",
        registration_number=CNPJ,
        email="contato@floresdosul.com.br",
        phone="+5511961234567",
        address=make_address(),
        website="https://www.floresdosul.com.br",
    )
    return msgspec.structs.replace(facts, **changes)


def make_application(*, tax_id: str | None = CNPJ, **changes: Any) -> ClearFacts:
    return ClearFacts(facts=make_facts(**changes), tax_id=tax_id)


def make_supplier(*, state: SupplierState = SupplierState.APPLIED, **changes: Any) -> Supplier:
    supplier = decide_applied(supplier_id=SUPPLIER_ID, facts=make_facts(), tax_id=None, context=make_context())
    return msgspec.structs.replace(supplier, state=state, **changes)


def make_result(
    *, check: str = "address", outcome: Outcome = Outcome.PASS, severity: Severity = Severity.WARNING, code: str = "odd"
) -> CheckResult:
    if outcome is Outcome.PASS:
        return passed(check=check, evidence={})
    finding = CheckFinding(field=check, code=code, severity=severity, message=f"{check} is {code}.")
    return found(check=check, outcome=outcome, findings=[finding], evidence={})
