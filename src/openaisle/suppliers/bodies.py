"""What callers send about suppliers, with the limits of each field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from openaisle.suppliers.connection import ConnectionSettings
from openaisle.suppliers.dossier import FORBIDDEN_CHARACTERS
from openaisle.suppliers.facts import (
    LENGTH_MAXIMUM,
    STREET_LINES,
    TAX_ID,
    Address,
    BusinessModel,
    ClearFacts,
    SupplierFacts,
)
from openaisle.suppliers.model import SupplierState

_TEXT = f"^[^{FORBIDDEN_CHARACTERS}]*$"

LegalName = Annotated[str, Meta(min_length=1, max_length=LENGTH_MAXIMUM["legal_name"], pattern=_TEXT)]
Country = Annotated[
    str,
    Meta(min_length=2, max_length=LENGTH_MAXIMUM["country"], pattern=_TEXT, examples=["BR", "Germany"]),
]
RegistrationNumber = Annotated[str, Meta(min_length=1, max_length=LENGTH_MAXIMUM["registration_number"], pattern=_TEXT)]
TaxId = Annotated[str, Meta(min_length=1, max_length=LENGTH_MAXIMUM[TAX_ID], pattern=_TEXT)]
Email = Annotated[str, Meta(min_length=1, max_length=LENGTH_MAXIMUM["email"], pattern=_TEXT)]
Phone = Annotated[str, Meta(min_length=1, max_length=LENGTH_MAXIMUM["phone"], pattern=_TEXT)]
Website = Annotated[str, Meta(min_length=1, max_length=LENGTH_MAXIMUM["website"], pattern=_TEXT)]
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


class ApplicationBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A supplier application. ``country`` is an ISO 3166 code of two letters, or a name, which is made one."""

    legal_name: LegalName
    country: Country
    registration_number: RegistrationNumber
    email: Email
    phone: Phone
    address: AddressBody
    doing_business_as: LegalName | None = None
    tax_id: TaxId | None = None
    website: Website | None = None
    business_model: BusinessModel = BusinessModel.MARKETPLACE


class AddressAmendment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parts of the address that change."""

    street_lines: StreetLines | UnsetType = UNSET
    city: City | UnsetType = UNSET
    postal_code: PostalCode | UnsetType = UNSET
    region: Region | UnsetType | None = UNSET
    country: Country | UnsetType | None = UNSET


class AmendmentBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parts of the application that change; null empties an optional one, what is left out stays."""

    legal_name: LegalName | UnsetType = UNSET
    country: Country | UnsetType = UNSET
    registration_number: RegistrationNumber | UnsetType = UNSET
    email: Email | UnsetType = UNSET
    phone: Phone | UnsetType = UNSET
    address: AddressAmendment | UnsetType = UNSET
    doing_business_as: LegalName | UnsetType | None = UNSET
    tax_id: TaxId | UnsetType | None = UNSET
    website: Website | UnsetType | None = UNSET
    business_model: BusinessModel | UnsetType = UNSET


class ReasonBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why; it is kept in the audit trail and told to the supplier."""

    reason: Reason


class ConnectionBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where and how the supplier's own system is called; times in seconds."""

    order_acceptance_url: Url
    inventory_url: Url | None = None
    timeout_seconds: Annotated[int, Meta(ge=1, le=30)] = 5
    maximum_batch: Annotated[int, Meta(ge=1, le=500)] = 50
    acknowledge_within_seconds: Annotated[int, Meta(ge=1, le=2_592_000)] = 86_400
    inventory_freshness_seconds: Annotated[int, Meta(ge=0, le=86_400)] = 60


class SupplierFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which suppliers to list: all, the newest first; or those in a state by name, perhaps only names that start so."""

    state: SupplierState | None = None
    name_prefix: Annotated[str, Meta(min_length=1, max_length=100, pattern=_TEXT)] | None = None
    after: Annotated[str, Meta(max_length=500)] | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


def facts_of(*, body: ApplicationBody) -> ClearFacts:
    """Return the facts an application states."""
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
        website=body.website,
        business_model=body.business_model,
    )
    return ClearFacts(facts=facts, tax_id=body.tax_id)


def changes_of(*, body: AmendmentBody) -> dict[str, str | None]:
    """Return the changes an amendment asks for, by the names of facts."""
    # to_builtins leaves out what is unset.
    sent: Mapping[str, str | None] = msgspec.to_builtins(body)
    changes = {field: value for field, value in sent.items() if field != "address"}
    if not isinstance(body.address, UnsetType):
        for field, value in msgspec.to_builtins(body.address).items():
            changes[f"address.{field}"] = value
        if not isinstance(body.address.street_lines, UnsetType):
            changes[STREET_LINES] = "\n".join(body.address.street_lines)
    return changes


def settings_of(*, body: ConnectionBody) -> ConnectionSettings:
    """Return the settings a connection is to have."""
    return ConnectionSettings(
        order_acceptance_url=body.order_acceptance_url,
        inventory_url=body.inventory_url,
        timeout_seconds=body.timeout_seconds,
        maximum_batch=body.maximum_batch,
        acknowledge_within_seconds=body.acknowledge_within_seconds,
        inventory_freshness_seconds=body.inventory_freshness_seconds,
    )
