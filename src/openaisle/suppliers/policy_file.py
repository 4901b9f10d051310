"""The verification policy as an operator writes it: TOML, read with every mistake explained. Pure; no I/O."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from enum import Enum
from functools import cache
from importlib import resources
from typing import Annotated, Any, TypeVar, get_args

import msgspec

from openaisle.kernel.errors import Finding, OpenAisleError
from openaisle.suppliers.countries import is_country_code
from openaisle.suppliers.facts import BusinessModel
from openaisle.suppliers.policy import Deadlines, Lists, PictureStandard, Thresholds
from openaisle.suppliers.verification import (
    Action,
    CheckRule,
    DocumentRequirement,
    PolicyException,
    VerificationPolicy,
)

STANDARD_POLICY_FILE = "standard_policy.toml"
_PartT = TypeVar("_PartT")
_Version = Annotated[str, msgspec.Meta(min_length=1, max_length=60, pattern=r"^[\w.@+ -]+$")]
_Kind = Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern=r"^[a-z_]+$")]
# The words of the file, where they differ from what the types call it.
_EXPECTED = {"str": "a text", "int": "a whole number", "float": "a number", "bool": "true or false", "array": "a list"}


class PolicyInvalid(OpenAisleError):
    """The policy file is no TOML, or says something that a policy cannot say; it is not used in any part."""

    code = "policy-invalid"
    title = "The verification policy cannot be used"
    mend = "Correct the keys named in findings; docs/reference/verification-policy.md explains each."


class _Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    on_fail: Action
    on_inconclusive: Action
    enabled: bool = True
    countries: tuple[str, ...] = ()
    business_models: tuple[BusinessModel, ...] = ()


class _Exception(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    checks: dict[str, dict[str, Any]]
    countries: tuple[str, ...] = ()
    business_models: tuple[BusinessModel, ...] = ()


class _Documents(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kinds: Annotated[tuple[_Kind, ...], msgspec.Meta(min_length=1)]
    countries: tuple[str, ...] = ()
    business_models: tuple[BusinessModel, ...] = ()


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: _Version
    otherwise: dict[str, Any]
    checks: dict[str, dict[str, Any]]
    on_failure: Action = Action.REVIEW
    exceptions: tuple[dict[str, Any], ...] = ()
    documents: tuple[dict[str, Any], ...] = ()
    thresholds: dict[str, Any] = {}
    pictures: dict[str, Any] = {}
    deadlines: dict[str, Any] = {}
    lists: dict[str, Any] = {}


def read_policy(*, text: str, source: str) -> VerificationPolicy:
    """Return the policy that a TOML text states; ``source`` names it in messages. Raises PolicyInvalid."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _refused(source, "", f"it is no TOML: {error}") from None
    except RecursionError:
        raise _refused(source, "", "it is nested too deeply") from None
    file = _part(source, "", document, _File)
    return VerificationPolicy(
        version=file.version,
        rules=_rules(source, "checks", file.checks),
        otherwise=_rule(source, "otherwise", file.otherwise),
        on_failure=file.on_failure,
        exceptions=tuple(
            _exception(source, f"exceptions[{position}]", one) for position, one in enumerate(file.exceptions)
        ),
        documents=tuple(
            _documents(source, f"documents[{position}]", one) for position, one in enumerate(file.documents)
        ),
        thresholds=_part(source, "thresholds", file.thresholds, Thresholds),
        pictures=_part(source, "pictures", file.pictures, PictureStandard),
        deadlines=_part(source, "deadlines", file.deadlines, Deadlines),
        lists=_part(source, "lists", file.lists, Lists),
    )


def standard_policy_text() -> str:
    """Return the TOML text of the standard policy, with its comments."""
    return resources.files("openaisle.suppliers").joinpath(STANDARD_POLICY_FILE).read_text(encoding="utf-8")


@cache
def standard_policy() -> VerificationPolicy:
    """Return the policy that holds where the operator has written none."""
    return read_policy(text=standard_policy_text(), source=STANDARD_POLICY_FILE)


def checks_named(*, policy: VerificationPolicy) -> tuple[str, ...]:
    """Return each check that the policy has a rule for, in its order."""
    names = [*policy.rules, *(name for exception in policy.exceptions for name in exception.rules)]
    return tuple(dict.fromkeys(names))


def unknown_checks(*, policy: VerificationPolicy, known: Sequence[str]) -> tuple[str, ...]:
    """Return the checks that the policy names but nobody has installed: misspelled, or of a plug-in that is gone."""
    return tuple(name for name in checks_named(policy=policy) if name not in known)


def _rules(source: str, key: str, named: Mapping[str, dict[str, Any]]) -> dict[str, CheckRule]:
    return {name: _rule(source, f"{key}.{name}", one) for name, one in named.items()}


def _rule(source: str, key: str, given: dict[str, Any]) -> CheckRule:
    rule = _part(source, key, given, _Rule)
    _require_countries(source, key, rule.countries)
    return msgspec.convert(rule, CheckRule, from_attributes=True)


def _exception(source: str, key: str, given: dict[str, Any]) -> PolicyException:
    one = _part(source, key, given, _Exception)
    _require_countries(source, key, one.countries)
    return PolicyException(
        rules=_rules(source, f"{key}.checks", one.checks),
        countries=one.countries,
        business_models=one.business_models,
    )


def _documents(source: str, key: str, given: dict[str, Any]) -> DocumentRequirement:
    one = _part(source, key, given, _Documents)
    _require_countries(source, key, one.countries)
    return msgspec.convert(one, DocumentRequirement, from_attributes=True)


def _require_countries(source: str, key: str, countries: Sequence[str]) -> None:
    for position, country in enumerate(countries):
        if not is_country_code(text=country):
            told = f"{country!r} is no country; give the two capital letters of ISO 3166, such as BR"
            raise _refused(source, f"{key}.countries[{position}]", told)


def _part(source: str, key: str, given: object, kind: type[_PartT]) -> _PartT:
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        told, _, place = str(error).partition(" - at `$")
        below = place.rstrip("`").lstrip(".")
        raise _refused(source, ".".join(part for part in (key, below) if part), _explained(told, below, kind)) from None


def _explained(told: str, below: str, kind: type[Any]) -> str:
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    if "unknown field" in told:
        return f"{told.replace('Object contains', 'there is an')}; allowed are {', '.join(fields)}"
    if "missing required field" in told:
        return told.replace("Object missing", "it lacks the")
    field = fields.get(below.partition("[")[0])
    allowed = _choices(field.type) if field is not None else ()
    if allowed and "enum" in told:
        return f"{told.removeprefix('Invalid enum value ')} is not allowed; allowed are {', '.join(allowed)}"
    for name, plain in _EXPECTED.items():
        told = told.replace(f"`{name}`", plain)
    return told[:1].lower() + told[1:]


def _choices(kind: object) -> tuple[str, ...]:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return tuple(str(member.value) for member in kind)
    return tuple(choice for argument in get_args(kind) for choice in _choices(argument))


def _refused(source: str, key: str, told: str) -> PolicyInvalid:
    place = f"{source}, {key}" if key else source
    return PolicyInvalid(detail=f"{place}: {told}.", findings=[Finding(pointer=key or source, detail=told)])
