"""The port of field encryption: what identifies or pays a person is stored only through it."""

from __future__ import annotations

from typing import Protocol

from openaisle.kernel.errors import OpenAisleError


class DecryptionFailed(OpenAisleError):
    """A ciphertext was altered, moved to another record, or made with a key that is gone."""

    code = "decryption-failed"
    title = "A protected field cannot be read"
    mend = "Restore the key file that belongs to this store."


class FieldCipher(Protocol):
    """Encrypts single fields, bound to where they stand."""

    def encrypt(self, *, plaintext: bytes, place: str) -> str:
        """Return an opaque ASCII text; ``place`` (record and field) must be the same to decrypt."""
        ...

    def decrypt(self, *, ciphertext: str, place: str) -> bytes:
        """Return the plaintext; raises DecryptionFailed."""
        ...
