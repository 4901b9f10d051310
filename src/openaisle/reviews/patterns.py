"""Patterns of texts: exactly, whatever the case, or with wildcards. Pure."""

from __future__ import annotations

from enum import StrEnum

ANY_RUN = "*"
ANY_CHARACTER = "?"


class Match(StrEnum):
    """How a pattern is held against a text; earlier ones are more specific and win."""

    EXACT = "exact"
    FOLDED = "folded"
    WILDCARD = "wildcard"


def fits(*, match: Match, pattern: str, text: str) -> bool:
    """Return whether the pattern matches the whole text; ``folded`` and ``wildcard`` do not tell cases apart."""
    match match:
        case Match.EXACT:
            return text == pattern
        case Match.FOLDED:
            return text.strip().casefold() == pattern.strip().casefold()
        case Match.WILDCARD:
            return wildcard_fits(pattern=pattern.casefold(), text=text.casefold())


def wildcard_fits(*, pattern: str, text: str) -> bool:
    """Return whether ``*`` (any run, also none) and ``?`` (one character) make the pattern match the whole text.

    It goes back to the last ``*`` only, so that no pattern takes longer than its length times that of the text.
    """
    place, here, star, resumed = 0, 0, -1, 0
    while here < len(text):
        if place < len(pattern) and pattern[place] == ANY_RUN:
            star, resumed = place, here
            place += 1
        elif place < len(pattern) and pattern[place] in {text[here], ANY_CHARACTER}:
            place, here = place + 1, here + 1
        elif star >= 0:
            resumed += 1
            place, here = star + 1, resumed
        else:
            return False
    return not pattern[place:].strip(ANY_RUN)
