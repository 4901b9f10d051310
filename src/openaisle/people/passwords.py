"""What a password must be. Pure; no I/O, no clock."""

from __future__ import annotations

import unicodedata

from openaisle.kernel.errors import Finding, RequestInvalid

MINIMUM_CHARACTERS = 12
MAXIMUM_CHARACTERS = 200

# What guessers try first, among those long enough; a longer text made of one of these is refused as well.
_COMMON_TEXT = """
    123456789012 1234567890123 12345678901234 123456123456 123123123123 111111111111 000000000000 987654321098
    aaaaaaaaaaaa qwertyuiopas qwertyqwerty qwerty123456 1q2w3e4r5t6y 1qaz2wsx3edc zaq12wsxcde3 asdfghjklasd
    abcdefghijkl abcd12345678 passwordpassword password1234 password12345 password123456 passw0rd1234 p@ssw0rd1234
    mypassword123 adminadminadmin administrator administrator1 admin1234567 letmeinletmein letmein12345
    welcome12345 welcome123456 iloveyou1234 iloveyouiloveyou sunshine1234 princess1234 football1234 baseball1234
    dragon123456 monkey123456 superman1234 batman123456 trustno1trustno1 changemechangeme changeme1234 secretsecret
    correcthorsebatterystaple openaisle123 openaisleopenaisle marketplace1 marketplace123 operator1234 supplier1234
"""
_COMMON = frozenset(_COMMON_TEXT.split())
_FEWEST_DIFFERENT = 5


class PasswordUnfit(RequestInvalid):
    """A password is too short or too long, or one of those that are tried first."""

    code = "password-unfit"
    title = "That password is too easy to guess"
    mend = "Choose at least 12 characters that nobody would guess; several unrelated words make a good one."


def normalized_password(*, password: str) -> str:
    """Return the password in one form, however a keyboard composed its letters."""
    return unicodedata.normalize("NFKC", password)


def require_fit_password(*, password: str, email: str) -> str:
    """Return a new password, normalized; raises PasswordUnfit."""
    normal = normalized_password(password=password)
    if not MINIMUM_CHARACTERS <= len(normal) <= MAXIMUM_CHARACTERS:
        raise _unfit(f"It has {len(normal)} characters; {MINIMUM_CHARACTERS} to {MAXIMUM_CHARACTERS} are needed.")
    folded = normal.casefold()
    if folded in _COMMON or len(set(folded)) < _FEWEST_DIFFERENT:
        raise _unfit("It is one of those that are tried first.")
    account = email.casefold()
    if folded in {account, account.partition("@")[0]} or account in folded:
        raise _unfit("It holds the e-mail address.")
    return normal


def _unfit(detail: str) -> PasswordUnfit:
    return PasswordUnfit(detail=detail, findings=[Finding(pointer="/password", detail=detail)])
