"""The project's own files, as the tidy tests look at them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "openaisle"
SHIPPED = ("src", "examples", "benchmarks")


@cache
def project_files() -> tuple[Path, ...]:
    """Every file that is, or is about to be, part of the project: tracked, or new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    return tuple(sorted({ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()}))


def python_files(*folders: str) -> Iterator[Path]:
    """The project's Python files under the folders named."""
    for path in project_files():
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in folders:
            yield path


def texts(*suffixes: str) -> Iterator[tuple[Path, str]]:
    """The project's text files with one of the suffixes, or all of them."""
    for path in project_files():
        if suffixes and path.suffix not in suffixes:
            continue
        content = path.read_bytes()
        if b"\0" not in content:
            yield path, content.decode("utf-8", errors="replace")


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def place(path: Path, line: int | None = None) -> str:
    """Where a finding is, as an editor understands it."""
    name = path.relative_to(ROOT).as_posix()
    return name if line is None else f"{name}:{line}"


def told(findings: list[str]) -> str:
    """All findings of one test, one a line."""
    return "\n".join(["", *findings])
