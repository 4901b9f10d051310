"""The locks are in step with pyproject.toml, and hold names, versions and hashes, nothing else."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.tidy.tree import ROOT, told

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RUNTIME = PROJECT["dependencies"]
DEVELOPMENT = [*RUNTIME, *PROJECT["optional-dependencies"]["development"]]
PIN = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>\S+)(?: ; [^\\]+)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}(?: \\)?$")
LOCKS = ["installer", "runtime", "development"]


def lines_of(lock: str) -> list[str]:
    return (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8").splitlines()


def pins_of(lock: str) -> dict[str, str]:
    return {found["name"]: found["version"] for line in lines_of(lock) if (found := PIN.match(line))}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_only_pins_and_hashes(lock: str) -> None:
    findings = [line for line in lines_of(lock) if not PIN.match(line) and not HASH.match(line)]
    assert not findings, told(findings)


@pytest.mark.parametrize(("lock", "requirements"), [("runtime", RUNTIME), ("development", DEVELOPMENT)])
def test_every_direct_dependency_is_pinned_as_the_project_asks(lock: str, requirements: list[str]) -> None:
    pins = pins_of(lock)
    findings = []
    for requirement in map(Requirement, requirements):
        version = pins.get(canonicalize_name(requirement.name))
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            findings.append(f"{requirement} is pinned to {version}; run make lock")
    assert not findings, told(findings)


def test_the_locks_agree_with_each_other() -> None:
    development = pins_of("development")
    assert pins_of("runtime").items() <= development.items()
    assert pins_of("installer") == {"uv": development["uv"]}
