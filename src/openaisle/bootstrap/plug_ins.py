"""Checks that other packages bring, found by their entry points; a broken one is named and left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from importlib.metadata import EntryPoint, entry_points

import msgspec

from openaisle.suppliers.checks.check import Check, CheckTools

GROUP = "openaisle.supplier_checks"
_NAME = re.compile(r"[a-z][a-z0-9_]{1,59}")


class CheckPlugIn(msgspec.Struct, frozen=True, kw_only=True):
    """One entry point: what it calls its check, the package it is from, and why it is left out, if it is."""

    entry_point: str
    package: str
    check: str | None
    problem: str | None = None


class LoadedPlugIns(msgspec.Struct, frozen=True, kw_only=True):
    """The checks of plug-ins that can be used, and what was found of each plug-in."""

    checks: tuple[Check, ...]
    plug_ins: tuple[CheckPlugIn, ...]


def loaded_plug_ins(*, tools: CheckTools, taken: Iterable[str]) -> LoadedPlugIns:
    """Return the checks of every installed plug-in; ``taken`` are names of checks that it may not take again."""
    checks: list[Check] = []
    found: list[CheckPlugIn] = []
    names = set(taken)
    for entry_point in sorted(_entry_points(), key=lambda one: one.name):
        package = entry_point.dist.name if entry_point.dist is not None else entry_point.value
        try:
            check = _loaded(entry_point, tools, names)
        # A stranger's module may raise anything when it is loaded, also what ends programs; it must stop nobody.
        except (Exception, SystemExit) as error:  # noqa: BLE001
            problem = f"{type(error).__name__}: {error}"[:300]
            found.append(CheckPlugIn(entry_point=entry_point.name, package=package, check=None, problem=problem))
            continue
        names.add(check.name)
        checks.append(check)
        found.append(CheckPlugIn(entry_point=entry_point.name, package=package, check=check.name))
    return LoadedPlugIns(checks=tuple(checks), plug_ins=tuple(found))


def _entry_points() -> Sequence[EntryPoint]:
    return tuple(entry_points(group=GROUP))


def _loaded(entry_point: EntryPoint, tools: CheckTools, names: set[str]) -> Check:
    check: Check = entry_point.load()(tools=tools)
    name: object = check.name
    seconds: object = check.timeout_seconds
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        message = f"its name {name!r} is not of small letters, digits and underscores"
        raise ValueError(message)
    if name in names:
        message = f"there is another check {name}"
        raise ValueError(message)
    if not isinstance(seconds, int | float) or not 0 < seconds <= 60:
        message = f"its timeout_seconds {seconds!r} is not above 0 and up to 60"
        raise ValueError(message)
    if not callable(getattr(check, "examine", None)):
        message = "it has no examine"
        raise TypeError(message)
    return check
