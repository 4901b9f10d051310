"""One-time codes by RFC 6238 (TOTP), and recovery codes. Pure; no I/O, no clock, no randomness."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from urllib.parse import quote

STEP_SECONDS = 30
DIGITS = 6
SECRET_BYTES = 20
RECOVERY_CODES = 10
RECOVERY_BYTES = 10
# A code of the step before or after is taken: clocks differ, and people type slowly.
_STEPS_AROUND = 1


def code_of_step(*, secret: bytes, step: int, digits: int = DIGITS) -> str:
    """Return the code of one step of 30 seconds, by RFC 4226 over SHA-1 as authenticator apps do."""
    digest = hmac.new(secret, step.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def step_at(*, at: datetime) -> int:
    """Return the number of the step that ``at`` falls into."""
    return int(at.timestamp()) // STEP_SECONDS


def step_of_code(*, secret: bytes, code: str, at: datetime, last_used_step: int) -> int | None:
    """Return the step whose code was given, or None.

    A code of ``last_used_step`` or before was seen already and is worth nothing. All steps are compared, so that the
    time taken tells nothing.
    """
    given = "".join(code.split()).encode()
    now = step_at(at=at)
    found = None
    for step in range(now - _STEPS_AROUND, now + _STEPS_AROUND + 1):
        fits = hmac.compare_digest(code_of_step(secret=secret, step=step).encode(), given)
        if fits and step > last_used_step:
            found = step
    return found


def secret_text(*, secret: bytes) -> str:
    """Return the secret as a person types it into an authenticator app."""
    return base64.b32encode(secret).decode().rstrip("=")


def key_uri(*, secret: bytes, email: str, issuer: str) -> str:
    """Return the ``otpauth`` address that authenticator apps read."""
    label = quote(f"{issuer}:{email}", safe="")
    return (
        f"otpauth://totp/{label}?secret={secret_text(secret=secret)}&issuer={quote(issuer, safe='')}"
        f"&algorithm=SHA1&digits={DIGITS}&period={STEP_SECONDS}"
    )


def recovery_code_text(*, entropy: bytes) -> str:
    """Return a recovery code of 16 characters in four groups."""
    text = base64.b32encode(entropy).decode().lower()
    return "-".join(text[place : place + 4] for place in range(0, len(text), 4))


def recovery_code_hash(*, code: str) -> str:
    """Return the form in which a recovery code is kept; it has 80 random bits, so a plain hash cannot be searched."""
    plain = "".join(character for character in code.lower() if character.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()
