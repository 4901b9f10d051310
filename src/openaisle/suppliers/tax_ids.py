"""Tax ids and other secrets, sealed and opened: in clear they exist only between a request or a record and a check."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

import msgspec

from openaisle.kernel.context import Context
from openaisle.kernel.encryption import FieldCipher
from openaisle.kernel.records import RecordType, decided_anew
from openaisle.kernel.table import Key, Table
from openaisle.suppliers.countries import country_code
from openaisle.suppliers.dossier import NO_SECRETS, SealedNumber, SealedSecrets, Secrets
from openaisle.suppliers.facts import ClearFacts
from openaisle.suppliers.model import SealedTaxId, Supplier
from openaisle.suppliers.schemes import recognized, tax_schemes

_KEY_BYTES = 32
_PLACE = "SECRET#tax_id_fingerprint"
_SHOWN_CHARACTERS = 4
_MARK_LENGTH = 12
_SEALED = "sealed:"
_decode_secrets = msgspec.json.Decoder(Secrets).decode


class _FingerprintKey(msgspec.Struct, frozen=True, kw_only=True):
    ciphertext: str


_KEYS = RecordType(
    kind="fingerprint_key",
    model=_FingerprintKey,
    # Access pattern: the one key of all fingerprints, read once per process.
    key=lambda _record: Key(_PLACE, "SECRET"),
    streamed=False,
)


class TaxIds:
    """Seals and opens tax ids.

    A tax id has too few digits for a plain hash to hide it, so fingerprints are made with a key of their own, which
    is made at the first use and kept encrypted in the table.
    """

    def __init__(self, *, table: Table, cipher: FieldCipher, entropy: Callable[[int], bytes]) -> None:
        """Take the table, the cipher of fields, and ``entropy``, which returns that many random bytes."""
        self._table = table
        self._cipher = cipher
        self._entropy = entropy
        self._key: bytes | None = None

    async def sealed(
        self, *, supplier_id: str, country: str, tax_id: str | None, context: Context
    ) -> SealedTaxId | None:
        """Return a tax id in the form in which it is kept."""
        if not tax_id:
            return None
        key = self._key or await self._load_key(context=context)
        return SealedTaxId(
            ciphertext=self._cipher.encrypt(plaintext=tax_id.encode(), place=_tax_id_place(supplier_id)),
            masked=masked(text=tax_id),
            fingerprint=_tax_id_fingerprint(key, country, tax_id),
        )

    async def sealed_secrets(self, *, supplier_id: str, secrets: Secrets, context: Context) -> SealedSecrets | None:
        """Return the other secrets in the form in which they are kept: None where nothing is told."""
        if secrets == NO_SECRETS:
            return None
        key = self._key or await self._load_key(context=context)
        account = secrets.bank_account
        return SealedSecrets(
            ciphertext=self._cipher.encrypt(plaintext=msgspec.json.encode(secrets), place=_secrets_place(supplier_id)),
            tax_ids=tuple(
                SealedNumber(
                    country=one.country,
                    masked=masked(text=one.number),
                    fingerprint=_tax_id_fingerprint(key, one.country, one.number),
                )
                for one in secrets.tax_ids
            ),
            bank_account=SealedNumber(
                country=account.country,
                masked=masked(text=account.iban or account.account_number or ""),
                fingerprint=_fingerprint(key, "bank account", account.number),
            )
            if account is not None
            else None,
            bank_account_holder=account.holder if account is not None else None,
        )

    def opened(self, *, supplier: Supplier) -> ClearFacts:
        """Return the supplier's facts with what is secret in clear; raises DecryptionFailed."""
        tax_id = None
        if supplier.tax_id is not None:
            place = _tax_id_place(supplier.supplier_id)
            tax_id = self._cipher.decrypt(ciphertext=supplier.tax_id.ciphertext, place=place).decode()
        secrets = NO_SECRETS
        if supplier.sealed is not None:
            place = _secrets_place(supplier.supplier_id)
            secrets = _decode_secrets(self._cipher.decrypt(ciphertext=supplier.sealed.ciphertext, place=place))
        return ClearFacts(facts=supplier.facts, tax_id=tax_id, secrets=secrets)

    async def correction_mark(self, *, field: str, text: str, context: Context) -> str:
        """Return a short mark of a corrected secret, by which two of them are told apart and neither is known."""
        key = self._key or await self._load_key(context=context)
        return _fingerprint(key, f"correction of {field}", text)[:_MARK_LENGTH]

    def sealed_correction(self, *, supplier_id: str, tax_id: str) -> str:
        """Return a tax id that a person corrected in the form in which it may travel to the supplier's record."""
        place = _correction_place(supplier_id)
        return _SEALED + self._cipher.encrypt(plaintext=tax_id.encode(), place=place)

    def opened_correction(self, *, supplier_id: str, text: str) -> str:
        """Return the tax id of a sealed correction, or the text itself if it is none; raises DecryptionFailed."""
        if not text.startswith(_SEALED):
            return text
        place = _correction_place(supplier_id)
        return self._cipher.decrypt(ciphertext=text.removeprefix(_SEALED), place=place).decode()

    async def _load_key(self, *, context: Context) -> bytes:
        async def attempt() -> bytes:
            item = await self._table.get(key=Key(_PLACE, "SECRET"))
            if item is not None:
                ciphertext = _KEYS.decode(item).record.ciphertext
                return self._cipher.decrypt(ciphertext=ciphertext, place=_PLACE)
            fresh = self._entropy(_KEY_BYTES)
            record = _FingerprintKey(ciphertext=self._cipher.encrypt(plaintext=fresh, place=_PLACE))
            await self._table.commit(writes=[_KEYS.create(record)], context=context)
            return fresh

        self._key = await decided_anew(attempt)
        return self._key


def masked(*, text: str) -> str:
    """Return a number with all but its last characters hidden, in its own length."""
    shown = min(_SHOWN_CHARACTERS, len(text) // 2)
    return "*" * (len(text) - shown) + text[len(text) - shown :]


def _correction_place(supplier_id: str) -> str:
    return f"SUPPLIER#{supplier_id}/tax_id_correction"


def _tax_id_fingerprint(key: bytes, country: str, number: str) -> str:
    """Return the fingerprint of a tax id, which is the same with or without the country before the number."""
    code = country_code(text=country) or country
    recognition = recognized(schemes=tax_schemes(country=code), number=number)
    return _fingerprint(key, code, recognition.compact if recognition is not None else number)


def _fingerprint(key: bytes, kind: str, number: str) -> str:
    plain = "".join(character for character in number.upper() if character.isalnum())
    return hmac.new(key, f"{kind.upper()}|{plain}".encode(), hashlib.sha256).hexdigest()


def _secrets_place(supplier_id: str) -> str:
    return f"SUPPLIER#{supplier_id}/secrets"


def _tax_id_place(supplier_id: str) -> str:
    return f"SUPPLIER#{supplier_id}/tax_id"
