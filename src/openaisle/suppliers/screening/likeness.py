"""How alike two words and two names are, from 0 to 1. Pure, and the only place where likeness is decided.

A word that is spelled or typed differently costs little, a word that is missing or another costs its weight: what tells
names apart are their rare words.
"""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz.distance import OSA, JaroWinkler

from openaisle.suppliers.screening.sounds import skeleton, softened

WORD_MINIMUM = 0.7
"""Words less alike than this are different words."""

_ONE_EDIT = {2: 0.6, 3: 0.8, 4: 0.88, 5: 0.9, 6: 0.91, 7: 0.92}
_ONE_EDIT_LONG = 0.94
_TWO_EDITS_LENGTH = 7
_TWO_EDITS = 0.87
_SAME_SOUND = 0.96
_SAME_CONSONANTS = 0.91
_SAME_THREE_CONSONANTS = 0.87
_JARO_FACTOR = 0.9


def word_likeness(one: str, other: str, /) -> float:
    """Return how alike two words are: by typing errors (edits, transpositions) and by sound."""
    if one == other:
        return 1.0
    best = _by_edits(one, other)
    soft_one, soft_other = softened(one), softened(other)
    if soft_one == soft_other:
        return max(best, _SAME_SOUND)
    if len(soft_one) > 3 and len(soft_other) > 3:
        best = max(best, _by_edits(soft_one, soft_other) - 0.02)
    if best < _SAME_CONSONANTS:
        bones = skeleton(one)
        if len(bones) >= 3 and bones == skeleton(other):
            return max(best, _SAME_THREE_CONSONANTS if len(bones) == 3 else _SAME_CONSONANTS)
    return best


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


def name_likeness(
    *,
    ours: Sequence[str],
    our_weights: Sequence[float],
    theirs: Sequence[str],
    their_weights: Sequence[float],
    likeness: Sequence[Sequence[float]],
) -> float:
    """Return how alike two names are, in any order of their words.

    ``likeness`` holds that of each of our words with each of theirs.
    """
    return max(
        _by_words(our_weights=our_weights, their_weights=their_weights, likeness=likeness),
        _run_together(ours=ours, theirs=theirs),
    )


def _by_words(
    *, our_weights: Sequence[float], their_weights: Sequence[float], likeness: Sequence[Sequence[float]]
) -> float:
    pairs = [
        (alike * (our_weights[ours] + their_weights[theirs]), ours, theirs)
        for ours, row in enumerate(likeness)
        for theirs, alike in enumerate(row)
        if alike >= WORD_MINIMUM
    ]
    pairs.sort(reverse=True)
    taken_ours: set[int] = set()
    taken_theirs: set[int] = set()
    matched = 0.0
    for weight, ours, theirs in pairs:
        if ours not in taken_ours and theirs not in taken_theirs:
            taken_ours.add(ours)
            taken_theirs.add(theirs)
            matched += weight
    total = sum(our_weights) + sum(their_weights)
    return matched / total if total else 0.0


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
