"""Checks of other packages: the example installed as anybody would, and broken ones that stop nobody."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "examples" / "checks" / "openaisle_check_domain_age"


def listed(*, installed: Path, home: Path) -> tuple[int, dict[str, Any]]:
    """What ``openaisle checks`` tells in a process that finds these packages."""
    command = [sys.executable, "-m", "openaisle.entrypoints.cli", "--home", str(home), "checks", "--json"]
    environment = {**os.environ, "PYTHONPATH": f"{installed}{os.pathsep}{ROOT / 'src'}"}
    ran = subprocess.run(command, env=environment, capture_output=True, check=False, text=True, cwd=home)
    assert ran.stdout, ran.stderr
    return ran.returncode, json.loads(ran.stdout)


def install(*, into: Path, name: str, code: str, entry: str = "made") -> None:
    """Put a package as an installer would: its module, and what its metadata says."""
    into.mkdir(exist_ok=True)
    (into / f"{name}.py").write_text(code, encoding="utf-8")
    metadata = into / f"{name}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    (metadata / "entry_points.txt").write_text(
        f"[openaisle.supplier_checks]\n{name} = {name}:{entry}\n", encoding="utf-8"
    )


GOOD = """
from openaisle.suppliers.verification import passed
class Good:
    name, timeout_seconds = "good", 1.0
    async def examine(self, *, facts, context):
        return passed(check=self.name, evidence={})
def made(*, tools):
    return Good()
"""


def test_the_example_is_found_once_it_is_installed(tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    command = [sys.executable, "-m", "uv", "pip", "install", "--offline", "--no-deps", "--no-build-isolation"]
    command += ["--quiet", "--python", sys.executable, "--target", str(installed), str(EXAMPLE)]
    ran = subprocess.run(command, capture_output=True, check=False, text=True)
    assert ran.returncode == 0, ran.stderr
    code, told = listed(installed=installed, home=tmp_path)
    assert code == 0
    found = {row["check"]: row["from"] for row in told["checks"]}
    assert found["domain_age"] == "openaisle-check-domain-age"
    assert found["country"] == "openaisle"
    assert told["broken_plug_ins"] == []


def test_broken_plug_ins_are_named_and_stop_no_other(tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    install(into=installed, name="a_good", code=GOOD)
    broken = {
        "b_raises": "raise RuntimeError('half installed')",
        "c_exits": "import sys\nsys.exit(3)",
        "d_lacks": "other = 1",
        "e_taken": GOOD.replace('"good"', '"country"'),
        "f_twice": GOOD,
        "g_slow": GOOD.replace('"good", 1.0', '"slow", 86400'),
        "h_named": GOOD.replace('"good"', '"Not A Name"'),
        "i_empty": "class E:\n    name, timeout_seconds = 'empty', 1\ndef made(*, tools):\n    return E()",
        "j_syntax": "def made(:",
    }
    for name, code in broken.items():
        install(into=installed, name=name, code=code)
    code, told = listed(installed=installed, home=tmp_path)
    assert code == 1
    assert {one["plug_in"] for one in told["broken_plug_ins"]} == set(broken)
    assert next(row for row in told["checks"] if row["check"] == "good")["from"] == "a_good"
    problems = {one["plug_in"]: one["problem"] for one in told["broken_plug_ins"]}
    assert problems["b_raises"] == "RuntimeError: half installed"
    assert problems["e_taken"] == "ValueError: there is another check country"


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ('on_fail = "refuse"', 4, "checks.registration_number.on_fail: 'refuse' is not allowed"),
        ('on_fail = "review"', 0, "is in order: version standard-3"),
    ],
)
def test_a_policy_file_is_looked_at_on_the_command_line(tmp_path: Path, text: str, code: int, said: str) -> None:
    standard = (ROOT / "src" / "openaisle" / "suppliers" / "standard_policy.toml").read_text(encoding="utf-8")
    file = tmp_path / "mine.toml"
    file.write_text(standard.replace('on_fail = "reject"', text), encoding="utf-8")
    command = [sys.executable, "-m", "openaisle.entrypoints.cli", "policy", "check", str(file)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    ran = subprocess.run(command, env=environment, capture_output=True, check=False, text=True, cwd=tmp_path)
    assert ran.returncode == code
    assert said in ran.stdout + ran.stderr
    assert sorted(one.name for one in tmp_path.iterdir()) == ["mine.toml"]
