"""Rules for the names of companies: their legal form, letters that only look right, names that shout."""

from __future__ import annotations

import re
from collections.abc import Iterator

from openaisle.suppliers.corrections.mend import Mend
from openaisle.suppliers.facts import ClearFacts, fact_texts
from openaisle.suppliers.legal_forms import form_of
from openaisle.suppliers.scripts import latin_reading, mixed_words

_NAMES = ("legal_name", "doing_business_as")
_SMALL_WORDS = frozenset(
    {"and", "da", "das", "de", "del", "der", "di", "do", "dos", "e", "et", "of", "und", "van", "y"}
)
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_SHOUTED_LETTERS_MINIMUM = 12


def legal_form(clear: ClearFacts) -> Iterator[Mend]:
    """Write the abbreviation of a legal form as its country does; a form in full is only proposed to be shortened."""
    name = clear.facts.legal_name
    reading = form_of(name=name, country=clear.facts.country)
    if reading is None:
        return
    after = f"{reading.stem} {reading.short}"
    if reading.short.startswith("Co.,"):
        # Chinese companies write a comma before nothing but the last word.
        after = f"{reading.stem} Co., Ltd."
    if after != name and not _same_but_comma(name, after):
        confidence = 0.6 if reading.written_out else 1.0
        yield Mend(field="legal_name", after=after, rule="name.legal-form", confidence=confidence)


def look_alikes(clear: ClearFacts) -> Iterator[Mend]:
    """Propose the Latin word for one that mixes Latin letters with others that look like them."""
    for field, text in fact_texts(facts=clear.facts).items():
        if text is None or text.isascii() or not mixed_words(text=text):
            continue
        after = text
        for word, _ in mixed_words(text=text):
            after = after.replace(word, latin_reading(text=word) or word)
        if after != text:
            yield Mend(field=field, after=after, rule="text.look-alike", confidence=0.8)


def all_capitals(clear: ClearFacts) -> Iterator[Mend]:
    """Propose a name of nothing but capitals in mixed case, but for its short words: those may be initials."""
    for field in _NAMES:
        text = fact_texts(facts=clear.facts)[field]
        letters = [letter for letter in text or "" if letter.isalpha()]
        if text is None or len(letters) < _SHOUTED_LETTERS_MINIMUM or not text.isupper():
            continue
        reading = form_of(name=text, country=clear.facts.country) if field == "legal_name" else None
        stem = reading.stem if reading is not None else text
        after = _WORD.sub(_cased, stem) + (f" {reading.short}" if reading is not None else "")
        if after != text:
            yield Mend(field=field, after=after, rule="text.all-capitals", confidence=0.5)


def _cased(match: re.Match[str]) -> str:
    word = match[0]
    if match.start() > 0 and word.lower() in _SMALL_WORDS:
        return word.lower()
    return word if len(word) <= 3 else word[0] + word[1:].lower()


def _same_but_comma(name: str, after: str) -> bool:
    # "Acme, Inc." is as right as "Acme Inc.".
    return name.replace(",", "") == after.replace(",", "")
