from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.adapters.html_cleaner import AmmoniaCleaner
from openaisle.catalog.active_html import is_active
from openaisle.catalog.issues import CorrectionRule, IssueCode
from openaisle.catalog.policy import CatalogPolicy
from openaisle.catalog.spelling import Spellings
from openaisle.catalog.validation import Candidate, validate
from tests.factories.catalog import submission_facts

CLEANING = CatalogPolicy(html_cleaner=AmmoniaCleaner())
SPELLING = CatalogPolicy(
    brands=Spellings(pairs=[("bosch", "Bosch"), ("robert bosch gmbh", "Bosch")]),
    categories=Spellings(pairs=[("632", "Home > Kitchen"), ("home > kitchen", "Home > Kitchen")]),
)


def validated(policy, **facts):
    (found,) = validate(table=[Candidate(facts=submission_facts(**facts))], policy=policy)
    return found


def found_codes(found):
    return [one.code for one in found.issues]


def test_active_html_is_taken_out_of_a_description_and_told():
    found = validated(CLEANING, description="<p onclick=steal()>Blue</p><script>steal()</script> mug")
    assert found.facts.description == "<p>Blue</p> mug"
    assert [(one.rule, one.field) for one in found.corrections] == [(CorrectionRule.HTML_CLEANED, "description")]
    assert IssueCode.HTML_REMOVED in found_codes(found)
    assert not found.rejected


def test_tags_of_a_web_page_are_taken_out_without_alarm():
    found = validated(CLEANING, description='<div style="color:red">Blue <b>mug</b></div>')
    assert found.facts.description == "Blue <b>mug</b>"
    assert IssueCode.HTML_REMOVED not in found_codes(found)


@pytest.mark.parametrize("text", ["<p>Blue</p><br/>", "5 < 6 & 7 > 3", "Set on = yes", "Mug & saucer"])
def test_text_and_plain_formatting_stay_as_they_are(text):
    found = validated(CLEANING, description=text)
    assert found.facts.description == text
    assert not found.corrections


def test_where_nothing_cleans_active_html_is_refused():
    assert validated(CatalogPolicy(), description="<script>steal()</script>").rejected


@given(st.text(st.sampled_from("<>/=\"' abonscript:&;!-jvpx"), max_size=80))
def test_what_was_cleaned_once_is_clean(text):
    cleaner = AmmoniaCleaner()
    clean = cleaner.cleaned(text=text)
    assert cleaner.cleaned(text=clean) == clean
    assert not is_active(text=clean) or "<script" not in clean


@pytest.mark.parametrize(
    ("brand", "spelled"), [("BOSCH", "Bosch"), (" Robert  Bosch GmbH", "Bosch"), ("Bosch", "Bosch"), ("Nora", "Nora")]
)
def test_a_brand_is_spelled_as_the_operator_does(brand, spelled):
    found = validated(SPELLING, brand=brand)
    assert found.facts.brand == spelled
    assert (CorrectionRule.BRAND_SPELLING in [one.rule for one in found.corrections]) is (
        brand.strip() not in {"Bosch", "Nora"}
    )
    assert (IssueCode.BRAND_UNKNOWN in found_codes(found)) is (spelled == "Nora")


def test_without_a_list_no_brand_is_unknown():
    assert IssueCode.BRAND_UNKNOWN not in found_codes(validated(CatalogPolicy(), brand="Nora"))


@pytest.mark.parametrize("category", ["632", "HOME > KITCHEN", "Home > Kitchen"])
def test_a_category_becomes_its_path(category):
    assert validated(SPELLING, category=category).facts.category == "Home > Kitchen"


def test_a_policy_tells_itself_apart_by_its_lists_and_never_by_where_it_stands_in_memory():
    other = CatalogPolicy(brands=Spellings(pairs=[("nora", "Nora")]), html_cleaner=AmmoniaCleaner())
    again = CatalogPolicy(brands=Spellings(pairs=[("nora", "Nora")]), html_cleaner=AmmoniaCleaner())
    assert repr(other) == repr(again)
    assert repr(other) != repr(CLEANING)
    assert " at 0x" not in repr(other)
