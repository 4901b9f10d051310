"""Whole numbers, conditions and places of stock by SQL; what is written otherwise is looked up in dictionaries."""

from __future__ import annotations

from collections.abc import Mapping

from openaisle.catalog.issues import IssueCode
from openaisle.catalog.model import SubmissionFacts
from openaisle.catalog.policy import CatalogPolicy
from openaisle.catalog.validation import CONDITIONS
from openaisle.feeds.judging.dictionary import Dictionary
from openaisle.feeds.judging.draft import Draft, Finding
from openaisle.kernel.tabular import quoted_name, quoted_text

_MEASURES = ("weight_grams", "length_mm", "width_mm", "height_mm")
_WHOLE = "'[0-9]{1,18}'"
_STANDARD = SubmissionFacts()


def add_numbers(*, draft: Draft, policy: CatalogPolicy, dictionary: Dictionary) -> None:
    """Add measures, stock and lead time."""
    for field, (minimum, maximum) in _ranges(policy=policy).items():
        _add_number(draft=draft, dictionary=dictionary, field=field, minimum=minimum, maximum=maximum)
    lead_time = draft.raw("lead_time_days")
    standard = _STANDARD.lead_time_days
    draft.final["lead_time_days"] = (
        f"CASE WHEN {lead_time} IS NULL THEN {standard} ELSE {draft.final['lead_time_days']} END"
    )
    draft.handed["lead_time_days"] = (
        f"CASE WHEN {lead_time} IS NULL THEN {standard} ELSE {draft.handed['lead_time_days']} END"
    )
    # The stock changes by itself between two feeds, so it is no part of what the hash tells.
    del draft.handed["on_hand"]
    message = "'The quantity on hand is missing.'"
    absent = f"{draft.raw('on_hand')} IS NULL"
    draft.findings.append(Finding(absent, "'on_hand'", IssueCode.ON_HAND_MISSING, message))
    _add_missing_measures(draft=draft)


def add_terms(*, draft: Draft, dictionary: Dictionary) -> None:
    """Add condition and location."""
    listed = ", ".join(quoted_text(one) for one in sorted(CONDITIONS))
    for field, standard, sound in (
        ("condition", _STANDARD.condition, "{0} IN (" + listed + ")"),
        ("location", _STANDARD.location, "regexp_full_match({0}, '[A-Za-z0-9._:-]{{1,60}}')"),
    ):
        raw, column = draft.raw(field), f"c.{quoted_name(field)}"
        is_sound = sound.format(raw)
        known = draft.has(field) and dictionary.add(
            name=field,
            values_sql=f"""SELECT DISTINCT {column}, {column} FROM {quoted_name(draft.cells)} c
                WHERE NOT ({sound.format(column)})""",
            fields=(field,),
            results=(field,),
            type_sql="VARCHAR",
        )
        mended = "NULL"
        if known:
            draft.dictionary(name=field, key=column, results=(field,))
            mended = f"{field}_final_{field}"
        draft.fast.append(f"({raw} IS NULL OR {is_sound}{f' OR {field}_key IS NOT NULL' if known else ''})")
        draft.final[field] = (
            f"CASE WHEN {raw} IS NULL THEN {quoted_text(standard)} WHEN {is_sound} THEN {raw} ELSE {mended} END"
        )
    draft.handed["condition"] = f"coalesce({draft.raw('condition')}, {quoted_text(_STANDARD.condition)})"


def _ranges(*, policy: CatalogPolicy) -> Mapping[str, tuple[int, int]]:
    size = (1, policy.dimension_mm_maximum)
    return {
        "weight_grams": (1, policy.weight_grams_maximum),
        "length_mm": size,
        "width_mm": size,
        "height_mm": size,
        "image_count": (0, 1000),
        "on_hand": (0, policy.on_hand_maximum),
        "lead_time_days": (0, policy.lead_time_days_maximum),
    }


def _add_number(*, draft: Draft, dictionary: Dictionary, field: str, minimum: int, maximum: int) -> None:
    raw, column = draft.raw(field), f"c.{quoted_name(field)}"
    if not draft.has(field):
        draft.final[field] = draft.handed[field] = "NULL::BIGINT"
        return
    draft.step(0, {f"{field}_read": _whole_sql(raw)})
    whole = _whole_sql(column)
    sound = f"{field}_read BETWEEN {minimum} AND {maximum}"
    found = dictionary.add(
        name=field,
        values_sql=f"""SELECT DISTINCT {column}, {column} FROM {quoted_name(draft.cells)} c
            WHERE {column} IS NOT NULL AND NOT coalesce({whole} BETWEEN {minimum} AND {maximum}, false)""",
        fields=(field,),
        results=(field,),
    )
    if not found:
        draft.fast.append(f"({raw} IS NULL OR coalesce({sound}, false))")
        draft.final[field] = draft.handed[field] = f"{field}_read"
        return
    draft.dictionary(name=field, key=column, results=(field,))
    draft.fast.append(f"({raw} IS NULL OR {field}_key IS NOT NULL OR coalesce({sound}, false))")
    for side, facts in (("final", draft.final), ("handed", draft.handed)):
        facts[field] = f"CASE WHEN {field}_key IS NULL THEN {field}_read ELSE {field}_{side}_{field} END"


def _whole_sql(text: str) -> str:
    return f"CASE WHEN regexp_full_match({text}, {_WHOLE}) THEN {text}::BIGINT END"


def _add_missing_measures(*, draft: Draft) -> None:
    absent = {field: f"({draft.handed[field]}) IS NULL" for field in _MEASURES}
    kept = {field: draft.flag(where) for field, where in absent.items()}
    named = ", ".join(f"CASE WHEN {where} THEN '{field}' END" for field, where in kept.items())
    draft.findings.append(
        Finding(
            f"({' OR '.join(absent.values())})",
            f"coalesce({named})",
            IssueCode.MEASURES_MISSING,
            f"'Missing: ' || concat_ws(', ', {named}) || '.'",
        )
    )
