"""A name as it is compared: small Latin letters, in words, without its legal form; and what was odd about it."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

import msgspec

from openaisle.suppliers.screening.legal_forms import LITTLE_WORDS, doubtful_legal_form, without_legal_form
from openaisle.suppliers.screening.scripts import LOOK_ALIKES, Script, script_of, spelled

NAME_LENGTH_MAXIMUM = 500

_APOSTROPHES = re.compile(r"['`\u00b4\u02bb\u02bc\u05f3\u05f4\u2018\u2019\u2032]")
_WORD = re.compile(r"[^\W_]+")
# A dot or stroke between two single letters: S.A., A/S.
_WITHIN_ABBREVIATION = re.compile(r"(?<![^\W_])([^\W\d_])[./](?=[^\W\d_](?![^\W_]))")


class Oddity(StrEnum):
    """What is odd about the writing of a name."""

    HIDDEN_CHARACTERS = "hidden_characters"
    LOOK_ALIKE_LETTERS = "look_alike_letters"
    UNREADABLE_SCRIPT = "unreadable_script"


class NameReading(msgspec.Struct, frozen=True, kw_only=True):
    """A name read: ``words`` are compared, ``legal_form`` is not; ``words`` is empty where nothing could be read.

    ``doubtful`` words may be a mistyped legal form, so they weigh little.
    """

    text: str
    words: tuple[str, ...]
    legal_form: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    oddities: tuple[Oddity, ...] = ()


def read_name(*, text: str, company: bool = True) -> NameReading:
    """Return the reading of a name; that of a person (``company`` false) keeps words that look like a legal form.

    Only its first 500 characters are read.
    """
    text = text[:NAME_LENGTH_MAXIMUM]
    oddities: tuple[Oddity, ...] = ()
    folded = text.lower()
    if not text.isascii():
        folded, oddities = _folded(text)
    words = _words(folded)
    if not company:
        return NameReading(text=text, words=words, oddities=oddities)
    kept, form = without_legal_form(words=words)
    return NameReading(
        text=text,
        words=kept,
        legal_form=form,
        doubtful=doubtful_legal_form(words=kept, legal_form=form),
        oddities=oddities,
    )


def _folded(text: str) -> tuple[str, tuple[Oddity, ...]]:
    """Return the text in small Latin letters, with what was odd about it."""
    odd: list[Oddity] = []
    # Characters of the class Cf steer writing and are not seen: zero-width ones, direction marks, soft hyphens.
    visible = "".join(letter for letter in text if unicodedata.category(letter) not in {"Cf", "Co", "Cs"})
    if visible != text:
        odd.append(Oddity.HIDDEN_CHARACTERS)
    visible = _APOSTROPHES.sub("'", unicodedata.normalize("NFKC", visible).casefold())
    pieces = re.split(r"([\W_]+)", visible)
    latin_elsewhere = any(piece.isascii() and piece.isalpha() for piece in pieces)
    real_elsewhere = any(_has_other_letters(piece) for piece in pieces)
    read = []
    for piece in pieces:
        folded = _without_look_alikes(piece, latin_elsewhere=latin_elsewhere and not real_elsewhere)
        if folded != piece:
            odd.append(Oddity.LOOK_ALIKE_LETTERS)
        read.append(spelled(word=folded))
    result = "".join(read)
    if any(script_of(letter=letter) is Script.OTHER for letter in result):
        odd.append(Oddity.UNREADABLE_SCRIPT)
    return result, tuple(dict.fromkeys(odd))


def _has_other_letters(piece: str) -> bool:
    """Whether a word is wholly Cyrillic or Greek and has a letter that no Latin one looks like."""
    scripts = {script_of(letter=letter) for letter in piece} - {Script.NONE}
    if len(scripts) != 1 or scripts & {Script.LATIN, Script.OTHER}:
        return False
    return any(letter.isalpha() and letter not in LOOK_ALIKES for letter in piece)


def _without_look_alikes(piece: str, *, latin_elsewhere: bool) -> str:
    """Return a word that mixes scripts, or is disguised among Latin words, in the Latin letters it looks like."""
    if piece.isascii():
        return piece
    scripts = {script_of(letter=letter) for letter in piece} - {Script.NONE}
    foreign = scripts & {Script.CYRILLIC, Script.GREEK}
    if not foreign:
        return piece
    looks_latin = all(
        letter in LOOK_ALIKES or script_of(letter=letter) in {Script.LATIN, Script.NONE} for letter in piece
    )
    mixed = len(scripts) > 1
    if not mixed and not (latin_elsewhere and looks_latin):
        return piece
    folded = "".join(LOOK_ALIKES.get(letter, letter) for letter in piece)
    # A Cyrillic legal form beside a Latin name is usual: it reads the same either way.
    return piece if not mixed and folded == spelled(word=piece) else folded


def _words(folded: str) -> tuple[str, ...]:
    words: list[str] = []
    joined = ""
    for word in _WORD.findall(_WITHIN_ABBREVIATION.sub(r"\1", folded.replace("'", ""))):
        # Single letters in a row are an abbreviation too: S A is sa. A Spanish y is a word.
        if word == "y":
            continue
        if len(word) == 1 and word.isalpha():
            joined += word
            continue
        if joined:
            words.append(joined)
            joined = ""
        if word not in LITTLE_WORDS:
            words.append(word)
    if joined:
        words.append(joined)
    return tuple(words) if words else tuple(_WORD.findall(folded))
