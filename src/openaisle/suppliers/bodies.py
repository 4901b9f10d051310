"""What callers send about suppliers, with the limits of each field."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from openaisle.kernel.context import Context
from openaisle.kernel.texts import END
from openaisle.suppliers.dossier import (
    FORBIDDEN_CHARACTERS,
    Agreement,
    BankAccount,
    Certification,
    Contact,
    DocumentKind,
    Line,
    Paragraphs,
    Person,
    PersonRole,
    PostalAddress,
    Share,
    ShortLine,
    TaxNumber,
)
from openaisle.suppliers.facts import (
    LANGUAGE_PATTERN,
    LENGTH_MAXIMUM,
    STREET_LINES,
    TAX_ID,
    Address,
    BusinessModel,
    ClearFacts,
    SupplierFacts,
    with_fact,
)
from openaisle.suppliers.model import ImmediateGround, SupplierState

_TEXT = f"^[^{FORBIDDEN_CHARACTERS}]*{END}"

LegalName = Annotated[str, Meta(min_length=1, max_length=LENGTH_MAXIMUM["legal_name"], pattern=_TEXT)]
Country = Annotated[
    str,
    Meta(min_length=2, max_length=LENGTH_MAXIMUM["country"], pattern=_TEXT, examples=["BR", "Germany"]),
]
RegistrationNumber = Annotated[str, Meta(min_length=1, max_length=LENGTH_MAXIMUM["registration_number"], pattern=_TEXT)]
TaxId = Annotated[str, Meta(min_length=1, max_length=LENGTH_MAXIMUM[TAX_ID], pattern=_TEXT)]
Lei = Annotated[
    str, Meta(min_length=1, max_length=LENGTH_MAXIMUM["lei"], pattern=_TEXT, examples=["7LTWFZYICNSX8D621K86"])
]
Email = Annotated[str, Meta(min_length=1, max_length=LENGTH_MAXIMUM["email"], pattern=_TEXT)]
Phone = Annotated[str, Meta(min_length=1, max_length=LENGTH_MAXIMUM["phone"], pattern=_TEXT)]
Website = Annotated[str, Meta(min_length=1, max_length=LENGTH_MAXIMUM["website"], pattern=_TEXT)]
Language = Annotated[
    str,
    Meta(min_length=2, max_length=LENGTH_MAXIMUM["language"], pattern=f"^{LANGUAGE_PATTERN}{END}", examples=["pt-BR"]),
]
StreetLines = Annotated[
    tuple[Annotated[str, Meta(min_length=1, max_length=120, pattern=_TEXT)], ...], Meta(min_length=1, max_length=4)
]
City = Annotated[str, Meta(min_length=1, max_length=LENGTH_MAXIMUM["address.city"], pattern=_TEXT)]
Region = Annotated[str, Meta(min_length=1, max_length=LENGTH_MAXIMUM["address.region"], pattern=_TEXT)]
PostalCode = Annotated[str, Meta(min_length=1, max_length=LENGTH_MAXIMUM["address.postal_code"], pattern=_TEXT)]
Url = Annotated[str, Meta(min_length=1, max_length=500, pattern=_TEXT)]
Reason = Annotated[str, Meta(min_length=1, max_length=2_000)]


class AddressBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The supplier's seat; without ``country`` it is in the supplier's own."""

    street_lines: StreetLines
    city: City
    postal_code: PostalCode
    region: Region | None = None
    country: Country | None = None


class PersonBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A representative or beneficial owner; ``share`` in percent. The birth date is kept encrypted, never shown."""

    role: PersonRole
    name: Line
    country: ShortLine | None = None
    share: Share | None = None
    birth_date: date | None = None


class DossierBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be told beyond the first facts, now or later; a list replaces the one told before, null empties.

    ``terms_version`` says which terms are agreed to; when and by whom is noted with it.
    """

    register_name: Line | UnsetType | None = UNSET
    legal_form: ShortLine | UnsetType | None = UNSET
    brands: Annotated[tuple[Line, ...], Meta(max_length=100)] | UnsetType = UNSET
    contacts: Annotated[tuple[Contact, ...], Meta(max_length=20)] | UnsetType = UNSET
    people: Annotated[tuple[PersonBody, ...], Meta(max_length=50)] | UnsetType = UNSET
    certifications: Annotated[tuple[Certification, ...], Meta(max_length=50)] | UnsetType = UNSET
    return_address: PostalAddress | UnsetType | None = UNSET
    return_policy: Paragraphs | UnsetType | None = UNSET
    terms_version: ShortLine | UnsetType = UNSET
    tax_ids: Annotated[tuple[TaxNumber, ...], Meta(max_length=40)] | UnsetType = UNSET
    bank_account: BankAccount | UnsetType | None = UNSET


class ApplicationBody(DossierBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A supplier application. ``country`` is an ISO 3166 code of two letters, or a name, which is made one."""

    legal_name: LegalName
    country: Country
    registration_number: RegistrationNumber
    email: Email
    phone: Phone
    address: AddressBody
    doing_business_as: LegalName | None = None
    lei: Lei | None = None
    tax_id: TaxId | None = None
    website: Website | None = None
    language: Language | None = None
    business_model: BusinessModel = BusinessModel.MARKETPLACE


class AddressAmendment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parts of the address that change."""

    street_lines: StreetLines | UnsetType = UNSET
    city: City | UnsetType = UNSET
    postal_code: PostalCode | UnsetType = UNSET
    region: Region | UnsetType | None = UNSET
    country: Country | UnsetType | None = UNSET


class AmendmentBody(DossierBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parts of the application that change; null empties an optional one, what is left out stays."""

    legal_name: LegalName | UnsetType = UNSET
    country: Country | UnsetType = UNSET
    registration_number: RegistrationNumber | UnsetType = UNSET
    email: Email | UnsetType = UNSET
    phone: Phone | UnsetType = UNSET
    address: AddressAmendment | UnsetType = UNSET
    doing_business_as: LegalName | UnsetType | None = UNSET
    lei: Lei | UnsetType | None = UNSET
    tax_id: TaxId | UnsetType | None = UNSET
    website: Website | UnsetType | None = UNSET
    language: Language | UnsetType | None = UNSET
    business_model: BusinessModel | UnsetType = UNSET


class DraftBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The start of an application that is filled in step by step; the mailbox is what it is known by."""

    email: Email
    business_model: BusinessModel = BusinessModel.MARKETPLACE


class AnswerBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the supplier answers to a reviewer's questions."""

    answer: Reason


class OffboardingBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a supplier is to leave, and the ground on which it leaves without notice, if there is one."""

    reason: Reason
    immediate_ground: ImmediateGround | None = None


class DocumentQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a document is about, its file's name, and the dates on it."""

    kind: DocumentKind
    file_name: Annotated[str, Meta(min_length=1, max_length=200, pattern=_TEXT)]
    issued_on: date | None = None
    expires_on: date | None = None


class ReasonBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why; it is kept in the audit trail and told to the supplier."""

    reason: Reason


class SupplierFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which suppliers to list: all, the newest first; or those in a state by name, perhaps only names that start so."""

    state: SupplierState | None = None
    name_prefix: Annotated[str, Meta(min_length=1, max_length=100, pattern=_TEXT)] | None = None
    after: Annotated[str, Meta(max_length=500)] | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


_SIMPLE_FIELDS = tuple(
    field
    for field in AmendmentBody.__struct_fields__
    if field not in DossierBody.__struct_fields__ and field != "address"
)


def facts_of(*, body: ApplicationBody, context: Context) -> ClearFacts:
    """Return the facts an application states; raises FactInvalid."""
    address = body.address
    facts = SupplierFacts(
        legal_name=body.legal_name,
        country=body.country,
        registration_number=body.registration_number,
        email=body.email,
        phone=body.phone,
        address=Address(
            street_lines=address.street_lines,
            city=address.city,
            postal_code=address.postal_code,
            region=address.region,
            country=address.country,
        ),
        doing_business_as=body.doing_business_as,
        lei=body.lei,
        website=body.website,
        language=body.language,
        business_model=body.business_model,
    )
    clear = ClearFacts(facts=facts, tax_id=body.tax_id)
    for field, value in dossier_changes_of(body=body, context=context).items():
        clear = with_fact(clear=clear, field=field, value=value)
    return clear


def dossier_changes_of(*, body: DossierBody, context: Context) -> dict[str, object]:
    """Return what a body says of the dossier and the secrets, by the names of their parts."""
    told = {field: getattr(body, field) for field in DossierBody.__struct_fields__}
    changes: dict[str, object] = {field: value for field, value in told.items() if value is not UNSET}
    if not isinstance(body.people, UnsetType):
        changes["people"] = tuple(
            Person(role=one.role, name=one.name, country=one.country, share=one.share) for one in body.people
        )
        changes["birth_dates"] = tuple(one.birth_date for one in body.people)
    if not isinstance(body.terms_version, UnsetType):
        del changes["terms_version"]
        changes["agreement"] = Agreement(
            terms_version=body.terms_version, accepted_at=context.at, accepted_by=context.principal.actor
        )
    return changes


def changes_of(*, body: AmendmentBody, context: Context) -> dict[str, object]:
    """Return the changes an amendment asks for, by the names of facts."""
    simple = {field: getattr(body, field) for field in _SIMPLE_FIELDS}
    changes: dict[str, object] = {field: value for field, value in simple.items() if value is not UNSET}
    if not isinstance(body.address, UnsetType):
        # to_builtins leaves out what is unset.
        for field, value in msgspec.to_builtins(body.address).items():
            changes[f"address.{field}"] = value
        if not isinstance(body.address.street_lines, UnsetType):
            changes[STREET_LINES] = "\n".join(body.address.street_lines)
    return {**changes, **dossier_changes_of(body=body, context=context)}
