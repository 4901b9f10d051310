"""A supplier's facts, and how one of them is named, read and changed. Pure; no I/O, no clock."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

import msgspec

from openaisle.kernel.errors import Finding, RequestInvalid
from openaisle.suppliers.dossier import FORBIDDEN_CHARACTERS, NO_DOSSIER, NO_SECRETS, Dossier, Secrets
from openaisle.suppliers.paths import is_path, texts_at, with_text_at

TAX_ID = "tax_id"
STREET_LINES = "address.street_lines"
_ADDRESS = "address."

LANGUAGE_PATTERN = r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}"
LENGTH_MAXIMUM: Mapping[str, int] = {
    "legal_name": 200,
    "doing_business_as": 200,
    "country": 60,
    "registration_number": 40,
    TAX_ID: 40,
    "lei": 40,
    "email": 254,
    "phone": 40,
    "website": 500,
    "language": 35,
    "business_model": 20,
    STREET_LINES: 500,
    "address.city": 100,
    "address.region": 100,
    "address.postal_code": 20,
    "address.country": 60,
}
"""The longest text each fact may have, in characters; its keys are the names of all facts."""

_DOSSIER_LENGTH_MAXIMUM = 5_000
_LANGUAGE = re.compile(LANGUAGE_PATTERN)
_FORBIDDEN = re.compile(f"[{FORBIDDEN_CHARACTERS}]")


class FactUnknown(RequestInvalid):
    """A correction names a field that a supplier's facts do not have."""

    code = "fact-unknown"
    title = "There is no such field"
    mend = "Name fields as the supplier application does, those of the address as address.city."


class FactInvalid(RequestInvalid):
    """A correction gives a field something it can't hold: nothing where a text is needed, no text, too long a text."""

    code = "fact-invalid"
    title = "That field cannot hold this value"
    mend = "Give the field a text within its length, or null where it may be empty."


class BusinessModel(StrEnum):
    """How the supplier works with the operator: in its own name, or shipping what the operator sells."""

    MARKETPLACE = "marketplace"
    DROP_SHIP = "drop_ship"


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where the supplier has its seat; ``country`` None means the supplier's own."""

    street_lines: tuple[str, ...]
    city: str
    postal_code: str
    region: str | None = None
    country: str | None = None


class SupplierFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a supplier says about itself, but for tax ids, bank account and birth dates: those are encrypted apart.

    ``language`` is the one it wants its mails in (BCP 47: ``pt-BR``), None for that of its country.
    """

    legal_name: str
    country: str
    registration_number: str
    email: str
    phone: str
    address: Address
    doing_business_as: str | None = None
    lei: str | None = None
    website: str | None = None
    language: str | None = None
    business_model: BusinessModel = BusinessModel.MARKETPLACE
    dossier: Dossier = NO_DOSSIER

    @property
    def name(self) -> str:
        """The name by which the supplier is known."""
        return self.doing_business_as or self.legal_name


class ClearFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The facts with what is secret in clear: lives in memory only, never in a record, an event or a log."""

    facts: SupplierFacts
    tax_id: str | None
    secrets: Secrets = NO_SECRETS


_OPTIONAL = frozenset({"doing_business_as", "lei", "website", "language", "address.region", "address.country", TAX_ID})


def fact_texts(*, facts: SupplierFacts) -> dict[str, str | None]:
    """Return each fact by its name (``legal_name``, ``address.city``); street lines are joined by line breaks.

    Of the dossier those that are told stand in it too, by path: ``contacts.0.email``.
    """
    address = facts.address
    texts = {
        "legal_name": facts.legal_name,
        "doing_business_as": facts.doing_business_as,
        "country": facts.country,
        "registration_number": facts.registration_number,
        "lei": facts.lei,
        "email": facts.email,
        "phone": facts.phone,
        "website": facts.website,
        "language": facts.language,
        "business_model": facts.business_model.value,
        STREET_LINES: "\n".join(address.street_lines),
        "address.city": address.city,
        "address.region": address.region,
        "address.postal_code": address.postal_code,
        "address.country": address.country,
    }
    return texts if facts.dossier is NO_DOSSIER else {**texts, **texts_at(part=facts.dossier)}


def secret_texts(*, secrets: Secrets) -> dict[str, str]:
    """Return each secret that is told by its path (``bank_account.iban``, ``tax_ids.0.number``); for memory only."""
    return {} if secrets is NO_SECRETS else texts_at(part=secrets)


def text_of(*, clear: ClearFacts, field: str) -> str | None:
    """Return the fact of that name or path in clear, None where nothing is told."""
    if field == TAX_ID:
        return clear.tax_id
    if is_path(part=Secrets, field=field):
        return secret_texts(secrets=clear.secrets).get(field)
    return fact_texts(facts=clear.facts).get(field)


def require_fact(*, field: str, value: object) -> str | None:
    """Return the value if the fact of that name can hold it; raises FactUnknown, FactInvalid."""
    maximum = LENGTH_MAXIMUM.get(field, _DOSSIER_LENGTH_MAXIMUM if _is_dossiers(field) else None)
    if maximum is None:
        raise FactUnknown(detail=f"A supplier has no field {field[:60]!r}.", findings=_at(field, "is no such field"))
    if value is None or value == "":
        if field not in _OPTIONAL and not _is_dossiers(field):
            raise FactInvalid(detail=f"{field} must not be empty.", findings=_at(field, "must not be empty"))
        return None
    if not isinstance(value, str):
        raise FactInvalid(detail=f"{field} must be a text.", findings=_at(field, "must be a text"))
    if len(value) > maximum:
        told = f"has at most {maximum} characters"
        raise FactInvalid(detail=f"{field} {told}.", findings=_at(field, told))
    lines = value.split("\n") if field in {STREET_LINES, "return_policy"} else [value]
    if any(_FORBIDDEN.search(line) for line in lines):
        raise FactInvalid(detail=f"{field} holds control characters.", findings=_at(field, "no control characters"))
    if field == "language" and not _LANGUAGE.fullmatch(value):
        told = "must be a language tag, such as pt or pt-BR"
        raise FactInvalid(detail=f"{field} {told}.", findings=_at(field, told))
    if field == "business_model" and value not in tuple(BusinessModel):
        told = f"must be one of {', '.join(BusinessModel)}"
        raise FactInvalid(detail=f"{field} {told}.", findings=_at(field, told))
    return value


def with_fact(*, clear: ClearFacts, field: str, value: object) -> ClearFacts:
    """Return the facts with one of them changed; raises FactUnknown, FactInvalid.

    ``value`` is a text, or for a part of the dossier (``contacts``) what is to stand there.
    """
    if value is not None and not isinstance(value, str) and "." not in field:
        return _with_part(clear, field, value)
    text = require_fact(field=field, value=value)
    if field == TAX_ID:
        return msgspec.structs.replace(clear, tax_id=text)
    try:
        if is_path(part=Dossier, field=field):
            dossier = with_text_at(part=clear.facts.dossier, field=field, text=text)
            return msgspec.structs.replace(clear, facts=msgspec.structs.replace(clear.facts, dossier=dossier))
        if is_path(part=Secrets, field=field):
            secrets = with_text_at(part=clear.secrets, field=field, text=text)
            return msgspec.structs.replace(clear, secrets=secrets)
    except (msgspec.ValidationError, LookupError) as refused:
        raise FactInvalid(
            detail=f"{field} can't be {'emptied' if text is None else 'set to this'}.",
            findings=_at(field, "the dossier has no such entry, or the text doesn't fit it"),
        ) from refused
    return msgspec.structs.replace(clear, facts=_changed(clear.facts, field, text))


def _with_part(clear: ClearFacts, field: str, value: object) -> ClearFacts:
    try:
        if field in Dossier.__struct_fields__:
            told = {**msgspec.structs.asdict(clear.facts.dossier), field: value}
            dossier = msgspec.convert(told, Dossier, from_attributes=True)
            return msgspec.structs.replace(clear, facts=msgspec.structs.replace(clear.facts, dossier=dossier))
        if field in Secrets.__struct_fields__:
            told = {**msgspec.structs.asdict(clear.secrets), field: value}
            return msgspec.structs.replace(clear, secrets=msgspec.convert(told, Secrets, from_attributes=True))
    except msgspec.ValidationError as refused:
        raise FactInvalid(detail=f"{field} can't hold this.", findings=_at(field, str(refused))) from refused
    require_fact(field=field, value=value)
    return clear


def _is_dossiers(field: str) -> bool:
    return is_path(part=Dossier, field=field) or is_path(part=Secrets, field=field)


def _changed(facts: SupplierFacts, field: str, value: str | None) -> SupplierFacts:
    if field == "business_model":
        return msgspec.structs.replace(facts, business_model=BusinessModel(value or ""))
    if not field.startswith(_ADDRESS):
        return msgspec.structs.replace(facts, **{field: value})
    name = field.removeprefix(_ADDRESS)
    changed = tuple((value or "").split("\n")) if field == STREET_LINES else value
    return msgspec.structs.replace(facts, address=msgspec.structs.replace(facts.address, **{name: changed}))


def _at(field: str, detail: str) -> list[Finding]:
    return [Finding(pointer=f"/{field[:60].replace('.', '/')}", detail=detail)]
