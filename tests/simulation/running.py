"""Runs worlds in a Python of their own, in which the same seed gives the same world."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def told_of(*arguments: str) -> str:
    """Return what ``python -m tests.simulation`` tells; fails the test with it if a world failed."""
    command = [sys.executable, "-m", "tests.simulation", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    told = f"{done.stdout}\n{done.stderr}"
    assert done.returncode == 0, told[-6_000:]
    return told
