"""Throw-away mailboxes, free ones, and those of another domain than the website."""

from __future__ import annotations

import msgspec
import pytest

from openaisle.suppliers.checks.check import CheckContext
from openaisle.suppliers.checks.email import EmailCheck
from openaisle.suppliers.mailboxes import same_owner
from openaisle.suppliers.policy import Lists
from openaisle.suppliers.verification import STANDARD_POLICY, Outcome
from tests.factories.contexts import NOON
from tests.factories.suppliers import SUPPLIER_ID, make_facts

POLICY = msgspec.structs.replace(STANDARD_POLICY, lists=Lists(disposable_domains=("ours.example",)))
CONTEXT = CheckContext(supplier_id=SUPPLIER_ID, tax_id=None, tax_id_fingerprint=None, at=NOON, policy=POLICY)


@pytest.mark.parametrize(
    ("email", "outcome", "codes"),
    [
        ("a@floresdosul.com.br", Outcome.PASS, []),
        ("a@mail.floresdosul.com.br", Outcome.PASS, []),
        ("a@gmail.com", Outcome.PASS, ["email-of-a-free-service"]),
        ("a@outra.com.br", Outcome.PASS, ["email-domain-differs"]),
        ("a@mailinator.com", Outcome.FAIL, ["email-disposable"]),
        ("a@Sub.MAILINATOR.com", Outcome.FAIL, ["email-disposable"]),
        ("a@ours.example.mailinator.org", Outcome.PASS, ["email-domain-differs"]),
    ],
)
async def test_a_mailbox_is_judged_by_its_domain(email: str, outcome: Outcome, codes: list[str]) -> None:
    result = await EmailCheck().examine(facts=make_facts(email=email), context=CONTEXT)
    assert (result.outcome, [finding.code for finding in result.findings]) == (outcome, codes)


def test_a_domain_that_only_ends_alike_has_another_owner() -> None:
    assert same_owner(domain="company.example", host="www.company.example")
    assert not same_owner(domain="notcompany.example", host="company.example")
