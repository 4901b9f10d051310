"""What a supplier may tell beyond its first application: people, papers, bank account, returns, agreement.

Pure; no I/O, no clock. Each field states its own limits, so that requests, corrections and records share them.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from openaisle.kernel.texts import END

# Characters that steer a terminal or turn the direction of writing have no place in a name; a line break only between
# street lines and paragraphs.
FORBIDDEN_CHARACTERS = r"\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069"
_LINE = f"^[^{FORBIDDEN_CHARACTERS}]*{END}"
_PARAGRAPHS = f"^(?:[^{FORBIDDEN_CHARACTERS}]|\\n)*{END}"

ShortLine = Annotated[str, Meta(min_length=1, max_length=60, pattern=_LINE)]
Line = Annotated[str, Meta(min_length=1, max_length=200, pattern=_LINE)]
EmailLine = Annotated[str, Meta(min_length=1, max_length=254, pattern=_LINE)]
Paragraphs = Annotated[str, Meta(min_length=1, max_length=5_000, pattern=_PARAGRAPHS)]
Share = Annotated[float, Meta(ge=0, le=100)]
StreetLine = Annotated[str, Meta(min_length=1, max_length=120, pattern=_LINE)]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The base of what a dossier is made of; empty parts take no room in a record."""


class ContactRole(StrEnum):
    """What a contact is called for."""

    GENERAL = "general"
    ORDERS = "orders"
    RETURNS = "returns"
    FINANCE = "finance"
    COMPLIANCE = "compliance"
    TECHNICAL = "technical"


class Contact(Part, frozen=True, kw_only=True):
    """Somebody at the supplier."""

    role: ContactRole
    name: Line
    email: EmailLine | None = None
    phone: ShortLine | None = None


class PersonRole(StrEnum):
    """Why a person stands behind a supplier: acts for it, or owns it in the end."""

    REPRESENTATIVE = "representative"
    BENEFICIAL_OWNER = "beneficial_owner"


class Person(Part, frozen=True, kw_only=True):
    """A representative or beneficial owner; ``share`` in percent. The birth date is kept apart and encrypted."""

    role: PersonRole
    name: Line
    country: ShortLine | None = None
    share: Share | None = None


class Certification(Part, frozen=True, kw_only=True):
    """A certificate that the supplier holds, such as ISO 9001."""

    name: Line
    number: ShortLine | None = None
    issued_by: Line | None = None
    valid_until: date | None = None


class PostalAddress(Part, frozen=True, kw_only=True):
    """Where returns go; ``country`` None means the supplier's own."""

    street_lines: Annotated[tuple[StreetLine, ...], Meta(min_length=1, max_length=4)]
    city: Annotated[str, Meta(min_length=1, max_length=100, pattern=_LINE)]
    postal_code: Annotated[str, Meta(min_length=1, max_length=20, pattern=_LINE)]
    region: Annotated[str, Meta(min_length=1, max_length=100, pattern=_LINE)] | None = None
    country: ShortLine | None = None


class Agreement(Part, frozen=True, kw_only=True):
    """Which terms the supplier has agreed to, when, and who said so."""

    terms_version: ShortLine
    accepted_at: datetime
    accepted_by: Line


class Dossier(Part, frozen=True, kw_only=True):
    """What is told beyond the first application and may be read by those who may read the supplier."""

    register_name: Line | None = None
    legal_form: ShortLine | None = None
    brands: Annotated[tuple[Line, ...], Meta(max_length=100)] = ()
    contacts: Annotated[tuple[Contact, ...], Meta(max_length=20)] = ()
    people: Annotated[tuple[Person, ...], Meta(max_length=50)] = ()
    certifications: Annotated[tuple[Certification, ...], Meta(max_length=50)] = ()
    return_address: PostalAddress | None = None
    return_policy: Paragraphs | None = None
    agreement: Agreement | None = None


class TaxNumber(Part, frozen=True, kw_only=True):
    """A tax id of one country, beside the one of the first application."""

    country: ShortLine
    number: Annotated[str, Meta(min_length=1, max_length=40, pattern=_LINE)]


class BankAccount(Part, frozen=True, kw_only=True):
    """Where the supplier is paid: an IBAN, or an account number with a routing number or sort code."""

    holder: Line
    country: ShortLine
    iban: ShortLine | None = None
    routing_number: ShortLine | None = None
    sort_code: ShortLine | None = None
    account_number: ShortLine | None = None

    @property
    def number(self) -> str:
        """The account as one text, punctuation aside; two accounts are the same if these are."""
        parts = (self.iban or "", self.routing_number or "", self.sort_code or "", self.account_number or "")
        return "".join(character for part in parts for character in part.upper() if character.isalnum())


class Secrets(Part, frozen=True, kw_only=True):
    """What is kept encrypted: in clear it lives in memory only, never in a record, an event or a log.

    ``birth_dates`` belong to the dossier's people by position.
    """

    tax_ids: Annotated[tuple[TaxNumber, ...], Meta(max_length=40)] = ()
    bank_account: BankAccount | None = None
    birth_dates: Annotated[tuple[date | None, ...], Meta(max_length=50)] = ()

    def birth_date(self, *, position: int) -> date | None:
        """Return the birth date of the person at a position of the dossier's people."""
        return self.birth_dates[position] if position < len(self.birth_dates) else None


class SealedNumber(Part, frozen=True, kw_only=True):
    """What a record shows of a sealed number: its country, its last characters, a keyed fingerprint to compare."""

    country: str
    masked: str
    fingerprint: str


class SealedSecrets(Part, frozen=True, kw_only=True):
    """The secrets as a record keeps them: one ciphertext for all, and what may be shown and compared."""

    ciphertext: str
    tax_ids: tuple[SealedNumber, ...] = ()
    bank_account: SealedNumber | None = None
    bank_account_holder: str | None = None


class DocumentKind(StrEnum):
    """What a document is about."""

    REGISTER_EXTRACT = "register_extract"
    TAX_CERTIFICATE = "tax_certificate"
    BANK_STATEMENT = "bank_statement"
    IDENTITY = "identity"
    PROOF_OF_ADDRESS = "proof_of_address"
    CERTIFICATE = "certificate"
    INSURANCE = "insurance"
    IMAGE_SAMPLE = "image_sample"
    OTHER = "other"


class SupplierDocument(Part, frozen=True, kw_only=True):
    """The record of an uploaded file; its bytes stand encrypted in the blob ``blob_name``."""

    document_id: str
    supplier_id: str
    kind: DocumentKind
    file_name: str
    media_type: str
    byte_count: int
    sha256: str
    blob_name: str
    uploaded_at: datetime
    uploaded_by: str
    issued_on: date | None = None
    expires_on: date | None = None


NO_DOSSIER = Dossier()
NO_SECRETS = Secrets()
