"""The policy file: the standard one, an operator's own, and every mistake explained."""

from __future__ import annotations

import pytest

from openaisle.suppliers.facts import BusinessModel
from openaisle.suppliers.policy_file import (
    checks_named,
    read_policy,
    standard_policy,
    standard_policy_text,
    unknown_checks,
)
from openaisle.suppliers.policy_mistakes import PolicyInvalid, lines_of
from openaisle.suppliers.review_settings import review_policy_of
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
        ("[lists]", "[lists]\nextra = 1", "lists.extra", "allowed are disposable_domains, free_mail_domains"),
        ('version = "standard-3"', "", "policy.toml", "lacks the required field `version`"),
        ("enabled = false", 'enabled = "no"', "checks.website_answer.enabled", "expected true or false"),
        ("[checks.phone]", '[checks.phone]\ncountries = ["Peru"]', "checks.phone.countries[0]", "ISO 3166"),
        ("[checks.phone]", '[checks.phone]\nbusiness_models = ["b2b"]', "checks.phone.business_models[0]", "drop_ship"),
        ("disposable_domains = []", 'disposable_domains = ["x"]', "lists.disposable_domains[0]", "length"),
        ("[otherwise]", "[otherwise", "policy.toml", "it is no TOML"),
        (
            "[thresholds]",
            '[[documents]]\nkinds = ["passport"]\n[thresholds]',
            "documents[0].kinds[0]",
            "register_extract",
        ),
        ('formats = ["JPEG"', 'formats = ["GIF"', "pictures.formats[0]", "allowed are JPEG, PNG, WEBP"),
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


@pytest.mark.parametrize(
    ("before", "after", "place", "told"),
    [
        ("reverification_days = 365", "reverification_days = 0", "life.reverification_days", "allowed are 1 to 3650"),
        ("termination_notice_days = 30", "termination_notice_days = 29", "life.termination_notice_days", "30 to 365"),
        ("\nnotice_days = 15", "\nnotice_days = 14", "terms.notice_days", "allowed are 15 to 365"),
        ('= "continue"', '= "ignore"', "terms.without_agreement", "allowed are continue, suspend, ask"),
        ("need_two_people = false", "need_two_people = 1", "reviews.rules_need_two_people", "expected true or false"),
        ("resolve_within_hours = 24", "resolve_within_hours = 4", "reviews.resolve_within_hours", "fewer than the 8"),
        ('cause = "bank*"', 'cause = "Bank *"', "reviews.service_levels[1].cause", "matching regex"),
        ('field = "phone"', 'field = "telephone"', "requirements[7].field", "allowed are email, phone, contacts"),
        ('section = "tax"', 'section = "taxes"', "requirements[9].section", "allowed are company, address"),
        ("supplier_answers_days = 14", "supplier_answers_days = 0", "deadlines.supplier_answers_days", "1 to 3650"),
    ],
)
def test_a_mistake_in_what_was_fixed_before_is_explained_too(before: str, after: str, place: str, told: str) -> None:
    text = changed(before, after)
    with pytest.raises(PolicyInvalid) as refused:
        read_policy(text=text, source="policy.toml")
    [finding] = refused.value.findings
    assert finding.pointer == place
    assert told in refused.value.detail
    line = text.splitlines().index(next(one for one in text.splitlines() if after.strip() in one)) + 1
    assert f"policy.toml, line {line}, {place}: " in refused.value.detail


def test_every_mistake_of_a_file_is_told_at_once() -> None:
    text = changed("similar_name = 92.0", 'similar_name = "high"').replace(
        "account_holder = 80.0", "account_holder = 800"
    )
    text = text.replace('version = "standard-3"', "").replace("[lists]", "[lists]\nextra = 1")
    text = text.replace("document_reminder_days = 30", "document_reminder_days = -1")
    with pytest.raises(PolicyInvalid) as refused:
        read_policy(text=text, source="policy.toml")
    assert [one.pointer for one in refused.value.findings] == [
        "policy.toml",
        "thresholds.similar_name",
        "thresholds.account_holder",
        "life.document_reminder_days",
        "lists.extra",
    ]
    assert refused.value.detail == "policy.toml has 5 mistakes."
    assert refused.value.findings[1].detail.startswith("line ")


def test_a_file_from_before_there_were_these_sections_says_what_the_standard_says() -> None:
    text = standard_policy_text().partition("[thresholds]")[0]
    policy = read_policy(text=text, source="policy.toml")
    assert policy == STANDARD_POLICY


def test_a_requirement_holds_for_its_countries_and_business_models() -> None:
    added = """
[[requirements]]
section = "tax"
field = "tax_id"
message = "Your tax id."
countries = ["DE"]
"""
    policy = read_policy(text=standard_policy_text() + added, source="policy.toml")
    needed = {
        country: next(
            one.needed
            for one in policy.requirements_of(country=country, business_model=MARKETPLACE)
            if one.field == "tax_id"
        )
        for country in ("DE", "BR")
    }
    assert needed == {"DE": True, "BR": False}
    fields = [one.field for one in policy.requirements_of(country="DE", business_model=DROP_SHIP)]
    assert "return_address" not in fields
    assert len(fields) == len(set(fields))


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("version = 1\n\n[a.b]\nc = 2", "a.b.c", 4),
        ("[[e]]\nx = 1\n[e.checks.p]\non = 1\n[[e]]\nx = 2\n[e.checks.p]\non = 3", "e[1].checks.p.on", 8),
        ('["quoted"]\n"key" = 1', "quoted.key", 2),
        ("a.b = 1", "a.b", 1),
    ],
)
def test_each_key_is_found_on_its_line(text: str, path: str, line: int) -> None:
    assert lines_of(text=text)[path] == line


def test_what_the_policy_says_of_reviews_is_what_reviews_go_by() -> None:
    text = changed("escalation_grace_hours = 0", "escalation_grace_hours = 1.5").replace("= 24", "= 48")
    settings = read_policy(text=text, source="policy.toml").reviews
    policy = review_policy_of(settings=settings, subject_kind="supplier")
    assert policy.escalation_grace_seconds == 5_400
    assert policy.otherwise.resolve_within_seconds == 48 * 3_600
    assert policy.risky_facts(subject_kind="supplier").covers_causes(causes=["bank-account-changed"])
    assert not policy.risky_facts(subject_kind="product").covers_causes(causes=["bank-account-changed"])
