"""What does not fit on a few screens does not fit in a head."""

from __future__ import annotations

import ast

from tests.tidy.tree import SHIPPED, parsed, place, python_files, told

FILE_LINES_MAXIMUM = 400
FUNCTION_LINES_MAXIMUM = 70


def test_no_file_is_longer_than_400_lines() -> None:
    findings = []
    for path in python_files(*SHIPPED):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > FILE_LINES_MAXIMUM:
            findings.append(f"{place(path)} has {lines} lines")
    assert not findings, told(findings)


def test_no_function_is_longer_than_70_lines() -> None:
    findings = []
    for path in python_files(*SHIPPED):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES_MAXIMUM:
                    findings.append(f"{place(path, node.lineno)} {node.name} has {lines} lines")
    assert not findings, told(findings)
