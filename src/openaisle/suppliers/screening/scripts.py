"""Letters of other scripts as Latin ones, and letters that only look Latin. Tables; nothing here is decided.

Cyrillic follows the common English spelling (BGN/PCGN without marks), Greek ELOT 743, Arabic and Hebrew give
consonants, as they are written without vowels; Korean and Japanese syllables are spelled by rule.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from enum import StrEnum


class Script(StrEnum):
    """The scripts that are told apart; ``OTHER`` cannot be spelled in Latin letters here."""

    LATIN = "Latin"
    CYRILLIC = "Cyrillic"
    GREEK = "Greek"
    ARABIC = "Arabic"
    HEBREW = "Hebrew"
    HANGUL = "Hangul"
    KANA = "Kana"
    OTHER = "other"
    NONE = "none"


def _paired(sources: str, targets: str) -> dict[str, str]:
    return dict(zip(sources, targets.split(), strict=True))


_LATIN = {
    **_paired("ßæœøłđðþıħŋəƒ", "ss ae oe o l d d th i h n a f"),
    "ŀ": "l",
    "ĸ": "k",
    "ŧ": "t",
}

_CYRILLIC = {
    **_paired("абвгдеёжзийклмнопрстуф", "a b v g d e e zh z i y k l m n o p r s t u f"),
    **_paired("хцчшщыэюя", "kh ts ch sh shch y e yu ya"),
    **_paired("іїєґўђјљњћџѓќѕ", "i yi ye g u dj j lj nj c dz gj kj dz"),
    **_paired("әғқңөұүһ", "a g k n o u u h"),
    "ъ": "",
    "ь": "",
}

_GREEK = {
    **_paired("αβγδεζηθικλμνξο", "a v g d e z i th i k l m n x o"),
    **_paired("πρσςτυφχψω", "p r s s t y f ch ps o"),
}
# Two letters that make one sound; looked for before single ones.
GREEK_PAIRS: Mapping[str, str] = {
    "ου": "ou",  # noqa: RUF001 - Greek letters that look Latin are what this is about
    "αυ": "av",  # noqa: RUF001
    "ευ": "ev",
    "μπ": "b",
    "ντ": "nt",
    "γκ": "gk",
    "γγ": "ng",  # noqa: RUF001
    "γχ": "nch",
}

_ARABIC = {
    **_paired("ابتثجحخدذرزسشصضطظعغ", "a b t th j h kh d dh r z s sh s d t z a gh"),
    **_paired("فقكلمنهوي", "f q k l m n h w y"),
    **_paired("أإآٱىةؤئ", "a i a a a a w y"),
    **_paired("پچژگکیہھے", "p ch zh g k y h h e"),
    "ء": "",
    "ـ": "",
}

_HEBREW = {
    **_paired("אבגדהוזחטיכךלמםנןסעפףצץקרשת", "a b g d h v z h t y k k l m m n n s a p f ts ts k r sh t"),
}

_KANA = {
    **_paired("アイウエオカキクケコサシスセソ", "a i u e o ka ki ku ke ko sa shi su se so"),
    **_paired("タチツテトナニヌネノハヒフヘホ", "ta chi tsu te to na ni nu ne no ha hi fu he ho"),
    **_paired("マミムメモヤユヨラリルレロワヲン", "ma mi mu me mo ya yu yo ra ri ru re ro wa o n"),
    **_paired("ガギグゲゴザジズゼゾダヂヅデド", "ga gi gu ge go za ji zu ze zo da ji zu de do"),
    **_paired("バビブベボパピプペポヴ", "ba bi bu be bo pa pi pu pe po vu"),
    **_paired("ァィゥェォャュョ", "a i u e o ya yu yo"),
    "ッ": "",
    "ー": "",
}

_INITIALS = ["g", "kk", "n", "d", "tt", "r", "m", "b", "pp", "s", "ss", "", "j", "jj", "ch", "k", "t", "p", "h"]
_MEDIAL_LINE = "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i"
_FINAL_LINE = "k k k n n n t l k m l l l p l m p p t t ng t t k t p t"
_MEDIALS = _MEDIAL_LINE.split(" ")
_FINALS = ["", *_FINAL_LINE.split(" ")]
_HANGUL_FIRST, _HANGUL_LAST = 0xAC00, 0xD7A3

SPELLED: Mapping[str, str] = {**_LATIN, **_CYRILLIC, **_GREEK, **_ARABIC, **_HEBREW, **_KANA}
"""Each letter, in small writing, as Latin letters."""

LOOK_ALIKES: Mapping[str, str] = {
    **_paired("авекмнорстухѕіјһԁԛԝ", "a b e k m h o p c t y x s i j h d q w"),
    **_paired("αβεζηικμνορτυχω", "a b e z h i k m n o p t y x w"),
}
"""Cyrillic and Greek letters, in small writing, as the Latin ones that they look like, small or capital."""

_ARABIC_FIRST, _ARABIC_LAST = "\u0600", "\u06ff"

_RANGES = (
    (0x0041, 0x024F, Script.LATIN),
    (0x0250, 0x02AF, Script.LATIN),
    (0x0370, 0x03FF, Script.GREEK),
    (0x0400, 0x052F, Script.CYRILLIC),
    (0x0590, 0x05FF, Script.HEBREW),
    (0x0600, 0x06FF, Script.ARABIC),
    (0x1E00, 0x1EFF, Script.LATIN),
    (0x1F00, 0x1FFF, Script.GREEK),
    (0x3040, 0x30FF, Script.KANA),
    (_HANGUL_FIRST, _HANGUL_LAST, Script.HANGUL),
)


def script_of(*, letter: str) -> Script:
    """Return the script of one character; NONE for digits, marks and signs."""
    if not letter.isalpha():
        return Script.NONE
    code = ord(letter)
    for first, last, script in _RANGES:
        if first <= code <= last:
            return script
    return Script.OTHER


def spelled(*, word: str) -> str:
    """Return a word, in small writing, with Latin letters and without marks; what cannot be spelled stays as it is."""
    if word.isascii():
        return word
    if _ARABIC_FIRST <= word[0] <= _ARABIC_LAST:
        return _spelled_arabic(word)
    for pair, latin in GREEK_PAIRS.items():
        word = word.replace(pair, latin)
    return "".join(map(_spelled_letter, word))


def _spelled_arabic(word: str) -> str:
    """Return an Arabic word with its article apart, and with u where its w stands for a vowel."""
    article, rest = ("al ", word[2:]) if word.startswith("\u0627\u0644") and len(word) > 4 else ("", word)
    latin = "".join(map(_spelled_letter, rest))
    return article + latin[:1] + latin[1:].replace("w", "u")


def _spelled_letter(letter: str) -> str:
    if letter.isascii():
        return letter
    code = ord(letter)
    # Hiragana is written as katakana is, 0x60 further on.
    latin = SPELLED.get(chr(code + 0x60) if 0x3041 <= code <= 0x3096 else letter)
    if latin is not None:
        return latin
    if _HANGUL_FIRST <= code <= _HANGUL_LAST:
        return _syllable(code - _HANGUL_FIRST)
    digit = unicodedata.decimal(letter, None)
    if digit is not None:
        return str(digit)
    parts = unicodedata.normalize("NFKD", letter)
    return "".join(SPELLED.get(part, part) for part in parts if not unicodedata.combining(part))


def _syllable(number: int) -> str:
    initial, rest = divmod(number, len(_MEDIALS) * len(_FINALS))
    medial, final = divmod(rest, len(_FINALS))
    return _INITIALS[initial] + _MEDIALS[medial] + _FINALS[final]
