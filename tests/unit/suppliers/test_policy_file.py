"""The policy file: the standard one, an operator's own, and every mistake explained."""

from __future__ import annotations

import pytest

from openaisle.suppliers.facts import BusinessModel
from openaisle.suppliers.policy_file import (
    PolicyInvalid,
    checks_named,
    read_policy,
    standard_policy,
    standard_policy_text,
    unknown_checks,
)
from openaisle.suppliers.verification import STANDARD_POLICY, Action, Outcome, Verdict, could_not_run, judged
from tests.factories.suppliers import make_result

MARKETPLACE, DROP_SHIP = BusinessModel.MARKETPLACE, BusinessModel.DROP_SHIP


def changed(before: str, after: str) -> str:
    text = standard_policy_text()
    assert before in text
    return text.replace(before, after, 1)


def test_the_file_that_ships_says_what_the_standard_policy_says() -> None:
    assert standard_policy() == STANDARD_POLICY
    assert standard_policy().digest == STANDARD_POLICY.digest


def test_the_digest_goes_by_what_is_said_and_not_by_comments() -> None:
    commented = read_policy(text="# Ours.\n" + standard_policy_text(), source="policy.toml")
    stricter = read_policy(text=changed("similar_name = 92.0", "similar_name = 90.0"), source="policy.toml")
    assert commented.digest == STANDARD_POLICY.digest
    assert stricter.digest != STANDARD_POLICY.digest


@pytest.mark.parametrize(
    ("before", "after", "place", "told"),
    [
        ('on_fail = "reject"', 'on_fail = "refuse"', "checks.registration_number.on_fail", "allowed are note, ask"),
        ("similar_name = 92.0", "similar_name = 192.0", "thresholds.similar_name", "<= 100"),
        ("similar_name = 92.0", 'similar_name = "high"', "thresholds.similar_name", "expected a number, got a text"),
        ("[lists]", "[lists]\nextra = 1", "lists", "allowed are disposable_domains, free_mail_domains"),
        ('version = "standard-2"', "", "policy.toml", "lacks the required field `version`"),
        ("enabled = false", 'enabled = "no"', "checks.website_answer.enabled", "expected true or false"),
        ("[checks.phone]", '[checks.phone]\ncountries = ["Peru"]', "checks.phone.countries[0]", "ISO 3166"),
        ("[checks.phone]", '[checks.phone]\nbusiness_models = ["b2b"]', "checks.phone.business_models[0]", "drop_ship"),
        ("disposable_domains = []", 'disposable_domains = ["x"]', "lists.disposable_domains[0]", "length"),
        ("[otherwise]", "[otherwise", "policy.toml", "it is no TOML"),
    ],
)
def test_a_mistake_is_explained_by_file_key_and_what_is_allowed(before: str, after: str, place: str, told: str) -> None:
    with pytest.raises(PolicyInvalid) as refused:
        read_policy(text=changed(before, after), source="policy.toml")
    assert refused.value.detail.startswith("policy.toml")
    assert refused.value.findings[0].pointer == place
    assert told in refused.value.detail


def test_an_exception_goes_over_the_rule_for_its_countries_and_business_models() -> None:
    exception = """
[[exceptions]]
countries = ["CR"]
business_models = ["drop_ship"]
[exceptions.checks.registration_number]
on_fail = "ask"
on_inconclusive = "note"

[[documents]]
kinds = ["register_extract"]
countries = ["CR"]
[[documents]]
kinds = ["bank_statement"]
"""
    policy = read_policy(text=standard_policy_text() + exception, source="policy.toml")
    rules = {
        (country, model): policy.rule(check="registration_number", country=country, business_model=model).on_fail
        for country in ("CR", "BR")
        for model in BusinessModel
    }
    assert rules == {
        ("CR", DROP_SHIP): Action.ASK,
        ("CR", MARKETPLACE): Action.REJECT,
        ("BR", DROP_SHIP): Action.REJECT,
        ("BR", MARKETPLACE): Action.REJECT,
    }
    assert policy.documents_of(country="CR", business_model=MARKETPLACE) == ("register_extract", "bank_statement")
    assert policy.documents_of(country="BR", business_model=MARKETPLACE) == ("bank_statement",)


def test_a_rule_says_of_whom_its_check_is_asked() -> None:
    text = changed("[checks.tax_id]", '[checks.tax_id]\ncountries = ["BR"]\nbusiness_models = ["marketplace"]')
    rule = read_policy(text=text, source="policy.toml").rules["tax_id"]
    assert rule.concerns(country="BR", business_model=MARKETPLACE)
    assert not rule.concerns(country="US", business_model=MARKETPLACE)
    assert not rule.concerns(country="BR", business_model=DROP_SHIP)
    assert not STANDARD_POLICY.rules["website_answer"].concerns(country="BR", business_model=MARKETPLACE)


def test_what_the_policy_asks_of_the_supplier_is_neither_review_nor_rejection() -> None:
    text = changed('[checks.email]\non_fail = "review"', '[checks.email]\non_fail = "ask"')
    policy = read_policy(text=text, source="policy.toml")
    asked = make_result(check="email", outcome=Outcome.FAIL)
    doubtful = make_result(check="phone", outcome=Outcome.FAIL)
    assert judged(policy=policy, results=[asked], approvals=()).verdict is Verdict.ASKED
    assert judged(policy=policy, results=[asked, doubtful], approvals=()).verdict is Verdict.IN_REVIEW


def test_a_check_that_could_not_run_is_never_only_noted() -> None:
    failed = could_not_run(check="website", error="TimeoutError", cause="hung")
    assert judged(policy=STANDARD_POLICY, results=[failed], approvals=()).verdict is Verdict.IN_REVIEW


def test_checks_that_nobody_installed_are_named() -> None:
    policy = read_policy(text=changed("[checks.phone]", "[checks.fone]"), source="policy.toml")
    assert unknown_checks(policy=policy, known=checks_named(policy=STANDARD_POLICY)) == ("fone",)
