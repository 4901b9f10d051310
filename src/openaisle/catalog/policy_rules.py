"""The operator's policy as rules over whole tables: words that may not be there, and what the EU wants shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from openaisle.catalog.issues import Severity
from openaisle.catalog.policy import CatalogPolicy, PolicyConsequence, WordList, WordsKind
from openaisle.catalog.table_rules import TableRule, attribute_sql
from openaisle.kernel.tabular import quoted_text

_SEVERITIES = {
    PolicyConsequence.INFORM: Severity.INFO,
    PolicyConsequence.WARN: Severity.WARNING,
    PolicyConsequence.REVIEW: Severity.WARNING,
    PolicyConsequence.REJECT: Severity.ERROR,
}
_WORD_FIELDS = ("title", "description", "brand", "category")
_EU = (
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
)  # fmt: skip
_PARTS = ("name", "address", "email")


class PolicyIssue(StrEnum):
    """What rules of the policy find; the codes are stable and part of the API."""

    FORBIDDEN_WORDS = "forbidden_words"
    RESTRICTED_GOODS = "restricted_goods"
    GPSR_MANUFACTURER_MISSING = "gpsr_manufacturer_missing"
    GPSR_RESPONSIBLE_PERSON_MISSING = "gpsr_responsible_person_missing"
    GPSR_WARNINGS_MISSING = "gpsr_warnings_missing"
    GPSR_PICTURE_MISSING = "gpsr_picture_missing"


def policy_rules(*, policy: CatalogPolicy) -> tuple[TableRule, ...]:
    """Return the rules of a policy; none where it asks for nothing."""
    return (*(rule for one in policy.words for rule in _words_rules(one)), *_gpsr_rules(policy.gpsr))


def _words_rules(words: WordList) -> Iterator[TableRule]:
    if words.consequence is PolicyConsequence.OFF or not words.words:
        return
    restricted = words.kind is WordsKind.RESTRICTED
    pattern = quoted_text(_pattern(words))
    told = "names goods that may not be sold freely" if restricted else "holds a word that this marketplace forbids"
    of_list = f" (list {words.name})" if words.name else ""
    for field in _WORD_FIELDS:
        found = f"regexp_extract(lower({field}), {pattern}, 1)"
        yield TableRule(
            code=PolicyIssue.RESTRICTED_GOODS if restricted else PolicyIssue.FORBIDDEN_WORDS,
            field=field,
            severity=_SEVERITIES[words.consequence],
            where_sql=f"regexp_matches(lower({field}), {pattern})",
            message_sql=f"concat({quoted_text(f'The {field} {told}: ')}, {found}, {quoted_text(of_list + '.')})",
            suggestion=("Ask the marketplace whether you may sell this." if restricted else "Say it without the word."),
            doubtful=words.consequence is PolicyConsequence.REVIEW,
        )


def _pattern(words: WordList) -> str:
    """Return one expression of all words: whole ones, at the borders of letters and digits, in small letters."""
    listed = sorted({" ".join(word.lower().split()) for word in words.words}, key=lambda word: (-len(word), word))
    parts = [
        r"[ \n]+".join(map(_literal, word.removesuffix("*").split())) + (r"[\pL\pN]*" if word.endswith("*") else "")
        for word in listed
    ]
    return rf"(?:^|[^\pL\pN])({'|'.join(parts)})(?:$|[^\pL\pN])"


def _literal(text: str) -> str:
    # Only these have a meaning in the engine's expressions; it refuses others that Python would escape too.
    return re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", text)


def _gpsr_rules(consequence: PolicyConsequence) -> Iterator[TableRule]:
    """Yield what Article 19 of Regulation (EU) 2023/988 wants an online offer to show."""
    if consequence is PolicyConsequence.OFF:
        return
    inside = ", ".join(quoted_text(code) for code in _EU)
    country = f"upper(trim({attribute_sql(name='manufacturer_country')}))"
    outside = f"coalesce({country} NOT IN ({inside}), true)"
    lacking = {
        who: {f"{who}_{part}": f"coalesce(trim({attribute_sql(name=f'{who}_{part}')}), '') = ''" for part in _PARTS}
        for who in ("manufacturer", "responsible_person")
    }
    warnings = f"coalesce(trim({attribute_sql(name='safety_warnings')}), '') = ''"
    for code, field, where, message, suggestion in (
        (
            PolicyIssue.GPSR_MANUFACTURER_MISSING,
            "attribute.manufacturer_name",
            f"({' OR '.join(lacking['manufacturer'].values())})",
            _missing_sql(lacking["manufacturer"], before="Of the manufacturer is missing: "),
            "Send name, postal address and mail address of the manufacturer.",
        ),
        (
            PolicyIssue.GPSR_RESPONSIBLE_PERSON_MISSING,
            "attribute.responsible_person_name",
            f"{outside} AND ({' OR '.join(lacking['responsible_person'].values())})",
            _missing_sql(
                lacking["responsible_person"],
                before="The manufacturer is not known to be in the EU; of the responsible person is missing: ",
            ),
            "Send the responsible person in the EU, or the manufacturer_country if it is one of the EU (such as DE).",
        ),
        (
            PolicyIssue.GPSR_WARNINGS_MISSING,
            "attribute.safety_warnings",
            warnings,
            quoted_text("There are no warnings or safety information."),
            "Send them in the language of the shoppers, or say that none are needed.",
        ),
        (
            PolicyIssue.GPSR_PICTURE_MISSING,
            "image_urls",
            "image_urls = '[]' AND coalesce(image_count, 0) = 0",
            quoted_text("There is no picture by which the product can be identified."),
            "Send the address of a picture.",
        ),
    ):
        yield TableRule(
            code=code,
            field=field,
            severity=_SEVERITIES[consequence],
            where_sql=where,
            message_sql=message,
            suggestion=suggestion,
            doubtful=consequence is PolicyConsequence.REVIEW,
        )


def _missing_sql(lacking: dict[str, str], *, before: str) -> str:
    named = ", ".join(f"CASE WHEN {where} THEN {quoted_text(name)} END" for name, where in lacking.items())
    return f"concat({quoted_text(before)}, concat_ws(', ', {named}), '.')"
