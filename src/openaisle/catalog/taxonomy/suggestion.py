"""Which categories a supplier's words may mean: words compared by weight, with synonyms and spelling mistakes.

The tree is in the operator's words, the text in a supplier's. A rare word tells more than a frequent one, a category's
own name more than those above it, and the last part of a supplier's path more than its beginning.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from rapidfuzz import fuzz, process

from openaisle.catalog.taxonomy.synonyms import COMPOUNDS, DEPENDENT, SYNONYMS, UNTELLING

_WORD = re.compile(r"[a-z0-9]+")
_PARTS = re.compile(r"[>/|»→\\]+")
_TEXT_LENGTH_MAXIMUM = 300
_WORDS_MAXIMUM = 24
_ABOVE_WEIGHT = 0.35
_BEFORE_WEIGHT = 0.45
_SIMILAR_MINIMUM = 84.0
_SIMILAR_LENGTH_MINIMUM = 4
_SYNONYM_WEIGHT = 0.9
_PART_WEIGHT = 0.8
_HALF_NAME_WEIGHT = 0.9
_ALTERNATIVES = re.compile(r"\s*[,&]\s*|\s+and\s+")
_SCORE_MINIMUM = 0.15
_PLURALS = (("ies", "y"), ("sses", "ss"), ("shes", "sh"), ("ches", "ch"), ("xes", "x"), ("ives", "ife"))


class SuggestionIndex:
    """The words of a tree's categories, with what each word tells."""

    def __init__(self, *, paths: Sequence[Sequence[str]]) -> None:
        """Take the path of each category; a suggestion names a category by its position."""
        self._own = [frozenset(words_of(text=path[-1])) for path in paths]
        self._names = [_alternatives(path[-1]) for path in paths]
        self._above = [frozenset(word for name in path[:-1] for word in words_of(text=name)) for path in paths]
        self._depth = [len(path) for path in paths]
        self._having: dict[str, list[int]] = {}
        for position, own in enumerate(self._own):
            for word in own:
                self._having.setdefault(word, []).append(position)
        self._above_having: dict[str, list[int]] = {}
        for position, above in enumerate(self._above):
            for word in above - self._own[position]:
                self._above_having.setdefault(word, []).append(position)
        self._vocabulary = sorted(self._having)

    def ranked(self, *, text: str, limit: int) -> list[tuple[int, float]]:
        """Return the positions of the likeliest categories with their scores between 0 and 1, the best first."""
        asked = self._asked(text=text[:_TEXT_LENGTH_MAXIMUM])
        if not asked:
            return []
        scores = self._scores(asked)
        best = sorted(scores, key=lambda position: (-scores[position], self._depth[position], position))[:limit]
        return [(position, round(scores[position], 3)) for position in best if scores[position] >= _SCORE_MINIMUM]

    def _asked(self, *, text: str) -> list[tuple[Mapping[str, float], float]]:
        # Each word of the text as the words of the tree that it may stand for, and how much it weighs.
        parts = [part for part in _PARTS.split(text) if part.strip()]
        asked = []
        for number, part in enumerate(reversed(parts)):
            for word in words_of(text=part):
                meant = self._meant(word)
                importance = self._importance(meant or {word: 1.0})
                asked.append((meant, importance if number == 0 else importance * _BEFORE_WEIGHT))
        return asked[:_WORDS_MAXIMUM]

    def _meant(self, word: str) -> Mapping[str, float]:
        meant = dict.fromkeys((word,), 1.0) if self._is_known(word) else {}
        for synonym in SYNONYMS.get(word, ()):
            if self._is_known(synonym):
                meant[synonym] = _SYNONYM_WEIGHT
        if not meant:
            meant = self._parts(word) or self._similar(word)
        return meant

    def _parts(self, word: str) -> dict[str, float]:
        # One word here is two there: cookbook, wristband.
        for at in range(3, len(word) - 2):
            first, second = word[:at], word[at:]
            if self._is_known(first) and self._is_known(second):
                return {first: _PART_WEIGHT, second: _PART_WEIGHT}
        return {}

    def _similar(self, word: str) -> dict[str, float]:
        if len(word) < _SIMILAR_LENGTH_MINIMUM:
            return {}
        found = process.extractOne(word, self._vocabulary, scorer=fuzz.ratio, score_cutoff=_SIMILAR_MINIMUM)
        # Who misspells a word hardly ever misses its first letter; olive is not live.
        return {found[0]: found[1] / 100} if found is not None and found[0][0] == word[0] else {}

    def _is_known(self, word: str) -> bool:
        return word in self._having or word in self._above_having

    def _importance(self, words: Iterable[str]) -> float:
        return max(self._telling(word) for word in words)

    def _telling(self, word: str) -> float:
        count = len(self._having.get(word, ())) + len(self._above_having.get(word, ())) / 20
        return math.log(1 + (len(self._own) + 1) / (count + 1)) * (0.3 if word in UNTELLING else 1.0)

    def _scores(self, asked: Sequence[tuple[Mapping[str, float], float]]) -> dict[int, float]:
        whole = sum(importance for _, importance in asked)
        met: dict[int, float] = {}
        covered: dict[int, set[str]] = {}
        for meant, importance in asked:
            best: dict[int, float] = {}
            for word, certainty in meant.items():
                for position in self._having.get(word, ()):
                    best[position] = max(best.get(position, 0.0), certainty)
                    covered.setdefault(position, set()).add(word)
                for position in self._above_having.get(word, ()):
                    best[position] = max(best.get(position, 0.0), certainty * _ABOVE_WEIGHT)
            for position, certainty in best.items():
                met[position] = met.get(position, 0.0) + certainty * importance
        return {
            position: self._score(position, met[position] / whole, words)
            for position, words in covered.items()
            if met[position] > 0
        }

    def _score(self, position: int, share_met: float, words: set[str]) -> float:
        # What was asked must be met, and what the category says beyond that counts against it; but of a name such as
        # Wallets & Money Clips one half is enough.
        share_said = self._share_said(self._own[position], words)
        for name in self._names[position]:
            share_said = max(share_said, _HALF_NAME_WEIGHT * self._share_said(name, words))
        return min(0.99, share_met * (0.45 + 0.5 * share_said) + 0.04 / self._depth[position])

    def _share_said(self, name: frozenset[str], words: set[str]) -> float:
        total = sum(self._telling(word) for word in name)
        return sum(self._telling(word) for word in name & words) / total if total else 0.0


def _alternatives(name: str) -> tuple[frozenset[str], ...]:
    parts = [frozenset(words_of(text=part)) for part in _ALTERNATIVES.split(name)]
    # In Handbag & Wallet Accessories no half stands alone.
    dependent = len(parts) < 2 or not parts[-1] or not parts[-1].isdisjoint(DEPENDENT)
    return () if dependent else tuple(part for part in parts if part)


def words_of(*, text: str) -> list[str]:
    """Return the words of a text as they are compared: small, without accents, in the singular."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = plain.replace("'s", "").replace("\u2019s", "")
    for written, meant in COMPOUNDS:
        plain = plain.replace(written, meant)
    found = [_singular(word) for word in _WORD.findall(plain)]
    return [word for word in dict.fromkeys(found) if len(word) > 1 and word not in _FILLING]


def _singular(word: str) -> str:
    if len(word) <= 3:
        return word
    for ending, instead in (
        ("ies", "y"),
        ("sses", "ss"),
        ("shes", "sh"),
        ("ches", "ch"),
        ("xes", "x"),
        ("ives", "ife"),
    ):
        if word.endswith(ending):
            return word[: -len(ending)] + instead
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


_FILLING = frozenset(
    "and or for the of in with to a an by on at other misc various new sale all pcs pc".split()  # noqa: SIM905
)
