"""What words are looked up by: how a word sounds, roughly, and what a typing error leaves of it.

``softened`` is one writing for the spellings that transliterations of one word differ by, with its vowels in three
classes; ``skeleton`` keeps the consonants alone. Neither is ever shown to anybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

# Longest first; what stands left of the arrow in one transliteration stands right of it in another.
_SPELLINGS = {
    "shch": "s",
    "tsch": "C",
    "dzh": "i",
    "sch": "s",
    "tch": "C",
    "cks": "x",
    "ch": "C",
    "ck": "k",
    "kh": "h",
    "gh": "g",
    "ph": "f",
    "th": "t",
    "dh": "d",
    "sh": "s",
    "zh": "i",
    "dj": "i",
    "ts": "s",
    "tz": "s",
    "dz": "s",
    "ks": "x",
    "qu": "k",
    "ce": "si",
    "ci": "si",
    "cy": "si",
    "ou": "u",
    "oo": "u",
    "ee": "i",
    "ie": "i",
    "iy": "i",
    "yi": "i",
    "yy": "i",
    "ij": "i",
    "ei": "i",
    "ey": "i",
    "ay": "ai",
    "ya": "ia",
    "yu": "iu",
    "yo": "i",
    "ye": "i",
    "oe": "u",
    "ue": "u",
    "ae": "i",
}
_SPELLING = re.compile("|".join(sorted(_SPELLINGS, key=len, reverse=True)))
_SINGLE = str.maketrans({"q": "k", "c": "k", "w": "f", "v": "f", "y": "i", "j": "i", "e": "i", "o": "u", "z": "s"})
_REPEATED = re.compile(r"(.)\1+")
_VOWELS = str.maketrans("", "", "aiu")
# Short words that are spelled in ways no rule covers: the Arabic article, Korean surnames.
_SAME = {
    **dict.fromkeys(("al", "el", "ul", "il"), "al"),
    **dict.fromkeys(("ri", "li", "lee", "rhee", "yi"), "ri"),
    **dict.fromkeys(("pak", "park", "bak"), "pak"),
    **dict.fromkeys(("choe", "choi", "choy"), "coe"),
}
_ANY_VOWEL = re.compile("[aeiouy]")
_WORDS_KEPT = 65_536
_NEIGHBORS_LENGTH_MINIMUM = 3
_NEIGHBORS_LENGTH_MAXIMUM = 40


@lru_cache(maxsize=_WORDS_KEPT)
def softened(word: str, /) -> str:
    """Return the word with one writing for each sound; that of a word with digits is the word itself."""
    same = _SAME.get(word)
    if same is not None:
        return same
    # Letters without a vowel are an abbreviation, which has no sound.
    if not word.isalpha() or not _ANY_VOWEL.search(word):
        return word
    soft = _SPELLING.sub(lambda found: _SPELLINGS[found[0]], word).translate(_SINGLE)
    soft = _REPEATED.sub(r"\1", soft)
    # A silent h ends many a transliteration: Fatimah, Fatima.
    return soft[:-1] if len(soft) > 3 and soft.endswith(("ah", "ih")) else soft


def are_same(one: str, other: str, /) -> bool:
    """Return whether two short words are known to be spellings of one."""
    return one in _SAME and _SAME[one] == _SAME.get(other)


@lru_cache(maxsize=_WORDS_KEPT)
def skeleton(word: str, /) -> str:
    """Return the consonants of the softened word, as a script without vowels would write it."""
    soft = softened(word)
    if not soft.isalpha():
        return soft
    bones = soft.translate(_VOWELS)
    return _REPEATED.sub(r"\1", ("a" if soft[:1] in "aiu" else "") + bones)


def neighbors(word: str, /) -> Iterator[str]:
    """Yield what is left of a word without any one of its letters: words one typing error apart share one of these."""
    if _NEIGHBORS_LENGTH_MINIMUM <= len(word) <= _NEIGHBORS_LENGTH_MAXIMUM:
        for at in range(len(word)):
            yield word[:at] + word[at + 1 :]
