from __future__ import annotations

from pathlib import Path

import pytest

from openaisle.catalog.issues import CorrectionRule, IssueCode
from openaisle.catalog.pictures.model import PictureIssue
from openaisle.catalog.policy_rules import PolicyIssue
from openaisle.catalog.schemas.rules import SchemaIssue

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "product-issues.md"


@pytest.mark.parametrize("code", [*IssueCode, *SchemaIssue, *PictureIssue, *PolicyIssue, *CorrectionRule])
def test_every_issue_and_every_correction_is_documented(code):
    assert f"| `{code.value}` |" in REFERENCE.read_text(encoding="utf-8")


def test_no_issue_is_documented_that_does_not_exist():
    known = {code.value for code in (*IssueCode, *SchemaIssue, *PictureIssue, *PolicyIssue, *CorrectionRule)}
    lines = REFERENCE.read_text(encoding="utf-8").splitlines()
    told = {line.split("`")[1] for line in lines if line.startswith("| `")}
    assert told == known
