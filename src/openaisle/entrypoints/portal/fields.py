"""The fields of each step's form: what is shown in them, and what is read out of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from openaisle.kernel.errors import Finding, RequestInvalid
from openaisle.suppliers.bodies import AmendmentBody
from openaisle.suppliers.dossier import ContactRole, PersonRole
from openaisle.suppliers.facts import BusinessModel
from openaisle.suppliers.requirements import Section
from openaisle.suppliers.views import SupplierView

_ROWS_MAXIMUM = 20
_EMPTY_ROWS = 2


class StepInvalid(RequestInvalid):
    """A field of a step holds something it cannot hold."""

    code = "step-invalid"
    title = "Something in this step is not right"
    mend = "Change what is named and save again; nothing was changed yet."


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field of a form by the path of its fact; ``kind`` is text, lines, date, email, tel, url or choice."""

    path: str
    label: str
    kind: str = "text"
    hint: str = ""
    choices: tuple[str, ...] = ()
    maximum: int = 200


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Fields that repeat, such as those of contacts."""

    path: str
    label: str
    columns: tuple[Field, ...]
    hint: str = ""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step of the application."""

    section: Section
    title: str
    text: str
    fields: tuple[Field, ...] = ()
    rows: Rows | None = None


_COUNTRY = "A name or a code of two letters, such as Germany or DE."

STEPS: tuple[Step, ...] = (
    Step(
        section=Section.COMPANY,
        title="Company",
        text="As it stands in the register.",
        fields=(
            Field(path="legal_name", label="Legal name"),
            Field(path="doing_business_as", label="Doing business as", hint="The name shoppers know, if it differs."),
            Field(path="country", label="Country", hint=_COUNTRY, maximum=60),
            Field(path="legal_form", label="Legal form", hint="Such as GmbH, Ltd or SA.", maximum=60),
            Field(path="registration_number", label="Registration number", maximum=40),
            Field(path="register_name", label="Register", hint="Such as Companies House."),
            Field(path="lei", label="Legal entity identifier", hint="If there is one: 20 characters.", maximum=40),
            Field(path="website", label="Website", kind="url", maximum=500),
            Field(
                path="business_model", label="Business model", kind="choice", choices=tuple(BusinessModel), maximum=20
            ),
        ),
    ),
    Step(
        section=Section.ADDRESS,
        title="Address",
        text="The seat of the company.",
        fields=(
            Field(path="address.street_lines", label="Street and house number", kind="lines", maximum=500),
            Field(path="address.postal_code", label="Postal code", maximum=20),
            Field(path="address.city", label="City", maximum=100),
            Field(path="address.region", label="Region or state", maximum=100),
            Field(path="address.country", label="Country", hint="Only if it is not the company's.", maximum=60),
        ),
    ),
    Step(
        section=Section.CONTACTS,
        title="Contacts",
        text="How you are reached.",
        fields=(
            Field(path="email", label="E-mail address", kind="email", maximum=254),
            Field(path="phone", label="Telephone", kind="tel", maximum=40),
            Field(path="language", label="Language of our mails", hint="Such as en or pt-BR.", maximum=35),
        ),
        rows=Rows(
            path="contacts",
            label="Contact",
            columns=(
                Field(path="role", label="For", kind="choice", choices=tuple(ContactRole)),
                Field(path="name", label="Name"),
                Field(path="email", label="E-mail address", kind="email", maximum=254),
                Field(path="phone", label="Telephone", kind="tel", maximum=60),
            ),
        ),
    ),
    Step(
        section=Section.TAX,
        title="Tax",
        text="Tax ids are kept encrypted and shown masked.",
        fields=(Field(path="tax_id", label="Tax id", hint="Leave it empty to keep the one we have.", maximum=40),),
        rows=Rows(
            path="tax_ids",
            label="Tax id of another country",
            hint="Tell all of them again if one changes.",
            columns=(
                Field(path="country", label="Country", maximum=60),
                Field(path="number", label="Number", maximum=40),
            ),
        ),
    ),
    Step(
        section=Section.BANK,
        title="Bank account",
        text="Where payouts go. It is kept encrypted; a later change is verified twice before it is paid to.",
        fields=(
            Field(path="bank_account.holder", label="Account holder"),
            Field(path="bank_account.country", label="Country of the bank", maximum=60),
            Field(path="bank_account.iban", label="IBAN", hint="Or the number with its code below.", maximum=60),
            Field(path="bank_account.account_number", label="Account number", maximum=60),
            Field(path="bank_account.routing_number", label="Routing number (US)", maximum=60),
            Field(path="bank_account.sort_code", label="Sort code (UK)", maximum=60),
        ),
    ),
    Step(
        section=Section.PEOPLE,
        title="People",
        text="Who represents the company, and who owns a quarter of it or more.",
        rows=Rows(
            path="people",
            label="Person",
            hint="Birth dates are kept encrypted and not shown again; tell all of them again if a person changes.",
            columns=(
                Field(path="role", label="Role", kind="choice", choices=tuple(PersonRole)),
                Field(path="name", label="Name"),
                Field(path="country", label="Country", maximum=60),
                Field(path="share", label="Share in percent", maximum=10),
                Field(path="birth_date", label="Birth date", kind="date", maximum=10),
            ),
        ),
    ),
    Step(
        section=Section.RETURNS,
        title="Returns",
        text="Where shoppers send goods back, and on what terms.",
        fields=(
            Field(path="return_address.street_lines", label="Street and house number", kind="lines", maximum=500),
            Field(path="return_address.postal_code", label="Postal code", maximum=20),
            Field(path="return_address.city", label="City", maximum=100),
            Field(path="return_address.region", label="Region or state", maximum=100),
            Field(path="return_address.country", label="Country", maximum=60),
            Field(path="return_policy", label="Return policy", kind="lines", maximum=5_000),
        ),
    ),
    Step(
        section=Section.BRANDS,
        title="Brands and certificates",
        text="What you sell under, and what vouches for it.",
        fields=(Field(path="brands", label="Brands", kind="lines", hint="One in a line.", maximum=5_000),),
        rows=Rows(
            path="certifications",
            label="Certificate",
            columns=(
                Field(path="name", label="Name"),
                Field(path="number", label="Number", maximum=60),
                Field(path="issued_by", label="Issued by"),
                Field(path="valid_until", label="Valid until", kind="date", maximum=10),
            ),
        ),
    ),
    Step(
        section=Section.AGREEMENT,
        title="Agreement",
        text="Saving this step agrees to the terms of the version named; when and by whom is kept.",
        fields=(Field(path="terms_version", label="Version of the terms", hint="Such as 2026-11.", maximum=60),),
    ),
)

_LISTS = frozenset({"brands"})
# What is kept encrypted is never drawn again; an empty field leaves it as it is.
_UNSHOWN = frozenset({"tax_id", "tax_ids", "bank_account"})


def step_of(*, name: str) -> Step | None:
    """Return the step of that name."""
    return next((step for step in STEPS if step.section.value == name), None)


def shown_values(*, step: Step, view: SupplierView, sent: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return what stands in each field: what was sent in vain, else what is known."""
    if sent is not None:
        return {name: text for name, text in sent.items() if name != "csrf"}
    agreement = view.dossier.agreement
    document = {
        **msgspec.to_builtins(view),
        **msgspec.to_builtins(view.dossier),
        "terms_version": agreement.terms_version if agreement is not None else None,
        **dict.fromkeys(_UNSHOWN),
    }
    values = {field.path: _text(_at(document, field.path)) for field in step.fields}
    if step.rows is not None:
        for position, row in enumerate(document.get(step.rows.path) or ()):
            for column in step.rows.columns:
                values[f"{step.rows.path}.{position}.{column.path}"] = _text(row.get(column.path))
    return values


def row_positions(*, step: Step, values: Mapping[str, str]) -> range:
    """Return the positions of the rows to draw: those that are filled, and some empty ones."""
    if step.rows is None:
        return range(0)
    filled = [int(name.split(".")[1]) for name in values if name.startswith(f"{step.rows.path}.") and values[name]]
    return range(min(max(filled, default=-1) + 1 + _EMPTY_ROWS, _ROWS_MAXIMUM))


def read_step(*, step: Step, sent: Mapping[str, str]) -> AmendmentBody:
    """Return what a step's form tells, within the limits of each fact; raises StepInvalid."""
    document: dict[str, Any] = {}
    for field in step.fields:
        _put(document, field, sent.get(field.path, ""))
    for name in ("return_address", "bank_account"):
        if name in document and not any(document[name].values()):
            del document[name]
    if step.rows is not None:
        rows = _rows(step.rows, sent)
        if rows or step.rows.path not in _UNSHOWN:
            document[step.rows.path] = rows
    try:
        return msgspec.convert(document, AmendmentBody, strict=False)
    except msgspec.ValidationError as refused:
        detail, _, place = str(refused).partition(" - at ")
        pointer = "/" + place.strip("`$.").replace(".", "/")
        raise StepInvalid(
            detail=f"{detail} ({place.strip('`$.') or step.title}).", findings=[Finding(pointer=pointer, detail=detail)]
        ) from refused


def _put(document: dict[str, Any], field: Field, text: str) -> None:
    value: Any = text.replace("\r\n", "\n").strip()
    if field.path in _LISTS or field.path.endswith("street_lines"):
        value = [line.strip() for line in value.split("\n") if line.strip()]
    head, _, rest = field.path.partition(".")
    if head in _UNSHOWN and not value:
        return
    if not rest:
        if (
            value
            or head in _LISTS
            or head in {"doing_business_as", "website", "language", "lei", "legal_form", "register_name"}
        ):
            document[head] = value if value or head in _LISTS else None
        return
    part = document.setdefault(head, {})
    if value:
        part[rest] = value


def _rows(rows: Rows, sent: Mapping[str, str]) -> list[dict[str, str]]:
    read = []
    for position in range(_ROWS_MAXIMUM):
        row = {column.path: sent.get(f"{rows.path}.{position}.{column.path}", "").strip() for column in rows.columns}
        told = {name: text for name, text in row.items() if text}
        # A choice always says something; alone it fills no row.
        if set(told) - {"role"}:
            read.append(told)
    return read


def _at(document: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - whatever stands there
    head, _, rest = path.partition(".")
    value = document.get(head)
    return value.get(rest) if rest and isinstance(value, dict) else None if rest else value


def _text(value: object) -> str:
    if isinstance(value, list | tuple):
        return "\n".join(str(one) for one in value)
    return "" if value is None else str(value)
