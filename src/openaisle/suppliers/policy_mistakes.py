"""What is wrong with a policy file: every mistake with its line, its path, and what is allowed. Pure; no I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from openaisle.kernel.errors import Finding, OpenAisleError

_PartT = TypeVar("_PartT")
_HEADER = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.\"' -]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_.\"' -]+?)\s*=")
_LAST_STEP = re.compile(r"(\[[^\]]*\]|\.?[^.\[\]]+)$")
_NAMED = re.compile(r"field `([^`]+)`")
# The words of the file, where they differ from what the types call it.
_EXPECTED = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
}


class PolicyInvalid(OpenAisleError):
    """The policy file is no TOML, or says something that a policy cannot say; it is not used in any part."""

    code = "policy-invalid"
    title = "The policy cannot be used"
    mend = "Correct the keys named in findings; docs/reference/verification-policy.md explains each."


class Mistakes:
    """Gathers the mistakes of one file, so that all of them are told at once."""

    def __init__(self, *, text: str, source: str) -> None:
        """Take the file's text, in which lines are counted, and the name under which it is told."""
        self._source = source
        self._lines = lines_of(text=text)
        self._found: list[tuple[int, str, Finding]] = []

    def add(self, *, key: str, told: str) -> None:
        """Note a mistake; ``key`` is the path of the value, empty for the file as a whole."""
        line = self._line(key)
        place = ", ".join(part for part in (self._source, f"line {line}" if line else "", key) if part)
        finding = Finding(pointer=key or self._source, detail=f"line {line}: {told}" if line else told)
        self._found.append((line or 0, f"{place}: {told}.", finding))

    def require_none(self) -> None:
        """Raise PolicyInvalid if there was any mistake."""
        if self._found:
            found = sorted(self._found, key=lambda one: one[0])
            told = found[0][1] if len(found) == 1 else f"{self._source} has {len(found)} mistakes."
            raise PolicyInvalid(detail=told, findings=[finding for _, _, finding in found])

    def part(self, *, key: str, given: object, kind: type[_PartT]) -> _PartT | None:
        """Return a part of the file as what it is meant to be; None if anything in it is wrong, which is noted."""
        left = dict(given) if isinstance(given, Mapping) else given
        wrong: set[str] = set()
        while True:
            try:
                found = msgspec.convert(left, kind)
            except msgspec.ValidationError as error:
                told, _, place = str(error).partition(" - at `$")
                below = place.rstrip("`").lstrip(".")
                named = _NAMED.search(told)
                culprit = below.partition(".")[0].partition("[")[0] or (named.group(1) if named else "")
                if "missing required field" in told and not below and culprit in wrong:
                    return None
                if "unknown field" in told and named:
                    below = f"{below}.{named.group(1)}" if below else named.group(1)
                self.add(key=".".join(part for part in (key, below) if part), told=_explained(told, below, kind))
                # What is known to be wrong is taken out, so that the next mistake shows.
                if not isinstance(left, dict) or culprit not in left:
                    return None
                wrong.add(culprit)
                del left[culprit]
            else:
                return None if wrong else found

    def _line(self, key: str) -> int | None:
        while key:
            if key in self._lines:
                return self._lines[key]
            key = _LAST_STEP.sub("", key)
        return None


def lines_of(*, text: str) -> dict[str, int]:
    """Return the line on which each key of a TOML text stands, by its path, such as ``exceptions[1].checks.phone``.

    A value in a table that is written within one line has no line of its own; its table's is meant.
    """
    lines: dict[str, int] = {}
    counts: dict[str, int] = {}
    prefix = ""
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line)
        if header is not None:
            is_list, names = header.group(1) == "[[", _names(header.group(2))
            prefix = ""
            for position, name in enumerate(names):
                prefix = f"{prefix}.{name}" if prefix else name
                if is_list and position == len(names) - 1:
                    counts[prefix] = counts.get(prefix, -1) + 1
                if prefix in counts:
                    prefix = f"{prefix}[{counts[prefix]}]"
            lines.setdefault(prefix, number)
            continue
        found = _KEY.match(line)
        if found is not None:
            path = ".".join(_names(found.group(1)))
            lines.setdefault(f"{prefix}.{path}" if prefix else path, number)
    return lines


def _names(dotted: str) -> list[str]:
    return [name.strip().strip("\"'") for name in dotted.split(".")]


def _explained(told: str, below: str, kind: type[Any]) -> str:
    """Return msgspec's words in those of the file, with what is allowed."""
    owner, declared = _declared(kind=kind, path=below)
    names = ", ".join(owner.__struct_fields__)
    if "unknown field" in told:
        return f"{told.replace('Object contains', 'there is an')}; allowed are {names}"
    if "missing required field" in told:
        return told.replace("Object missing", "it lacks the")
    choices = _choices(declared)
    if choices and "enum" in told:
        return f"{told.removeprefix('Invalid enum value ')} is not allowed; allowed are {', '.join(choices)}"
    for name, plain in _EXPECTED.items():
        told = told.replace(f"`{name}`", plain)
    allowed = allowed_values(declared=declared)
    return told[:1].lower() + told[1:] + (f"; allowed are {allowed}" if allowed else "")


def allowed_values(*, declared: object) -> str:
    """Return what a setting may be, as its type states it; empty where the type's name says all."""
    choices = _choices(declared)
    if choices:
        return ", ".join(choices)
    metas = [one for one in _metas(declared) if one.ge is not None or one.le is not None]
    if not metas:
        return ""
    return f"{metas[0].ge} to {metas[0].le}" if metas[0].le is not None else f"{metas[0].ge} and more"


def _declared(*, kind: type[Any], path: str) -> tuple[type[Any], object]:
    """Return the struct that a path leads into, and the type of the path's last field, None if there is none."""
    owner, declared = kind, None
    for step in path.split("."):
        hints = get_type_hints(owner, include_extras=True)
        declared = hints.get(step.partition("[")[0])
        below = _struct_of(declared)
        if below is None:
            break
        owner = below
    return owner, declared


def _struct_of(declared: object) -> type[Any] | None:
    if isinstance(declared, type) and get_origin(declared) is None and issubclass(declared, msgspec.Struct):
        return declared
    return next((found for found in map(_struct_of, get_args(declared)) if found is not None), None)


def _metas(declared: object) -> list[msgspec.Meta]:
    if isinstance(declared, msgspec.Meta):
        return [declared]
    return [meta for argument in get_args(declared) for meta in _metas(argument)]


def _choices(declared: object) -> tuple[str, ...]:
    if isinstance(declared, type) and get_origin(declared) is None and issubclass(declared, Enum):
        return tuple(str(member.value) for member in declared)
    return tuple(choice for argument in get_args(declared) for choice in _choices(argument))
