"""Rules that people kept are applied to a whole table: what was decided once about a value is decided alike here.

As with single reviews, a row needs a rule for each of its doubts, corrected rows are judged anew by the rules over
tables, and what is doubted then may only be approved: no two rules mend each other's mends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from openaisle.catalog.issues import DOUBTS, CorrectionRule, IssueCode, Severity
from openaisle.catalog.model import SubmissionFacts
from openaisle.catalog.policy import CatalogPolicy
from openaisle.catalog.table_rules import TableRule
from openaisle.catalog.validation import Candidate, validate
from openaisle.feeds.doubts.findings import FINDINGS, doubt_codes, make_findings
from openaisle.feeds.doubts.model import (
    ATTRIBUTE_PREFIX,
    SUBJECT_KIND,
    GroupCorrectionUnfit,
    corrected_facts,
    require_group_corrections,
)
from openaisle.feeds.judging.rules import apply_rules
from openaisle.feeds.judging.tables import CORRECTIONS, ISSUES, JUDGED
from openaisle.kernel.tabular import Workbench, quoted_name, quoted_text
from openaisle.reviews.model import Decision, ReviewFinding
from openaisle.reviews.rules.model import KeptRule, best_rule

_CHOSEN = "doubt_rules"
_IN_REVIEW = f"(SELECT * FROM {JUDGED} WHERE verdict = 'in_review')"
_EXAMPLE = SubmissionFacts(supplier_sku="1", title="Example", price_minor=1, currency="EUR", on_hand=1)
_SHOWN_CHARACTERS = 200


def apply_kept_rules(
    *, workbench: Workbench, kept: Sequence[KeptRule], rules: Sequence[TableRule], policy: CatalogPolicy
) -> list[tuple[KeptRule, int]]:
    """Settle doubts of ``judged`` by kept rules; returns which of them settled how many findings. Blocks."""
    fitting = [(rule, value) for rule, value in ((one, _mended(rule=one, policy=policy)) for one in kept) if value]
    if not fitting:
        return []
    told: Counter[str] = Counter()
    codes = doubt_codes(rules=rules)
    correcting = _correct(workbench=workbench, kept=fitting, rules=rules, codes=codes)
    told.update(correcting)
    approving = [rule for rule, _ in fitting if rule.decision is Decision.APPROVED]
    told.update(_approve(workbench=workbench, kept=approving, codes=codes))
    return [(rule, told[rule.rule_id]) for rule, _ in fitting if told[rule.rule_id]]


class _Value(msgspec.Struct, frozen=True):
    """What a field becomes; an approving rule changes nothing."""

    text: str | None


def _mended(*, rule: KeptRule, policy: CatalogPolicy) -> _Value | None:
    """Return what the rule's field becomes as the validator mends it; None if it would not do for all rows."""
    if rule.decision is Decision.APPROVED:
        return _Value(None)
    corrections = {rule.field: rule.replacement}
    try:
        require_group_corrections(corrections)
    except GroupCorrectionUnfit:
        return None
    facts, _ = corrected_facts(facts=_EXAMPLE, corrections=corrections, by="")
    (found,) = validate(table=[Candidate(facts=facts)], policy=policy)
    if any(one.severity is Severity.ERROR or one.code in DOUBTS for one in found.issues):
        return None
    name = rule.field.removeprefix(ATTRIBUTE_PREFIX)
    text = found.facts.attributes.get(name) if name != rule.field else getattr(found.facts, rule.field)
    return _Value(text)


def _correct(
    *,
    workbench: Workbench,
    kept: Sequence[tuple[KeptRule, _Value]],
    rules: Sequence[TableRule],
    codes: Sequence[str],
) -> Mapping[str, int]:
    if all(rule.decision is Decision.APPROVED for rule, _ in kept):
        return {}
    make_findings(workbench=workbench, rows=_IN_REVIEW, issues=ISSUES, codes=codes)
    _choose(workbench=workbench, kept=[rule for rule, _ in kept])
    places = [place for place, (rule, _) in enumerate(kept) if rule.decision is Decision.CORRECTED]
    listed = ", ".join(str(place) for place in places)
    replacements = " ".join(f"WHEN {place} THEN {_literal(kept[place][1].text)}" for place in places)
    workbench.run(
        sql=f"""CREATE OR REPLACE TABLE doubts_corrected AS
            SELECT row, code, field, place, value FROM doubts_settled WHERE place IN ({listed}) AND row NOT IN (
                SELECT row FROM doubts_settled WHERE place IN ({listed}) GROUP BY row, field
                HAVING count(DISTINCT coalesce(CASE place {replacements} END, '')) > 1)"""
    )
    found: dict[str, int] = {}
    for place in places:
        rule, value = kept[place]
        count = int(workbench.value(sql=f"SELECT count(*) FROM doubts_corrected WHERE place = {place}"))
        if count:
            found[rule.rule_id] = count
            _set(workbench=workbench, rule=rule, text=value.text, place=place)
    if found:
        _judge_again(workbench=workbench, rules=rules, codes=codes)
    return found


def _set(*, workbench: Workbench, rule: KeptRule, text: str | None, place: int) -> None:
    rows = f"(SELECT row FROM doubts_corrected WHERE place = {place})"
    who = quoted_text(f"system:rule:{rule.rule_id}")
    workbench.run(
        sql=f"""INSERT INTO {CORRECTIONS} SELECT DISTINCT row, {quoted_text(rule.field)},
            left(coalesce(value, ''), {_SHOWN_CHARACTERS}), {quoted_text((text or "")[:_SHOWN_CHARACTERS])},
            '{CorrectionRule.KEPT_RULE.value}', {who} FROM doubts_corrected WHERE place = {place}"""
    )
    name = rule.field.removeprefix(ATTRIBUTE_PREFIX)
    if name == rule.field:
        change = f"{quoted_name(rule.field)} = {_literal(text)}"
    else:
        # A null in a merge patch takes the member away.
        patch = msgspec.json.encode({name: text}).decode()
        change = f"attributes = json_merge_patch(attributes, {quoted_text(patch)})::VARCHAR"
    workbench.run(sql=f"UPDATE {JUDGED} SET {change} WHERE row IN {rows}")


def _judge_again(*, workbench: Workbench, rules: Sequence[TableRule], codes: Sequence[str]) -> None:
    """Take the mended doubts away, and let the rules over tables look at the corrected rows anew."""
    listed = ", ".join(quoted_text(code) for code in codes)
    again = ", ".join(quoted_text(code) for code in sorted({rule.code for rule in rules})) or "NULL"
    changed = "(SELECT row FROM doubts_corrected)"
    workbench.run(
        sql=f"""DELETE FROM {ISSUES} WHERE row IN {changed}
            AND (code IN ({again}) OR (row, code, field) IN (SELECT row, code, field FROM doubts_corrected))"""
    )
    workbench.run(
        sql=f"""UPDATE {JUDGED} SET verdict = 'corrected' WHERE row IN {changed}
            AND row NOT IN (SELECT row FROM {ISSUES} WHERE code IN ({listed}))"""
    )
    if not rules:
        return
    workbench.run(sql=f"CREATE OR REPLACE TABLE judged_rest AS SELECT * FROM {JUDGED} WHERE row NOT IN {changed}")
    workbench.run(sql=f"DELETE FROM {JUDGED} WHERE row NOT IN {changed}")
    apply_rules(workbench=workbench, rules=rules)
    workbench.run(sql=f"INSERT INTO {JUDGED} SELECT * FROM judged_rest")
    workbench.run(sql="DROP TABLE judged_rest")


def _approve(*, workbench: Workbench, kept: Sequence[KeptRule], codes: Sequence[str]) -> Mapping[str, int]:
    if not kept:
        return {}
    make_findings(workbench=workbench, rows=_IN_REVIEW, issues=ISSUES, codes=codes)
    _choose(workbench=workbench, kept=kept)
    found: dict[str, int] = {}
    counted = "SELECT place, count(*) FROM doubts_settled GROUP BY place"
    for rows in workbench.rows(sql=counted):
        found |= {kept[place].rule_id: count for place, count in rows}
    if not found:
        return found
    names = " ".join(f"WHEN {place} THEN {quoted_text(rule.rule_id)}" for place, rule in enumerate(kept))
    workbench.run(
        sql=f"""DELETE FROM {ISSUES}
            WHERE (row, code, coalesce(field, '')) IN (SELECT row, code, field FROM doubts_settled)"""
    )
    workbench.run(
        sql=f"""INSERT INTO {ISSUES} SELECT row, field, '{IssueCode.SETTLED_BY_RULE.value}', '{Severity.INFO.value}',
            code || ': ' || message || ' Accepted by rule ' || CASE place {names} END || '.', NULL
            FROM doubts_settled"""
    )
    workbench.run(
        sql=f"""UPDATE {JUDGED} SET verdict = CASE WHEN row IN (SELECT row FROM {CORRECTIONS}) THEN 'corrected'
            ELSE 'accepted' END WHERE row IN (SELECT row FROM doubts_settled)"""
    )
    return found


def _choose(*, workbench: Workbench, kept: Sequence[KeptRule]) -> None:
    """Make the table ``doubts_settled`` of the findings of those rows for each of whose findings a rule is found."""
    workbench.run(sql=f"CREATE OR REPLACE TABLE {_CHOSEN} (code VARCHAR, field VARCHAR, value VARCHAR, place INTEGER)")
    by_place = {id(rule): place for place, rule in enumerate(kept)}
    distinct = f"SELECT DISTINCT code, field, value FROM {FINDINGS} WHERE value IS NOT NULL"
    for found in workbench.rows(sql=distinct):
        chosen = []
        for code, field, value in found:
            about = [rule for rule in kept if (rule.code, rule.field) == (code, field)]
            finding = ReviewFinding(field=field, code=code, severity="", message="", value=value)
            rule = best_rule(rules=about, subject_kind=SUBJECT_KIND, finding=finding) if about else None
            if rule is not None:
                chosen.append((code, field, value, by_place[id(rule)]))
        if chosen:
            workbench.append(table=_CHOSEN, rows=chosen)
    workbench.run(
        sql=f"""CREATE OR REPLACE TABLE doubts_settled AS
            SELECT f.*, c.place FROM {FINDINGS} f
            JOIN {_CHOSEN} c ON c.code = f.code AND c.field = f.field AND c.value = f.value
            WHERE f.row NOT IN (SELECT f.row FROM {FINDINGS} f
                ANTI JOIN {_CHOSEN} c ON c.code = f.code AND c.field = f.field AND c.value = f.value)"""
    )


def _literal(text: str | None) -> str:
    return "NULL" if text is None else quoted_text(text)
