"""How alike two words and two names are, from 0 to 1. Pure, and the only place where likeness is decided.

A word that is spelled or typed differently costs little, a word that is missing or another costs its weight: what tells
names apart are their rare words.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from rapidfuzz.distance import OSA, JaroWinkler

from openaisle.suppliers.screening.sounds import are_same, skeleton, softened

WORD_MINIMUM = 0.7
"""Words less alike than this are different words."""

_ONE_EDIT = {2: 0.6, 3: 0.8, 4: 0.88, 5: 0.9, 6: 0.91, 7: 0.92}
_ONE_EDIT_LONG = 0.94
_TWO_EDITS_LENGTH = 7
_TWO_EDITS = 0.87
_SAME_SOUND = 0.96
_SHORT_LENGTH = 3
_SAME_CONSONANTS = 0.91
_SAME_THREE_CONSONANTS = 0.87
_JARO_FACTOR = 0.9


def word_likeness(one: str, other: str, /) -> float:
    """Return how alike two words are: by typing errors (edits, transpositions) and by sound."""
    if one == other:
        return 1.0
    best = _by_edits(one, other)
    soft_one, soft_other = softened(one), softened(other)
    if soft_one == soft_other and _is_enough(one, other, soft_one):
        return max(best, _SAME_SOUND)
    if len(soft_one) > _SHORT_LENGTH and len(soft_other) > _SHORT_LENGTH:
        by_sound = _by_edits(soft_one, soft_other)
        best = max(best, by_sound - 0.02) if by_sound >= _TWO_EDITS else best
    if best < _SAME_CONSONANTS:
        bones = skeleton(one)
        if len(bones) >= 3 and bones == skeleton(other):
            return max(best, _SAME_THREE_CONSONANTS if len(bones) == 3 else _SAME_CONSONANTS)
    return best


def _is_enough(one: str, other: str, soft: str) -> bool:
    """Whether one sound makes words the same: those of two sounds alone are often others, such as ev and ief."""
    return len(soft) >= _SHORT_LENGTH or one[-1] == other[-1] or are_same(one, other)


def _by_edits(one: str, other: str) -> float:
    longer = max(len(one), len(other))
    edits = OSA.distance(one, other, score_cutoff=3)
    if edits == 0:
        return 1.0
    if edits == 1:
        return _ONE_EDIT.get(longer, _ONE_EDIT_LONG if longer > 7 else 0.0)
    if edits == 2 and longer >= _TWO_EDITS_LENGTH:
        return _TWO_EDITS
    if edits > 3 or longer < 5:
        return 0.0
    return JaroWinkler.similarity(one, other) * _JARO_FACTOR


class NameLikeness(msgspec.Struct, frozen=True):
    """How alike two names are as a ``whole``, which ``part`` of ours is in theirs, and the pairs of words."""

    whole: float
    part: float
    pairs: tuple[tuple[int, int], ...]


def name_likeness(
    *,
    ours: Sequence[str],
    our_weights: Sequence[float],
    theirs: Sequence[str],
    their_weights: Sequence[float],
    likeness: Sequence[Sequence[float]],
) -> NameLikeness:
    """Return how alike two names are, in any order of their words.

    ``likeness`` holds that of each of our words with each of theirs.
    """
    possible = [
        (alike * (our_weights[our] + their_weights[their]), our, their)
        for our, row in enumerate(likeness)
        for their, alike in enumerate(row)
        if alike >= WORD_MINIMUM
    ]
    possible.sort(reverse=True)
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    matched = matched_ours = 0.0
    for weight, our, their in possible:
        if our not in pairs and their not in taken:
            pairs[our] = their
            taken.add(their)
            matched += weight
            matched_ours += likeness[our][their] * our_weights[our]
    our_total = sum(our_weights)
    total = our_total + sum(their_weights)
    by_words = matched / total if total else 0.0
    return NameLikeness(
        max(by_words, _run_together(ours=ours, theirs=theirs)),
        matched_ours / our_total if our_total else 0.0,
        tuple(pairs.items()),
    )


def _run_together(*, ours: Sequence[str], theirs: Sequence[str]) -> float:
    """Return the likeness of the names as one word each: a space too many or too few counts as one edit or none."""
    one, other = "".join(ours), "".join(theirs)
    if abs(len(one) - len(other)) > 2:
        return 0.0
    if one == other:
        return 1.0
    edits = OSA.distance(one, other, score_cutoff=2)
    longer = max(len(one), len(other))
    if edits == 1:
        return _ONE_EDIT.get(longer, _ONE_EDIT_LONG if longer > 7 else 0.0)
    if edits == 2 and longer >= 2 * _TWO_EDITS_LENGTH:
        return _ONE_EDIT_LONG - 0.02
    return 0.0
