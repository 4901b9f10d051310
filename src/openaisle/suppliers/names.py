"""Names of companies, made comparable: without case, accents, punctuation, legal form and order of words."""

from __future__ import annotations

from functools import lru_cache

from openaisle.suppliers.countries import folded
from openaisle.suppliers.legal_forms import every_form


@lru_cache(maxsize=4_096)
def normalized_name(*, name: str) -> str:
    """Return a name so that two writings of it are alike; a name of nothing but a legal form stays as it is."""
    return " ".join(sorted(bare_name(name=name).split()))


def bare_name(*, name: str) -> str:
    """Return a name without case, accents, punctuation and legal form, its words in their order."""
    words = _joined(folded(text=name).split())
    return " ".join([word for word in words if word not in every_form()] or words)


def _joined(words: list[str]) -> list[str]:
    """Return the words with single letters put together: "s r l" is "srl"."""
    joined: list[str] = []
    letters: list[str] = []
    for word in (*words, ""):
        if len(word) == 1:
            letters.append(word)
            continue
        if letters:
            joined.append("".join(letters))
            letters = []
        if word:
            joined.append(word)
    return joined
