"""The reference of the checks names everything the code can find, mend and recognize."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from openaisle.suppliers.schemes import registration_schemes, tax_schemes
from openaisle.suppliers.verification import STANDARD_POLICY

ROOT = Path(__file__).parents[3]
REFERENCE = (ROOT / "docs" / "reference" / "verification-checks.md").read_text(encoding="utf-8")
ROOM = ROOT / "src" / "openaisle" / "suppliers"
STATED = re.compile(r'(?:code|rule)="([a-z0-9.-]+)"|(?:_doubt\(\s*_\w+, |_inconclusive\()"([a-z-]+)"')
COUNTRIES = ["AU", "BR", "CA", "CH", "CN", "DE", "ES", "FR", "GB", "IN", "IT", "JP", "NL", "PL", "US"]


def stated() -> set[str]:
    """Each code of a finding and each name of a rule that the checks and corrections state."""
    paths = [*(ROOM / "checks").glob("*.py"), *(ROOM / "corrections").glob("*.py"), ROOM / "verification.py"]
    return {one or other for path in paths for one, other in STATED.findall(path.read_text(encoding="utf-8"))}


def test_every_code_and_rule_is_in_the_reference() -> None:
    assert len(stated()) > 30
    assert {name for name in stated() if f"`{name}`" not in REFERENCE} == set()


@pytest.mark.parametrize("check", STANDARD_POLICY.rules)
def test_every_check_stands_there_with_what_it_leads_to(check: str) -> None:
    rule = STANDARD_POLICY.rules[check]
    words = {"review": "review", "reject": "rejection", "note": "a note"}
    assert f"| `{check}` | {words[rule.on_fail]} | {words[rule.on_inconclusive]} |" in REFERENCE


@pytest.mark.parametrize("country", COUNTRIES)
def test_the_schemes_of_a_country_stand_there(country: str) -> None:
    for scheme in (*registration_schemes(country=country), *tax_schemes(country=country)):
        assert scheme.label in REFERENCE


def test_the_example_of_a_check_runs() -> None:
    example = REFERENCE.split("```python")[1].split("```")[0]
    namespace: dict[str, object] = {}
    exec(compile(example, "verification-checks.md", "exec"), namespace)
    assert "NameLengthCheck" in namespace
