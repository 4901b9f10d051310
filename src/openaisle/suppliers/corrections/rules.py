"""The rules: each looks at the facts and says what it would mend, and whether that is certain."""

from __future__ import annotations

import re
from collections.abc import Iterator

from openaisle.suppliers import brazil
from openaisle.suppliers.corrections.addresses import american_region, postal_code_form, trailing_punctuation
from openaisle.suppliers.corrections.mend import Mend, Rule
from openaisle.suppliers.corrections.names import all_capitals, legal_form, look_alikes
from openaisle.suppliers.countries import country_code, similar_country
from openaisle.suppliers.facts import STREET_LINES, TAX_ID, ClearFacts, fact_texts
from openaisle.suppliers.mailboxes import canonical_mailbox
from openaisle.suppliers.phones import phone_reading
from openaisle.suppliers.schemes import Scheme, recognized, registration_schemes, tax_schemes
from openaisle.suppliers.screening.sources import lei_is_valid
from openaisle.suppliers.websites import website_parts

_SPACES = re.compile(r"\s+")
# What print and spreadsheets leave in a text without anybody seeing it.
_INVISIBLE = dict.fromkeys((0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
_LEI_PUNCTUATION = re.compile(r"[\s.\-\u2010-\u2015]")
_SCHEME_MISTYPED = re.compile(r"^(?:https?)(?::/(?!/)|;//|//|:)(?!//)", re.IGNORECASE)
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def white_space(clear: ClearFacts) -> Iterator[Mend]:
    """Trim each fact and leave single spaces between words; what no eye sees is removed."""
    texts = {**fact_texts(facts=clear.facts), TAX_ID: clear.tax_id}
    for field, text in texts.items():
        if text is None:
            continue
        lines = text.split("\n") if field == STREET_LINES else [text]
        mended = [_SPACES.sub(" ", line.translate(_INVISIBLE)).strip() for line in lines]
        # A text of nothing but spaces stays: an empty one could not be put into a required field.
        after = "\n".join(line for line in mended if line)
        if after and after != text:
            yield Mend(field=field, after=after, rule="text.white-space")


def country_codes(clear: ClearFacts) -> Iterator[Mend]:
    """Put the ISO 3166 code for a country's name; the code of a similar name is only proposed."""
    for field, text in (("country", clear.facts.country), ("address.country", clear.facts.address.country)):
        if text is None:
            continue
        code = country_code(text=text)
        if code is not None and code != text:
            yield Mend(field=field, after=code, rule="country.iso-code")
        elif code is None and (similar := similar_country(text=text)) is not None:
            yield Mend(field=field, after=similar, rule="country.similar-name", confidence=0.8)


def registration_number(clear: ClearFacts) -> Iterator[Mend]:
    """Put a registration number that fits its country's scheme into the compact form of that scheme."""
    schemes = registration_schemes(country=clear.facts.country)
    yield from _compact("registration_number", clear.facts.registration_number, schemes)


def tax_id(clear: ClearFacts) -> Iterator[Mend]:
    """Put a tax id that fits its country's scheme into the compact form of that scheme."""
    if clear.tax_id is not None:
        yield from _compact(TAX_ID, clear.tax_id, tax_schemes(country=clear.facts.country))


def legal_entity_identifier(clear: ClearFacts) -> Iterator[Mend]:
    """Write a valid LEI as its standard does: capitals and digits, nothing between them."""
    text = fact_texts(facts=clear.facts)["lei"]
    if text is None:
        return
    after = _LEI_PUNCTUATION.sub("", text).upper()
    # What is no LEI stays as it was written: whoever looks at it should see what the supplier sees.
    if after != text and lei_is_valid(text=after):
        yield Mend(field="lei", after=after, rule="number.lei")


def email(clear: ClearFacts) -> Iterator[Mend]:
    """Write the domain of an e-mail address in lower case and drop what a mail program put before it."""
    text = clear.facts.email
    after = canonical_mailbox(text=text)
    if "@" in after and after != text:
        yield Mend(field="email", after=after, rule="email.form")


def phone(clear: ClearFacts) -> Iterator[Mend]:
    """Write a valid telephone number in its international form (E.164)."""
    reading = phone_reading(text=clear.facts.phone, country=clear.facts.country)
    if reading is not None and reading.valid and reading.international != clear.facts.phone:
        yield Mend(field="phone", after=reading.international, rule="phone.e164")


def website(clear: ClearFacts) -> Iterator[Mend]:
    """Give a website address the scheme https and its host lower case."""
    text = clear.facts.website
    if text is None:
        return
    mistyped = _SCHEME_MISTYPED.match(text)
    rest = text[mistyped.end() :] if mistyped else _SCHEME.sub("", text) if text[:7].casefold() == "http://" else text
    address = rest if _SCHEME.match(rest) else f"https://{rest}"
    parts = website_parts(text=address)
    if parts is None or not parts.hostname:
        return
    after = parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower()).geturl()
    if after != text:
        yield Mend(field="website", after=after, rule="website.https")


def brazilian_region(clear: ClearFacts) -> Iterator[Mend]:
    """Put the code of a Brazilian state for its name; the state of the postal code is only proposed."""
    if not _in_brazil(clear):
        return
    address = clear.facts.address
    by_postal_code = brazil.state_of_postal_code(postal_code=address.postal_code)
    if address.region is None:
        if by_postal_code is not None:
            yield Mend(field="address.region", after=by_postal_code, rule="brazil.state-of-postal-code")
        return
    code = brazil.state_code(text=address.region)
    if code is not None and code != address.region:
        yield Mend(field="address.region", after=code, rule="brazil.state-code")
    elif by_postal_code is not None and by_postal_code != address.region:
        yield Mend(field="address.region", after=by_postal_code, rule="brazil.state-of-postal-code", confidence=0.7)


def brazilian_postal_code(clear: ClearFacts) -> Iterator[Mend]:
    """Give a Brazilian postal code its lost leading zero and its hyphen."""
    if not _in_brazil(clear):
        return
    text = clear.facts.address.postal_code
    restored = brazil.restored_postal_code(postal_code=text, state=clear.facts.address.region)
    if restored is not None:
        yield Mend(field="address.postal_code", after=_with_hyphen(restored), rule="brazil.leading-zero")
        return
    digits = text.replace(".", "").replace("-", "").replace(" ", "")
    if digits.isascii() and digits.isdigit() and len(digits) in (5, 8) and _with_hyphen(digits) != text:
        yield Mend(field="address.postal_code", after=_with_hyphen(digits), rule="brazil.postal-code-form")


def postal_code_case(clear: ClearFacts) -> Iterator[Mend]:
    """Write the letters of a postal code as capitals."""
    text = clear.facts.address.postal_code
    if text.upper() != text:
        yield Mend(field="address.postal_code", after=text.upper(), rule="text.capitals")


def brazilian_city(clear: ClearFacts) -> Iterator[Mend]:
    """Take the state from behind a Brazilian city's name; abbreviations are only proposed in full."""
    if not _in_brazil(clear):
        return
    address = clear.facts.address
    reading = brazil.city_reading(city=address.city, state=address.region)
    if reading.city != address.city:
        yield Mend(field="address.city", after=reading.city, rule="brazil.city-name")
    if reading.likely is not None:
        yield Mend(field="address.city", after=reading.likely, rule="brazil.city-abbreviation", confidence=0.7)


def _in_brazil(clear: ClearFacts) -> bool:
    return (clear.facts.address.country or clear.facts.country) == brazil.COUNTRY


def _with_hyphen(digits: str) -> str:
    return f"{digits[:5]}-{digits[5:]}" if len(digits) == 8 else digits


def _compact(field: str, text: str, schemes: tuple[Scheme, ...]) -> Iterator[Mend]:
    recognition = recognized(schemes=schemes, number=text)
    if recognition is not None and recognition.compact != text:
        yield Mend(field=field, after=recognition.compact, rule=f"number.{recognition.scheme.name}")


# In this order: white space confuses every other rule, and most of them go by the country or the state.
RULES: tuple[Rule, ...] = (
    white_space,
    country_codes,
    registration_number,
    tax_id,
    legal_entity_identifier,
    email,
    phone,
    website,
    postal_code_case,
    brazilian_region,
    brazilian_postal_code,
    brazilian_city,
    american_region,
    postal_code_form,
    trailing_punctuation,
    legal_form,
    look_alikes,
    all_capitals,
)
