"""A link between documents leads somewhere."""

from __future__ import annotations

import re

from tests.tidy.tree import place, texts, told

LINK = re.compile(r"\]\((?P<target>[^)#\s]+)(?:#[^)]*)?\)")


def test_every_link_between_documents_leads_somewhere() -> None:
    findings = [
        f"{place(path, number)} {found['target']} is not there"
        for path, text in texts(".md")
        for number, line in enumerate(text.splitlines(), start=1)
        for found in LINK.finditer(line)
        if "://" not in found["target"] and not (path.parent / found["target"]).exists()
    ]
    assert not findings, told(findings)
