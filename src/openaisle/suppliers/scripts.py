"""Letters that look alike in different scripts, and marks that turn the direction of writing. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

# Source: Unicode Technical Standard 39, confusables.txt, reduced to the Cyrillic, Greek and Armenian letters that a
# Latin letter cannot be told from.
_CYRILLIC = ("АВЕЅІЈКМНОРСТУХҮԌԚԜаеѕіјорсухһԁԛԝѵӏ", "ABESIJKMHOPCTYXYGQWaesijopcyxhdqwvl")
_GREEK = ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοναικρ", "ABEZHIKMNOPTYXovaikp")
_ARMENIAN = ("ՕՍՏՈօհոսց", "OUSNohnug")
_LATIN_LOOKS: Mapping[int, str] = {
    ord(letter): latin
    for letters, looks in (_CYRILLIC, _GREEK, _ARMENIAN)
    for letter, latin in zip(letters, looks, strict=True)
}
_WORD = re.compile(r"[^\W\d_]+")
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# Scripts that are written together in one word as a matter of course.
_TOGETHER = (
    frozenset({"HIRAGANA", "KATAKANA", "CJK", "KATAKANA-HIRAGANA", "IDEOGRAPHIC", "HALFWIDTH"}),
    frozenset({"HANGUL", "CJK"}),
    frozenset({"CJK", "BOPOMOFO"}),
)


def mixed_words(*, text: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return each word that is written in several scripts, with their names."""
    mixed = []
    for word in _WORD.findall(text):
        if word.isascii():
            continue
        scripts = {script for letter in word if (script := _script(letter)) is not None}
        if len(scripts) > 1 and not any(scripts <= together for together in _TOGETHER):
            mixed.append((word, tuple(sorted(scripts))))
    return mixed


def direction_marks(*, text: str) -> bool:
    """Return whether a text holds marks that turn the direction of writing."""
    return _DIRECTION.search(text) is not None


def latin_reading(*, text: str) -> str | None:
    """Return the text with each letter of another script put into the Latin one it looks like; None if one has none."""
    latin = text.translate(_LATIN_LOOKS)
    return latin if latin != text and not mixed_words(text=latin) and _only_latin(latin) else None


def _only_latin(text: str) -> bool:
    return all(_script(letter) in {"LATIN", None} for letter in text if letter.isalpha())


@lru_cache(maxsize=4_096)
def _script(letter: str) -> str | None:
    if letter.isascii():
        return "LATIN"
    name = unicodedata.name(letter, "")
    # Ordinal indicators and modifier letters belong to no script of their own.
    if not name or name.startswith(("MODIFIER", "FEMININE", "MASCULINE", "MICRO")):
        return None
    first = name.partition(" ")[0]
    return "LATIN" if first == "FULLWIDTH" else first
