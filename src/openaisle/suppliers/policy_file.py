"""The verification policy as an operator writes it: TOML, read with every mistake explained. Pure; no I/O."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Annotated, Any, TypeVar

import msgspec

from openaisle.suppliers.countries import is_country_code
from openaisle.suppliers.dossier import DocumentKind
from openaisle.suppliers.facts import BusinessModel
from openaisle.suppliers.policy import Deadlines, LifePolicy, Lists, PictureStandard, TermsPolicy, Thresholds
from openaisle.suppliers.policy_mistakes import Mistakes
from openaisle.suppliers.requirements import STANDARD_REQUIREMENTS, Requirement, facts_of_section
from openaisle.suppliers.review_settings import ReviewSettings
from openaisle.suppliers.verification import (
    Action,
    CheckRule,
    DocumentRequirement,
    PolicyException,
    VerificationPolicy,
)

STANDARD_POLICY_FILE = "standard_policy.toml"
_SectionT = TypeVar("_SectionT", bound=msgspec.Struct)
_TABLES = ("otherwise", "checks", "thresholds", "pictures", "deadlines", "lists", "life", "terms", "reviews")
_LISTS = ("exceptions", "documents", "requirements")
_Version = Annotated[str, msgspec.Meta(min_length=1, max_length=60, pattern=r"^[\w.@+ -]+$")]
# Stands in for a rule with a mistake until the mistakes are told.
_NOT_READ = CheckRule(on_fail=Action.REVIEW, on_inconclusive=Action.REVIEW)


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
    kinds: Annotated[tuple[DocumentKind, ...], msgspec.Meta(min_length=1)]
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
    requirements: tuple[dict[str, Any], ...] | None = None
    life: dict[str, Any] = {}
    terms: dict[str, Any] = {}
    reviews: dict[str, Any] = {}


def read_policy(*, text: str, source: str) -> VerificationPolicy:
    """Return the policy that a TOML text states; ``source`` names it in messages.

    What the text leaves out is as in the standard policy. Raises PolicyInvalid, which names every mistake.
    """
    mistakes = Mistakes(text=text, source=source)
    document: dict[str, Any] = {}
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        mistakes.add(key="", told=f"it is no TOML: {error}")
    except RecursionError:
        mistakes.add(key="", told="it is nested too deeply")
    mistakes.require_none()
    file = mistakes.part(key="", given=document, kind=_File) or _within_reason(document)
    reader = _Reader(mistakes=mistakes)
    policy = VerificationPolicy(
        version=file.version,
        rules=reader.rules("checks", file.checks),
        otherwise=reader.rule("otherwise", file.otherwise) or _NOT_READ,
        on_failure=file.on_failure,
        exceptions=reader.exceptions(file.exceptions),
        documents=reader.documents(file.documents),
        thresholds=reader.section("thresholds", file.thresholds, Thresholds),
        pictures=reader.section("pictures", file.pictures, PictureStandard),
        deadlines=reader.section("deadlines", file.deadlines, Deadlines),
        lists=reader.section("lists", file.lists, Lists),
        requirements=reader.requirements(file.requirements),
        life=reader.section("life", file.life, LifePolicy),
        terms=reader.section("terms", file.terms, TermsPolicy),
        reviews=reader.reviews(file.reviews),
    )
    mistakes.require_none()
    return policy


def _within_reason(document: Mapping[str, Any]) -> _File:
    """Return the sections that are what they should be, so that their mistakes are told beside those of the rest."""
    kept: dict[str, Any] = {"version": "unread", "otherwise": msgspec.to_builtins(_NOT_READ), "checks": {}}
    for name, given in document.items():
        if name in _TABLES and isinstance(given, dict):
            kept[name] = given
        elif name in _LISTS and isinstance(given, list):
            kept[name] = [one for one in given if isinstance(one, dict)]
    kept["checks"] = {name: one for name, one in kept["checks"].items() if isinstance(one, dict)}
    return msgspec.convert(kept, _File)


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


class _Reader:
    """Reads the parts of a file; a part with a mistake becomes None, and the mistake is noted."""

    def __init__(self, *, mistakes: Mistakes) -> None:
        self._mistakes = mistakes

    def rules(self, key: str, named: Mapping[str, dict[str, Any]]) -> dict[str, CheckRule]:
        rules = {name: self.rule(f"{key}.{name}", one) for name, one in named.items()}
        return {name: rule for name, rule in rules.items() if rule is not None}

    def rule(self, key: str, given: dict[str, Any]) -> CheckRule | None:
        rule = self._mistakes.part(key=key, given=given, kind=_Rule)
        if rule is None:
            return None
        self._require_countries(key, rule.countries)
        return msgspec.convert(rule, CheckRule, from_attributes=True)

    def exceptions(self, given: Sequence[dict[str, Any]]) -> tuple[PolicyException, ...]:
        found = []
        for position, one in enumerate(given):
            key = f"exceptions[{position}]"
            part = self._mistakes.part(key=key, given=one, kind=_Exception)
            if part is not None:
                self._require_countries(key, part.countries)
                rules = self.rules(f"{key}.checks", part.checks)
                found.append(
                    PolicyException(rules=rules, countries=part.countries, business_models=part.business_models)
                )
        return tuple(found)

    def documents(self, given: Sequence[dict[str, Any]]) -> tuple[DocumentRequirement, ...]:
        found = []
        for position, one in enumerate(given):
            key = f"documents[{position}]"
            part = self._mistakes.part(key=key, given=one, kind=_Documents)
            if part is not None:
                self._require_countries(key, part.countries)
                found.append(
                    DocumentRequirement(
                        kinds=tuple(kind.value for kind in part.kinds),
                        countries=part.countries,
                        business_models=part.business_models,
                    )
                )
        return tuple(found)

    def requirements(self, given: Sequence[dict[str, Any]] | None) -> tuple[Requirement, ...]:
        if given is None:
            return STANDARD_REQUIREMENTS
        found = []
        for position, one in enumerate(given):
            key = f"requirements[{position}]"
            part = self._mistakes.part(key=key, given=one, kind=Requirement)
            if part is None:
                continue
            self._require_countries(key, part.countries)
            allowed = facts_of_section(section=part.section)
            if part.field not in allowed:
                which = ", ".join(allowed) if allowed else "none: documents are asked for by [[documents]]"
                told = f"the section {part.section.value} has no fact {part.field!r}; allowed are {which}"
                self._mistakes.add(key=f"{key}.field", told=told)
            found.append(part)
        return tuple(found)

    def reviews(self, given: dict[str, Any]) -> ReviewSettings:
        reviews = self.section("reviews", given, ReviewSettings)
        levels = [("reviews", reviews.respond_within_hours, reviews.resolve_within_hours)]
        levels += [
            (f"reviews.service_levels[{position}]", one.respond_within_hours, one.resolve_within_hours)
            for position, one in enumerate(reviews.service_levels)
        ]
        for key, respond, resolve in levels:
            if respond > resolve:
                told = f"{resolve:g} hours to decide are fewer than the {respond:g} to take the task on"
                self._mistakes.add(key=f"{key}.resolve_within_hours", told=told)
        return reviews

    def section(self, key: str, given: dict[str, Any], kind: type[_SectionT]) -> _SectionT:
        found = self._mistakes.part(key=key, given=given, kind=kind)
        return found if found is not None else kind()

    def _require_countries(self, key: str, countries: Sequence[str]) -> None:
        for position, country in enumerate(countries):
            if not is_country_code(text=country):
                told = f"{country!r} is no country; give the two capital letters of ISO 3166, such as BR"
                self._mistakes.add(key=f"{key}.countries[{position}]", told=told)
