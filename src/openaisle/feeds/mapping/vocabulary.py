"""What headers mean, as it stands in headers.toml; and how a header is read: accents, units, currencies, brackets."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from enum import IntEnum
from functools import cache
from importlib import resources

import msgspec

from openaisle.feeds.mapping.units import UNIT_SPELLINGS

NOTHING = "nothing"
UNIT_PREFIX = "unit."
_WORD = re.compile(r"[^\W_]+|[€$£¥\"%]")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PREFIX = re.compile(r"^\*?(?:g|c|p|meta|product)\s*:\s*", re.IGNORECASE)
_BRACKETS = re.compile(r"\s*[\[(]([^\])]*)[\])]\s*")
_ALTERNATIVES = re.compile(r"\s*/\s*|\s+or\s+|,\s+")
# Within brackets these change what a header means.
_QUALIFIERS = frozenset(
    {"net", "netto", "excl", "exkl", "exclusive", "excluded", "ex", "without", "ohne", "zzgl", "ht", "hors", "sin"}
    | {"senza", "sem", "bez", "zonder", "alt", "old", "min", "max", "per", "pro", "par", "por", "off", "discount"}
    | {"before", "was", "from", "to", "reserved", "sold", "ordered"}
)
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe"})
_CURRENCIES: Mapping[str, str] = {
    "€": "EUR",
    "euro": "EUR",
    "euros": "EUR",
    "£": "GBP",
    "zl": "PLN",
    "pln": "PLN",
    **{code.lower(): code for code in ("EUR", "USD", "GBP", "CHF", "SEK", "DKK", "NOK", "CZK", "BRL", "HUF", "RON")},
}
# A unit is looked for only at the end of a header; a single letter or quote only within brackets.
_TRAILING_UNITS = {word for word in UNIT_SPELLINGS if len(word) > 1 and word.isalpha() and word != "in"} | {"g", "m"}


class Strength(IntEnum):
    """How surely a header means a field."""

    DOUBTFUL = 1
    WEAK = 2
    STRONG = 3


class Meaning(msgspec.Struct, frozen=True, kw_only=True):
    """A field that a header means; ``nothing`` is a known column that is none of ours."""

    field: str
    strength: Strength


class ReadHeader(msgspec.Struct, frozen=True, kw_only=True):
    """A header taken apart; ``compact`` holds its letters and digits alone, without unit and currency."""

    compact: str
    whole: str
    unit: str | None = None
    currency: str | None = None


@cache
def meanings() -> Mapping[str, Meaning]:
    """Return what each known header means, by its compact form."""
    text = resources.files("openaisle.feeds.mapping").joinpath("headers.toml").read_text(encoding="utf-8")
    found: dict[str, Meaning] = {}
    for field, words in tomllib.loads(text).items():
        for strength in (Strength.STRONG, Strength.WEAK, Strength.DOUBTFUL):
            for word in words.get(strength.name.lower(), ()):
                meaning = Meaning(field=field, strength=strength)
                known = found.get(compacted(text=word))
                if known is None or known.strength < strength:
                    found[compacted(text=word)] = meaning
    return found


def compacted(*, text: str) -> str:
    """Return the letters and digits of a text, in lower case and without accents."""
    return "".join(_words(text))


def read_header(*, header: str) -> ReadHeader:
    """Return a header taken apart."""
    words = _words(_PREFIX.sub("", header.strip()[:200]))
    whole = "".join(words)
    unit = currency = None
    if len(words) > 1:
        last = words[-1]
        if last in UNIT_SPELLINGS and (last in _TRAILING_UNITS or header.rstrip().endswith((")", "]"))):
            unit, words = UNIT_SPELLINGS[last], words[:-1]
        elif last in _CURRENCIES:
            currency, words = _CURRENCIES[last], words[:-1]
        elif words[0] in _CURRENCIES:
            currency, words = _CURRENCIES[words[0]], words[1:]
        if words and words[-1] == "in" and unit is not None:
            words = words[:-1]
    return ReadHeader(compact="".join(words), whole=whole, unit=unit, currency=currency)


def part_meaning(*, header: str) -> str | None:
    """Return the field that a header means by a part of it: beside its brackets, within them, or by an alternative.

    The parts that mean anything must mean the same, and no word may turn the meaning round.
    """
    bare = _PREFIX.sub("", header.strip()[:200])
    inner = _BRACKETS.findall(bare)
    if _QUALIFIERS & {word for part in (bare, *inner) for word in _words(part)}:
        return None
    parts = [_BRACKETS.sub(" ", bare), *inner]
    parts = [piece for part in parts for piece in (part, *_ALTERNATIVES.split(part))]
    known = meanings()
    meant = [known[name] for name in (compacted(text=part) for part in parts) if name in known]
    found = {one.field for one in meant if one.strength is not Strength.DOUBTFUL}
    return found.pop() if len(found) == 1 else None


def _words(text: str) -> list[str]:
    parted = _CAMEL.sub(" ", text.replace("R$", "BRL").replace("#", " no ")).casefold().translate(_LETTERS)
    plain = "".join(one for one in unicodedata.normalize("NFKD", parted) if not unicodedata.combining(one))
    return _WORD.findall(plain)
