"""Names written otherwise, as people who err or hide write them. Seeded: the same seed makes the same names.

The respellings are those by which passports, registers and newspapers differ; they are stated here on their own and not
taken from the matcher, so that it is not tested against itself.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_NEIGHBORS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")

# Pairs that stand for each other in transliterations of Arabic, Persian, Cyrillic, Hebrew, Korean and Chinese names.
RESPELLINGS: tuple[tuple[str, str], ...] = (
    (r"\bmohammad\b", "muhammed"),
    (r"\bmohammed\b", "mohamad"),
    (r"\bmuhammad\b", "mohamed"),
    (r"\bahmed\b", "ahmad"),
    (r"\bhussein\b", "husayn"),
    (r"\bhussain\b", "hossein"),
    (r"\bhassan\b", "hasan"),
    (r"\byusuf\b", "yousef"),
    (r"\byousef\b", "youssef"),
    (r"\babdul\b", "abdel"),
    (r"\bal-", "el-"),
    (r"\bal-", "al "),
    (r"\bomar\b", "umar"),
    (r"\busama\b", "osama"),
    (r"\bkhalid\b", "khaled"),
    (r"\bsaeed\b", "said"),
    (r"\bsergei\b", "sergey"),
    (r"\bsergey\b", "serguei"),
    (r"\baleksandr\b", "alexander"),
    (r"\balexander\b", "aleksandr"),
    (r"\baleksey\b", "alexei"),
    (r"\baleksei\b", "alexey"),
    (r"\bdmitri\b", "dmitry"),
    (r"\bdmitriy\b", "dmitri"),
    (r"\byevgeniy\b", "evgeny"),
    (r"\bevgeniy\b", "yevgeny"),
    (r"\bandrei\b", "andrey"),
    (r"\bandrey\b", "andrei"),
    (r"\byuri\b", "yury"),
    (r"\bvladimir\b", "wladimir"),
    (r"\bkim\b", "gim"),
    (r"\bpak\b", "park"),
    (r"\bri\b", "lee"),
    ("kh", "h"),
    ("zh", "j"),
    ("shch", "sch"),
    ("ts", "tz"),
    ("ks", "x"),
    ("ph", "f"),
    ("ck", "k"),
    ("iya", "ia"),
    ("yev", "ev"),
    ("ey", "ei"),
    ("iy", "y"),
    (r"skiy\b", "sky"),
    (r"ov\b", "off"),
    ("ou", "u"),
    ("oo", "u"),
    ("ee", "i"),
    ("dj", "j"),
    ("gh", "g"),
    ("dh", "d"),
    ("q", "k"),
    ("w", "v"),
    ("y", "i"),
)

_ENGLISH_FORM = (
    r"(?:(?:CLOSED |OPEN |PUBLIC |PRIVATE )?JOINT STOCK COMPANY|LIMITED LIABILITY COMPANY|FREE ZONE COMPANY)"
)
_RUSSIAN_FORM = (
    r"(?:OBSHCHESTVO S OGRANICHENNO[IY] OTVETSTVENNOSTYU|(?:\w+E )?AKTSIONERNOE OBSHCHESTVO|OOO|OAO|ZAO|PAO|AO)"
)
_SHORT_FORM = (
    r"(?:LTD|LIMITED|L\.?L\.?C|INC|INCORPORATED|CORP|CORPORATION|GMBH(?: & CO\.? KG)?|PLC|P?JSC|LTDA|FZE|FZCO|LLP"
    r"|COMPANY|CO"
    r"|S\.A\.L|SAL(?: OFFSHORE)?|AG|E?OOD|DOO|OY|S\.A\.P\.I\. DE C\.V"
    r"|S\.A\.?(?: DE C\.V)?|S\. DE R\.L(?:\. DE C\.V)?|SA|S\.A\.S|S\.R\.L|B\.V|A\.S|KFT|D\.O\.O|EIRELI"
    r"|PUBLIC COMPANY LIMITED)"
)
_LEGAL_FORM = re.compile(
    rf"(?:,? (?:{_ENGLISH_FORM}|{_RUSSIAN_FORM}|{_SHORT_FORM})\.?)+$|^(?:{_ENGLISH_FORM}|{_RUSSIAN_FORM}|JSC|LLC|PJSC) "
)

_CYRILLIC = (
    ("shch", "щ"),
    ("gh", "г"),  # noqa: RUF001
    ("th", "т"),
    ("dh", "д"),
    ("ph", "ф"),
    ("dj", "дж"),
    ("(?<=[aeiou])yo", "йо"),
    ("kh", "х"),  # noqa: RUF001
    ("zh", "ж"),
    ("ch", "ч"),
    ("sh", "ш"),
    ("ts", "ц"),
    ("yu", "ю"),
    ("ya", "я"),
    ("yo", "ё"),
    (r"\bye", "е"),  # noqa: RUF001
    ("j", "дж"),
    ("ck", "к"),
    ("x", "кс"),
    ("c(?=[eiy])", "с"),  # noqa: RUF001
    ("(?<=[aeiou])y", "й"),
    *zip("abvgdezijklmnoprstufhcqwy", [*"абвгдезийклмнопрстуфхк", "к", "в", "и"], strict=True),
)
_LOOK_ALIKES = dict(zip("AEOPCXKMTHB", "АЕОРСХКМТНВ", strict=True))  # noqa: RUF001 - that is the disguise
_MARKS = {"a": "á", "e": "é", "i": "í", "o": "ö", "u": "ü", "c": "ç", "n": "ñ", "s": "š", "z": "ž"}


def typed_wrong(*, name: str, chance: random.Random) -> str | None:
    """Return the name with one letter left out, doubled, swapped with the next, or hit beside; None if it has none."""
    places = [at for at, letter in enumerate(name) if letter.isalnum()]
    if len(places) < 4:
        return None
    at = chance.choice(places)
    letter = name[at].lower()
    match chance.randrange(4):
        case 0:
            wrong = name[:at] + name[at + 1 :]
        case 1:
            wrong = name[:at] + chance.choice(_LETTERS) + name[at:]
        case 2 if at + 1 < len(name) and name[at + 1].isalnum() and name[at + 1] != name[at]:
            wrong = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
        case _:
            wrong = name[:at] + _beside(letter, chance) + name[at + 1 :]
    return wrong


def _beside(letter: str, chance: random.Random) -> str:
    for row in _NEIGHBORS:
        at = row.find(letter)
        if at >= 0:
            return chance.choice(row[max(at - 1, 0) : at] + row[at + 1 : at + 2])
    return chance.choice([digit for digit in "0123456789" if digit != letter])


def in_other_order(*, name: str, chance: random.Random) -> str | None:
    """Return the words in another order, the legal form where it was; None if there is only one word."""
    bare = _LEGAL_FORM.sub("", name).strip(" ,") or name
    words = bare.replace(",", " ").split()
    if len(set(words)) < 2:
        return None
    shuffled = words[:]
    while shuffled == words:
        chance.shuffle(shuffled)
    return name.replace(bare, " ".join(shuffled))


def without_legal_form(*, name: str, chance: random.Random) -> str | None:  # noqa: ARG001 - as all alterations
    """Return the name of a company without its legal form; None if it has none."""
    bare = _LEGAL_FORM.sub("", name).strip(" ,")
    return bare if bare and bare != name else None


def respelled(*, name: str, chance: random.Random) -> str | None:
    """Return the name with one or two words as another transliteration has them; None if nothing can be respelled."""
    bare = (_LEGAL_FORM.sub("", name).strip(" ,") or name).lower()
    possible = [pair for pair in RESPELLINGS if re.search(pair[0], bare)]
    if not possible:
        return None
    text = bare
    for before, after in chance.sample(possible, k=min(len(possible), chance.choice((1, 2)))):
        text = re.sub(before, after, text)
    return name.lower().replace(bare, text).upper() if text != bare else None


def in_cyrillic(*, name: str, chance: random.Random) -> str | None:  # noqa: ARG001 - as all alterations
    """Return a person's name in Cyrillic letters, as a Russian newspaper would print it; None for other names."""
    if not re.fullmatch(r"[A-Z' -]+, [A-Z][A-Za-z' -]+", name):
        return None
    text = name.lower()
    for latin, cyrillic in _CYRILLIC:
        text = re.sub(latin, cyrillic, text)
    return text.upper()


def with_marks(*, name: str, chance: random.Random) -> str | None:
    """Return the name with marks over some letters; None if no letter takes one."""
    marked = "".join(_MARKS.get(letter, letter) if chance.random() < 0.3 else letter for letter in name.lower())
    return marked if marked != name.lower() else None


def disguised(*, name: str, chance: random.Random) -> str | None:
    """Return the name with Cyrillic letters that look Latin and characters that no eye sees; None if it has no such."""
    fitting = [at for at, letter in enumerate(name) if letter in _LOOK_ALIKES]
    if not fitting:
        return None
    chosen = set(chance.sample(fitting, k=min(len(fitting), 2)))
    letters = [_LOOK_ALIKES[letter] if at in chosen else letter for at, letter in enumerate(name)]
    letters.insert(chance.randrange(1, len(letters)), "\u200b")
    return "".join(letters)


Alteration = Callable[..., str | None]

ALTERATIONS: Mapping[str, Alteration] = {
    "one typing error": typed_wrong,
    "words in another order": in_other_order,
    "legal form missing": without_legal_form,
    "another transliteration": respelled,
    "in Cyrillic letters": in_cyrillic,
    "with marks over letters": with_marks,
    "disguised by look-alikes and hidden characters": disguised,
}
