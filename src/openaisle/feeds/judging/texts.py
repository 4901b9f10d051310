"""What SQL may say of texts: which are tidy, which it can tidy as Python does, and which it leaves to Python.

The patterns are RE2's. Where they and Python's could differ (rare spaces, entities, controls) the text is Python's.
"""

from __future__ import annotations

from openaisle.kernel.tabular import quoted_text

# Spaces that SQL tidies; all others that Python knows make a text hard.
_SPACE = r"[ \t\n\r\x{a0}]"
_SPACE_CHARACTERS = "' ' || chr(9) || chr(10) || chr(13) || chr(160)"
_FORMULA = r"[=+\-@\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}]"
_CONTROL = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x{9f}"
_RARE_SPACE = r"\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}"
_INVISIBLE = r"\x{200b}-\x{200f}\x{2028}-\x{202e}\x{2060}\x{feff}"
# An ampersand that no entity can begin with is only an ampersand.
_ENTITY = r"&(?:[A-Za-z]?[0-9#;]|[A-Za-z]{2})"

_LINE_HARD = rf"[{_CONTROL}{_RARE_SPACE}{_INVISIBLE}<]|{_ENTITY}|^{_SPACE}*{_FORMULA}"
_LINE_UNTIDY = rf"^ | $|  |[\t\n\r\x{{a0}}]|{_LINE_HARD}"
_LONG_HARD = rf"[{_CONTROL}{_INVISIBLE}]|^{_SPACE}*(?:{_FORMULA}|[{_RARE_SPACE}])|[{_RARE_SPACE}]{_SPACE}*$"
_LONG_UNTIDY = rf"^{_SPACE}|{_SPACE}$|{_LONG_HARD}"
_CAPITALS = "A-ZÀ-ÖØ-ÞĄĆĘŁŃŚŹŻČĎĚŇŘŠŤŮŽĞŞŐŰА-ЯЁ"
# Signs that have no capitals: times, registered, trade mark, degree, euro, pound, dash, apostrophe.
_SIGNS = r"\x{d7}\x{ae}\x{2122}\x{b0}\x{20ac}\x{a3}\x{2013}\x{2019}"
_SKU_SOUND = (
    r"[!-*,./-<>?A-~\x{a1}-\x{ac}\x{ae}-\x{24f}](?:[ -~\x{a1}-\x{ac}\x{ae}-\x{24f}]*[!-~\x{a1}-\x{ac}\x{ae}-\x{24f}])?"
)

TIDY, MENDABLE, HARD = 0, 1, 2


def line_state_sql(text: str) -> str:
    """Return the expression of TIDY, MENDABLE or HARD for a text of one line, NULL for none."""
    return _state(text, untidy=_LINE_UNTIDY, hard=_LINE_HARD)


def tidied_line_sql(text: str, *, state: str) -> str:
    """Return the expression of the tidied line of a text that is not HARD."""
    tidied = f"trim(regexp_replace({text}, {quoted_text(_SPACE + '+')}, ' ', 'g'), ' ')"
    return f"CASE WHEN {state} = {MENDABLE} THEN {tidied} ELSE {text} END"


def long_state_sql(text: str) -> str:
    """Return the expression of TIDY, MENDABLE or HARD for a text of many lines, NULL for none."""
    return _state(text, untidy=_LONG_UNTIDY, hard=_LONG_HARD)


def stripped_sql(text: str, *, state: str) -> str:
    """Return the expression of a text that is not HARD without its outer spaces."""
    return f"CASE WHEN {state} = {MENDABLE} THEN {outer_spaces_removed_sql(text)} ELSE {text} END"


def outer_spaces_removed_sql(text: str) -> str:
    """Return the expression of a text without the outer spaces that SQL knows."""
    return f"trim({text}, {_SPACE_CHARACTERS})"


def is_sound_sku_sql(text: str) -> str:
    """Return the expression that a SKU has nothing against it but perhaps its length."""
    return f"regexp_full_match({text}, {quoted_text(_SKU_SOUND)})"


def lowered_capitals_sql(title: str) -> str:
    """Return the expression of a tidy title as Python lowers its capitals; NULL where SQL cannot tell.

    Titles in alphabets with rules of their own for capitals are left to Python.
    """
    letters = f"length(regexp_replace({title}, '[^{_CAPITALS}]', '', 'g'))"
    lowered = f"""array_to_string(list_transform(string_split({title}, ' '), lambda word:
        CASE WHEN length(word) > 3 AND regexp_full_match(word, '[{_CAPITALS}]+')
        THEN word[1] || lower(word[2:]) ELSE word END), ' ')"""
    return f"""CASE
        WHEN regexp_matches({title}, '[a-zß-öø-ÿ]') THEN {title}
        WHEN NOT contains({title}, ' ') OR upper({title}) <> {title} OR lower({title}) = {title} THEN {title}
        WHEN regexp_matches({title}, '[^ -~{_CAPITALS}{_SIGNS}]') THEN NULL
        WHEN {letters} < 8 THEN {title}
        ELSE {lowered} END"""


def json_text_sql(text: str) -> str:
    """Return the expression of a text as JSON writes it; NULL for NULL. For texts without control characters."""
    return f"to_json({text})::VARCHAR"


def _state(text: str, *, untidy: str, hard: str) -> str:
    return f"""CASE WHEN {text} IS NULL THEN NULL
        WHEN NOT regexp_matches({text}, {quoted_text(untidy)}) THEN {TIDY}
        WHEN regexp_matches({text}, {quoted_text(hard)}) THEN {HARD} ELSE {MENDABLE} END"""
