"""GTINs by SQL: separators go, lost zeros come back, check digits are checked."""

from __future__ import annotations

from openaisle.catalog.issues import CorrectionRule, IssueCode
from openaisle.catalog.policy import CatalogPolicy
from openaisle.catalog.validation import GTIN_MISSING_MESSAGE, RESTRICTED_MESSAGE
from openaisle.feeds.judging.draft import Draft, Finding, Mend
from openaisle.feeds.judging.texts import outer_spaces_removed_sql
from openaisle.kernel.gtin import RESTRICTED_PREFIXES
from openaisle.kernel.tabular import quoted_text

_WRITTEN_OTHERWISE = r"""'[0-9 .,\-''"`\t\n\r\x{a0}]+'"""
_CHECKED = " + ".join(
    f"({3 if place % 2 else 1} * ((TRY_CAST(gtin AS BIGINT) // {10**place}) % 10))" for place in range(14)
)
# What kernel.gtin says of digits that are no GTIN; the judged row holds them as they were handed in.
_REFUSED_MESSAGE = f"""CASE
    WHEN length(gtin) NOT IN (8, 12, 13, 14) THEN 'A GTIN has 8, 12, 13 or 14 digits, this has ' || length(gtin) || '.'
    WHEN ltrim(gtin, '0') = '' THEN 'A GTIN of zeros names nothing.'
    ELSE 'The check digit of ' || gtin || ' is ' || right(gtin, 1) || ', the digits before it ask for '
        || ((right(gtin, 1)::BIGINT - ({_CHECKED}) % 10 + 10) % 10) || '.' END"""


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
    # Ten digits may be an ISBN, which Python knows.
    refused = "(gtin_plain AND NOT gtin_sound AND strlen(gtin_digits) <> 10)"
    draft.fast.append(f"({raw} IS NULL OR gtin_sound OR {refused})")
    prefixes = ", ".join(quoted_text(prefix) for prefix in RESTRICTED_PREFIXES)
    draft.step(
        4,
        {
            "gtin_restricted": f"""gtin_sound AND coalesce(
                CASE WHEN starts_with(gtin, '000000') THEN substr(gtin, 7, 1) IN ('0', '2')
                ELSE substr(gtin, 2, 2) IN ({prefixes}) END, false)"""
        },
    )
    restricted = "gtin_restricted"
    mended = f"(gtin_sound AND NOT gtin_plain AND NOT {restricted})"
    restored = f"(gtin_sound AND strlen(gtin_padded) <> strlen(gtin_digits) AND NOT {restricted})"
    draft.findings += [
        Finding(refused, "'gtin'", IssueCode.GTIN_INVALID, _REFUSED_MESSAGE),
        Finding(restricted, "'gtin'", IssueCode.GTIN_RESTRICTED, quoted_text(RESTRICTED_MESSAGE)),
    ]
    draft.mends += [
        Mend(mended, "gtin", raw, "gtin_digits", CorrectionRule.GTIN_SEPARATORS_REMOVED),
        Mend(restored, "gtin", "gtin_digits", "gtin_padded", CorrectionRule.GTIN_ZEROS_RESTORED),
    ]
    if policy.gtin_required:
        message = quoted_text(GTIN_MISSING_MESSAGE)
        draft.findings.append(Finding(f"({raw} IS NULL OR {restricted})", "'gtin'", IssueCode.GTIN_MISSING, message))
    draft.handed["gtin"] = raw
    draft.final["gtin"] = f"CASE WHEN {refused} THEN {raw} WHEN NOT {restricted} THEN gtin END"
