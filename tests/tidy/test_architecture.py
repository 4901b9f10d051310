"""The architecture, run: the contracts in pyproject.toml, what each room may install, what each package says."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tidy.tree import PACKAGE, ROOT, parsed, place, python_files, told

CAPABILITY = {"babel", "email_validator", "msgspec", "phonenumbers", "pycountry", "rapidfuzz", "stdnum"}

# What each room may import from outside. A new dependency is given its room here, and its reason in docs/decisions.
THIRD_PARTY = {
    "kernel": {"babel", "msgspec", "pycountry", "stdnum"},
    "config": {"msgspec"},
    "access": {"msgspec"},
    "people": {"msgspec"},
    "webhooks": {"msgspec"},
    "reviews": CAPABILITY,
    "machinery": {"msgspec"},
    "suppliers": CAPABILITY | {"schwifty"},
    "catalog": CAPABILITY,
    "feeds": CAPABILITY,
    "publishing": CAPABILITY,
    "offers": CAPABILITY,
    "inventory": CAPABILITY,
    "orders": CAPABILITY | {"numpy"},
    "analytics": {"msgspec"},
    "mail": {"babel", "msgspec"},
    "duties": {"msgspec"},
    "returns": {"msgspec"},
    "incidents": {"msgspec"},
    "scorecards": {"msgspec"},
    "adapters": {
        "PIL",
        "defusedxml",
        "duckdb",
        "highspy",
        "nh3",
        "python_calamine",
        "reportlab",
        "xlsxwriter",
        "joserfc",
        "argon2",
        "aiohttp",
        "apsw",
        "cryptography",
        "msgspec",
        "standardwebhooks",
        "yarl",
        "zstandard",
    },
    "bootstrap": {"msgspec"},
    "entrypoints": {
        "babel",
        "httptools",
        "jinja2",
        "markupsafe",
        "msgspec",
        "rich",
        "segno",
        "stdnum",
        "starlette",
        "typer",
        "uvicorn",
        "uvloop",
        "zstandard",
    },
}


def room_of(path: Path) -> str:
    """The room a file of the package stands in; a file at the top is its own room."""
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imported_by(path: Path) -> Iterator[tuple[int, str]]:
    """The top-level packages a file imports, wherever in the file it does."""
    for node in ast.walk(parsed(path)):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, name.name.partition(".")[0]) for name in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield node.lineno, module.partition(".")[0]
            case _:
                pass


def test_imports_run_downwards_and_only_the_named_rooms_reach_out() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    if not command.exists():
        pytest.fail("import-linter is not installed beside this Python; run make setup")
    ran = subprocess.run([command, "--no-cache"], cwd=ROOT, capture_output=True, check=False, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_each_room_imports_only_the_third_parties_it_may() -> None:
    findings = []
    for path in python_files("src"):
        allowed = THIRD_PARTY.get(room_of(path), set()) | {"openaisle"} | sys.stdlib_module_names
        findings += [
            f"{place(path, line)} {room_of(path)} may not import {name}"
            for line, name in imported_by(path)
            if name not in allowed
        ]
    assert not findings, told(findings)


def test_every_package_says_what_belongs_there() -> None:
    findings = []
    for folder in sorted({path.parent for path in python_files("src")}):
        init = folder / "__init__.py"
        if not init.is_file():
            findings.append(f"{place(folder)} has no __init__.py")
        elif not ast.get_docstring(parsed(init)):
            findings.append(f"{place(init)} has no docstring")
    assert not findings, told(findings)
