"""The facts of every setting, as the reference tells them."""

from __future__ import annotations

import typing
from enum import StrEnum
from typing import Any

import msgspec

from openaisle.config import ENVIRONMENT_PREFIX, Settings, setting_as_text


class SettingFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the reference tells of one setting."""

    name: str
    variable: str
    kind: str
    default: str
    explanation: str


_KINDS: dict[Any, str] = {str: "text", int: "whole number", bool: "true or false", tuple[str, ...]: "list of texts"}


def setting_facts() -> tuple[SettingFacts, ...]:
    """Return the facts of every setting, in the order of their declaration."""
    hints = typing.get_type_hints(Settings, include_extras=True)
    facts = []
    for field in msgspec.structs.fields(Settings):
        declared, meta = typing.get_args(hints[field.name])
        facts.append(
            SettingFacts(
                name=field.name,
                variable=ENVIRONMENT_PREFIX + field.name.upper(),
                kind=_kind(declared=declared, meta=meta),
                default=setting_as_text(value=field.default),
                explanation=meta.description,
            )
        )
    return tuple(facts)


def _kind(*, declared: Any, meta: msgspec.Meta) -> str:  # noqa: ANN401 - any type a setting may have
    if isinstance(declared, type) and issubclass(declared, StrEnum):
        return " or ".join(member.value for member in declared)
    if meta.ge is not None and meta.le is not None:
        return f"{_KINDS[declared]}, {meta.ge} to {meta.le}"
    if meta.ge is not None:
        return f"{_KINDS[declared]}, at least {meta.ge}"
    return _KINDS[declared]
