"""Hides e-mail addresses and telephone numbers in what people write to each other. Pure."""

from __future__ import annotations

import re

_EMAIL = re.compile(r"[\w.+-]{1,64}\s?(?:@|\(at\)|\[at\])\s?[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}", re.IGNORECASE)
# A plus or a leading zero makes a telephone number of digits; longer ones are of parcels.
_PHONE = re.compile(r"(?<![\w+])(?:\+|00?)[1-9][\d ()/.-]{5,30}\d(?!\w)")
_DIGITS = re.compile(r"\d")
_DIGITS_OF_A_PHONE = range(7, 16)


def without_contacts(text: str) -> str:
    """Return the text with what reaches a person outside the marketplace hidden."""
    return _PHONE.sub(_hidden, _EMAIL.sub("[e-mail address hidden]", text))


def _hidden(found: re.Match[str]) -> str:
    is_phone = len(_DIGITS.findall(found[0])) in _DIGITS_OF_A_PHONE
    return "[telephone number hidden]" if is_phone else found[0]
