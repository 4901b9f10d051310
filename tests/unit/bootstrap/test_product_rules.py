"""Product rules of other packages: the example installed as anybody would, and broken ones that stop nobody."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.tidy.tree import ROOT

EXAMPLE = ROOT / "examples" / "product-rules" / "openaisle_rule_energy_label"
RULES = """
[[rules]]
code = "odd_title"
field = "title"
when = 'matches(title, "[!]{3}")'
message = "{title} shouts."

[[rules.examples]]
finds = true
facts = { title = "Buy!!!" }
"""
GOOD = """
from openaisle.catalog.issues import Severity
from openaisle.catalog.table_rules import TableRule
def made():
    return [TableRule(code="good_rule", field="title", severity=Severity.INFO, where_sql="title = 'x'",
                      message_sql="'x'", scope_sql="category = 'y'")]
"""


def run(*command: str, home: Path, installed: Path | None = None) -> subprocess.CompletedProcess[str]:
    paths = [str(installed)] if installed is not None else []
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*paths, str(ROOT / "src")])}
    whole = [sys.executable, "-m", "openaisle.entrypoints.cli", "--home", str(home), "product-rules", *command]
    return subprocess.run(whole, env=environment, capture_output=True, check=False, text=True, cwd=home)


def listed(*, installed: Path, home: Path) -> tuple[int, dict[str, Any]]:
    ran = run("list", "--json", home=home, installed=installed)
    assert ran.stdout, ran.stderr
    return ran.returncode, json.loads(ran.stdout)


def install(*, into: Path, name: str, code: str) -> None:
    into.mkdir(exist_ok=True)
    (into / f"{name}.py").write_text(code, encoding="utf-8")
    metadata = into / f"{name}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    entry = f"[openaisle.product_rules]\n{name} = {name}:made\n"
    (metadata / "entry_points.txt").write_text(entry, encoding="utf-8")


def test_the_example_is_found_beside_the_rules_of_the_file(tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    command = [sys.executable, "-m", "uv", "pip", "install", "--offline", "--no-deps", "--no-build-isolation"]
    command += ["--quiet", "--python", sys.executable, "--target", str(installed), str(EXAMPLE)]
    ran = subprocess.run(command, capture_output=True, check=False, text=True)
    assert ran.returncode == 0, ran.stderr
    (tmp_path / "product-rules.toml").write_text(RULES, encoding="utf-8")
    code, told = listed(installed=installed, home=tmp_path)
    assert code == 0
    assert {row["code"]: row["from"] for row in told["rules"]} == {
        "odd_title": "product-rules.toml",
        "energy_class_missing": "openaisle-rule-energy-label",
        "eprel_number_missing": "openaisle-rule-energy-label",
    }


def test_broken_plug_ins_are_named_and_stop_no_other(tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    install(into=installed, name="a_good", code=GOOD)
    broken = {
        "b_raises": "raise RuntimeError('half installed')",
        "c_exits": "import sys\nsys.exit(3)",
        "d_lacks": "other = 1",
        "e_taken": GOOD.replace("good_rule", "title_missing"),
        "f_twice": GOOD,
        "g_sql": GOOD.replace("good_rule", "g_rule").replace("title = 'x'", "titel = 'x'"),
        "h_named": GOOD.replace("good_rule", "Not A Name"),
        "i_types": "def made():\n    return [1, None]",
        "j_nothing": "def made():\n    return None",
        "k_itself": GOOD.replace("severity=Severity.INFO", 'severity="fatal"').replace("good_rule", "k_rule"),
        "l_double": GOOD.replace("good_rule", "l_rule").replace("return [", "return 2 * ["),
        "m_scope": GOOD.replace("good_rule", "m_rule").replace("category = 'y'", "title = 'y'"),
    }
    for name, code in broken.items():
        install(into=installed, name=name, code=code)
    code, told = listed(installed=installed, home=tmp_path)
    assert code == 1
    assert {one["plug_in"] for one in told["broken_plug_ins"]} == set(broken)
    assert [row["code"] for row in told["rules"]] == ["good_rule"]
    problems = {one["plug_in"]: one["problem"] for one in told["broken_plug_ins"]}
    assert problems["b_raises"] == "RuntimeError: half installed"
    assert problems["e_taken"] == "ValueError: there is another issue or rule title_missing"


def test_a_file_is_looked_at_before_it_is_used(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(RULES, encoding="utf-8")
    ran = run("check", str(file), home=tmp_path)
    assert (ran.returncode, "is in order: 1 rule," in ran.stdout) == (0, True), ran.stderr
    file.write_text(RULES.replace("finds = true", "finds = false"), encoding="utf-8")
    ran = run("check", str(file), home=tmp_path)
    assert ran.returncode != 0
    assert "odd_title finds its example 1." in ran.stderr
    file.write_text(RULES.replace("title,", "titel,"), encoding="utf-8")
    assert "did you mean title?" in run("check", str(file), home=tmp_path).stderr
    assert [one.name for one in tmp_path.iterdir()] == ["mine.toml"]
