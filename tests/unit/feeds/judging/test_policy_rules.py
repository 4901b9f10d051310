from __future__ import annotations

import msgspec
import pytest

from openaisle.adapters.html_cleaner import AmmoniaCleaner
from openaisle.catalog.policy import CatalogPolicy, PolicyConsequence, WordList, WordsKind
from openaisle.catalog.policy_file import ProductPolicyInvalid, read_product_policy
from openaisle.catalog.policy_rules import PolicyIssue, policy_rules
from openaisle.feeds.judging.judge import judge
from tests.factories.feeds import cells, cells_table

COMPLETE = {
    "attribute.manufacturer_name": "Nora GmbH",
    "attribute.manufacturer_address": "Am Markt 1, Jena",
    "attribute.manufacturer_email": "info@nora.example",
    "attribute.manufacturer_country": "de",
    "attribute.safety_warnings": "None needed.",
    "image_urls": "https://a.example/1.jpg",
}


def judged(workbench, policy, rows):
    """Return the verdict of each row, and the codes with their messages that rules of the policy found."""
    cells_table(workbench=workbench, rows=[cells(supplier_sku=f"SKU-{place}", **row) for place, row in enumerate(rows)])
    workbench.run(sql="DROP TABLE IF EXISTS repeated")
    judge(workbench=workbench, policy=policy, rules=policy_rules(policy=policy))
    verdicts = [v for found in workbench.rows(sql="SELECT verdict FROM judged ORDER BY row") for (v,) in found]
    codes = ", ".join(f"'{one.value}'" for one in PolicyIssue)
    sql = f"SELECT row, code, message FROM issues WHERE code IN ({codes}) ORDER BY row, code"
    return verdicts, [row for found in workbench.rows(sql=sql) for row in found]


def words(*listed, kind=WordsKind.FORBIDDEN, consequence=PolicyConsequence.REVIEW):
    return CatalogPolicy(words=(WordList(name="own", kind=kind, words=listed, consequence=consequence),))


@pytest.mark.parametrize(
    ("word", "title", "found"),
    [
        ("armbrust", "Die ARMBRUST 3000", True),
        ("armbrust", "Armbrustfest Becher", False),
        ("Armbrust*", "Armbrüste und Armbrustpfeile", True),
        ("c++", "C++ for all", True),
        ("miracle cure", "A miracle  cure!", False),
        ("miracle cure", "A Miracle cure!", True),
        ("ähre", "Die Ähre (klein)", True),
        ("a.b", "The axb thing", False),
    ],
)
def test_words_are_found_whole_and_whatever_their_case(workbench, word, title, found):
    (verdict,), told = judged(workbench, words(word), [{"title": title.replace("  ", " x ")}])
    assert bool(told) is found
    assert (verdict == "in_review") is found


def test_restricted_goods_are_refused_where_the_operator_says_so(workbench):
    policy = words("knife", kind=WordsKind.RESTRICTED, consequence=PolicyConsequence.REJECT)
    verdicts, told = judged(workbench, policy, [{"title": "Kitchen knife"}, {"title": "Kitchen spoon"}])
    assert verdicts == ["rejected", "accepted"]
    assert told == [(2, "restricted_goods", "The title names goods that may not be sold freely: knife (list own).")]


def test_a_list_that_is_off_finds_nothing():
    assert policy_rules(policy=words("knife", consequence=PolicyConsequence.OFF)) == ()


def test_the_standard_policy_asks_nothing_of_whole_tables():
    assert policy_rules(policy=CatalogPolicy()) == ()


def test_what_the_eu_wants_shown_is_asked_for(workbench):
    policy = CatalogPolicy(gpsr=PolicyConsequence.WARN)
    abroad = COMPLETE | {"attribute.manufacturer_country": "CN", "attribute.responsible_person_name": "Ada Ltd"}
    verdicts, told = judged(
        workbench, policy, [COMPLETE, abroad, {"image_urls": ""}, COMPLETE | {"attribute.manufacturer_email": " "}]
    )
    assert "rejected" not in verdicts
    assert "in_review" not in verdicts
    assert [(row, code) for row, code, _ in told if row != 4] == [
        (3, "gpsr_responsible_person_missing"),
        (5, "gpsr_manufacturer_missing"),
    ]
    assert {code for row, code, _ in told if row == 4} >= {
        "gpsr_manufacturer_missing",
        "gpsr_responsible_person_missing",
        "gpsr_warnings_missing",
    }
    assert told[0][2].endswith("is missing: responsible_person_address, responsible_person_email.")


def read(text):
    return read_product_policy(text=text, source="policy.toml", gtin_required=False, html_cleaner=AmmoniaCleaner())


def test_an_empty_file_is_the_standard_policy():
    standard = msgspec.structs.replace(CatalogPolicy(), html_cleaner=AmmoniaCleaner())
    assert repr(read("")) == repr(standard)


def test_a_whole_file_is_read():
    policy = read(
        """
        html = "refused"
        contact_data = "allowed"
        gpsr = "review"
        [brands]
        Bosch = ["Robert Bosch GmbH"]
        [[words]]
        name = "own"
        kind = "restricted"
        language = "de"
        words = ["Messer*"]
        """
    )
    assert policy.html_cleaner is None
    assert not policy.contact_data_doubted
    assert policy.brands.name_of(text="ROBERT bosch gmbh") == "Bosch"
    assert policy.words[0].words == ("Messer*",)
    assert len(policy_rules(policy=policy)) == 8


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("html = ", "is no TOML"),
        ("html = 'boiled'", "boiled"),
        ("hmtl = 'cleaned'", "hmtl"),
        ("[brands]\nBosch = ['B']\nBoch = ['b']", "stands for 'Bosch' and for 'Boch'"),
        ("[[words]]\nname = 'x'\nkind = 'forbidden'\nwords = ['*']", "words"),
        ("price_jump_factor = 1", "price_jump_factor"),
    ],
)
def test_a_mistake_is_explained(text, told):
    with pytest.raises(ProductPolicyInvalid) as raised:
        read(text)
    assert told in raised.value.detail
