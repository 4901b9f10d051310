from __future__ import annotations

import msgspec
import pytest

from openaisle.catalog.issues import CorrectionRule, IssueCode, Severity
from openaisle.catalog.repository import PRODUCTS
from openaisle.catalog.table_rules import TableRule, attribute_sql
from openaisle.reviews.model import Decision
from openaisle.reviews.patterns import Match
from openaisle.reviews.rules.model import KeptRule, RuleMeasure, RuleState
from openaisle.reviews.rules.repository import KEPT_RULES, RULE_MEASURES, measure_key
from tests.factories.inventory import context
from tests.factories.offers import AT
from tests.unit.feeds.doubts.test_deciding import HEADER, branded, groups_of

COLORS = "supplier_sku,title,price_minor,currency,on_hand,category,color\n"
UNKNOWN_COLOR = TableRule(
    code="color_unknown",
    field="attribute.color",
    severity=Severity.WARNING,
    where_sql=f"{attribute_sql(name='color')} NOT IN ('gray', 'red')",
    message_sql="'That color is not on our list.'",
    doubtful=True,
)


def rule(**given) -> KeptRule:
    standard = KeptRule(
        rule_id="rul_1",
        version=1,
        state=RuleState.ACTIVE,
        subject_kind="product_rows",
        code="formula_cell",
        field="brand",
        match=Match.EXACT,
        pattern="@Bosch",
        decision=Decision.CORRECTED,
        replacement="Bosch",
        reason="That is their brand.",
        task_id="tsk_1",
        made_by="operator:anna",
        made_at=AT,
    )
    return msgspec.structs.replace(standard, **given)


async def keep(marketplace, *rules):
    writes = []
    for one in rules:
        writes += [KEPT_RULES.create(one), RULE_MEASURES.create(RuleMeasure(rule_id=one.rule_id))]
    await marketplace.table.commit(writes=writes, context=context())


async def products(marketplace):
    return [PRODUCTS.record(body) for kind, body in (await marketplace.catalog_items()).values() if kind == "product"]


async def test_a_kept_rule_mends_what_a_person_mended_once(marketplace):
    await keep(marketplace, rule())
    feed = await marketplace.feed(HEADER + branded(60) + branded(1, brand="@Makita").replace("B-0", "M-0"))
    assert (feed.counts.corrected, feed.counts.in_review) == (60, 1)
    assert {one.brand for one in await products(marketplace)} == {"Bosch"}
    issues, corrections = await marketplace.issues(feed.feed_id)
    assert {one.row for one in issues if one.code == IssueCode.FORMULA_CELL} == {62}
    made = [one for one in corrections if one.rule is CorrectionRule.KEPT_RULE]
    assert (len(made), made[0].before, made[0].after, made[0].who) == (60, "@Bosch", "Bosch", "system:rule:rul_1")
    item = await marketplace.table.get(key=measure_key(rule_id="rul_1"))
    assert RULE_MEASURES.record(item.body).times_applied == 1


async def test_what_a_rule_mended_is_unchanged_the_next_time(marketplace):
    await keep(marketplace, rule())
    await marketplace.feed(HEADER + branded(30))
    again = await marketplace.feed(HEADER + branded(30))
    assert again.counts.unchanged == 30


async def test_a_kept_rule_accepts_what_a_person_accepted_once_and_says_so(marketplace):
    await keep(
        marketplace, rule(decision=Decision.APPROVED, replacement=None, match=Match.WILDCARD, pattern="@*"),
    )  # fmt: skip
    feed = await marketplace.feed(HEADER + branded(30) + branded(1, brand="=Makita").replace("B-0", "M-0"))
    assert (feed.counts.accepted, feed.counts.in_review) == (30, 1)
    issues, _ = await marketplace.issues(feed.feed_id)
    told = [one for one in issues if one.code == IssueCode.SETTLED_BY_RULE]
    assert len(told) == 30
    assert "rul_1" in told[0].message


async def test_a_row_with_another_doubt_waits_as_it_is(marketplace):
    await keep(marketplace, rule())
    feed = await marketplace.feed(HEADER + "A,=Drill,1000,EUR,5,tools,@Bosch\n")
    assert feed.counts.in_review == 1
    (group,) = await groups_of(marketplace, feed)
    assert group.samples[0].values == {"brand": "@Bosch", "title": "=Drill"}


async def test_attributes_in_doubt_by_an_operators_rule_are_mended_and_judged_anew(marketplace):
    marketplace.rules = (UNKNOWN_COLOR,)
    await keep(
        marketplace,
        rule(
            code="color_unknown", field="attribute.color", pattern="anthrazit", match=Match.FOLDED, replacement="gray"
        ),
        rule(rule_id="rul_2", code="color_unknown", field="attribute.color", pattern="rosso", replacement="rubinrot"),
    )
    text = COLORS + "".join(f"C-{n},Shirt number {n},1000,EUR,5,shirts,Anthrazit\n" for n in range(20))
    feed = await marketplace.feed(text + "R,Red shirt,1000,EUR,5,shirts,rosso\n")
    assert (feed.counts.corrected, feed.counts.in_review) == (20, 1)
    assert {one.attributes["color"] for one in await products(marketplace)} == {"gray"}
    (group,) = await groups_of(marketplace, feed)
    # What a rule put in, another rule may not mend: a person looks.
    assert group.samples[0].values == {"attribute.color": "rubinrot"}


@pytest.mark.parametrize("replacement", ["=SUM(1)", "x" * 400, 5])
async def test_a_rule_whose_mend_would_not_do_is_passed_over(marketplace, replacement):
    await keep(marketplace, rule(replacement=replacement))
    feed = await marketplace.feed(HEADER + branded(3))
    assert feed.counts.in_review == 3


async def test_groups_of_an_operators_rule_are_named_by_the_value(marketplace):
    marketplace.rules = (UNKNOWN_COLOR,)
    text = COLORS + "".join(f"C-{n},Shirt number {n},1000,EUR,5,shirts,lila\n" for n in range(15))
    feed = await marketplace.feed(text + "".join(f"D-{n},Shirt,1000,EUR,5,shirts,c{n}\n" for n in range(9)))
    lila, others = await groups_of(marketplace, feed)
    assert (lila.rows, lila.doubts[0].pattern, lila.doubts[0].match) == (15, "lila", Match.EXACT)
    assert (others.rows, others.doubts[0].pattern) == (9, "*")
