"""GTINs by SQL: separators go, lost zeros come back, check digits are checked."""

from __future__ import annotations

from openaisle.catalog.issues import CorrectionRule, IssueCode
from openaisle.catalog.policy import CatalogPolicy
from openaisle.feeds.judging.draft import Draft, Finding, Mend
from openaisle.feeds.judging.texts import outer_spaces_removed_sql

_WRITTEN_OTHERWISE = r"""'[0-9 .,\-''"`\t\n\r\x{a0}]+'"""


def add_gtin(*, draft: Draft, policy: CatalogPolicy) -> None:
    """Add the field; a number that Python would refuse or doubt is left to it."""
    raw = draft.raw("gtin")
    bare = f"""regexp_replace(ltrim({outer_spaces_removed_sql(raw)}, '''"`'), '[.,]0+$', '')"""
    draft.step(
        0,
        {
            "gtin_plain": f"regexp_full_match({raw}, '[0-9]+')",
            "gtin_digits": f"""CASE WHEN regexp_full_match({raw}, '[0-9]+') THEN {raw}
                WHEN regexp_full_match({raw}, {_WRITTEN_OTHERWISE})
                THEN regexp_replace({bare}, '[ \\t\\n\\r\\x{{a0}}.\\-]', '', 'g') END""",
        },
    )
    draft.step(
        1,
        {
            "gtin_padded": """CASE WHEN NOT regexp_full_match(gtin_digits, '[0-9]{7,14}') THEN NULL
                WHEN strlen(gtin_digits) = 7 THEN '0' || gtin_digits
                WHEN strlen(gtin_digits) < 12 AND strlen(gtin_digits) > 8 THEN lpad(gtin_digits, 12, '0')
                ELSE gtin_digits END""",
        },
    )
    draft.step(2, {"gtin_number": "gtin_padded::BIGINT", "gtin": "lpad(gtin_padded, 14, '0')"})
    check = " + ".join(f"({3 if place % 2 else 1} * ((gtin_number // {10**place}) % 10))" for place in range(14))
    isbn10 = " + ".join(f"({place + 1} * ((gtin_number // {10**place}) % 10))" for place in range(10))
    draft.step(
        3,
        {
            "gtin_sound": f"""coalesce(gtin_number > 0 AND ({check}) % 10 = 0
                AND (strlen(gtin_digits) <> 10 OR ({isbn10}) % 11 <> 0), false)"""
        },
    )
    draft.fast.append(f"({raw} IS NULL OR gtin_sound)")
    mended = f"{raw} IS NOT NULL AND NOT gtin_plain"
    restored = "strlen(gtin_padded) <> strlen(gtin_digits)"
    draft.mends += [
        Mend(mended, "gtin", raw, "gtin_digits", CorrectionRule.GTIN_SEPARATORS_REMOVED),
        Mend(restored, "gtin", "gtin_digits", "gtin_padded", CorrectionRule.GTIN_ZEROS_RESTORED),
    ]
    if policy.gtin_required:
        message = "'There is no GTIN, and this marketplace asks for one.'"
        draft.findings.append(Finding(f"{raw} IS NULL", "'gtin'", IssueCode.GTIN_MISSING, message))
    draft.handed["gtin"] = raw
    draft.final["gtin"] = "gtin"
