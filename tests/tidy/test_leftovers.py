"""What is not finished is an issue in the tracker, not a note in the code; a test that waits waits for something."""

from __future__ import annotations

import re

from tests.tidy.tree import place, python_files, texts, told

# Put together here, so that this file does not hold what it looks for.
NOTE = re.compile(r"\b(?:" + "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3]) + r")\b")
SLEEP = "time." + "sleep("


def test_no_file_holds_a_note_of_unfinished_work() -> None:
    findings = [
        f"{place(path, number)} {line.strip()[:120]}"
        for path, text in texts(".py", ".md", ".toml", ".yml", ".yaml", ".html", ".css", ".js", ".sql", "")
        for number, line in enumerate(text.splitlines(), start=1)
        if NOTE.search(line)
    ]
    assert not findings, told(findings)


def test_no_test_sleeps() -> None:
    findings = [
        place(path, number)
        for path in python_files("tests")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if SLEEP in line
    ]
    assert not findings, told(findings)
