"""The project runs anywhere, so no file of it names a place of the machine it was written on."""

from __future__ import annotations

import re

from tests.tidy.tree import place, texts, told

# Put together here, so that this file does not hold what it looks for.
HOME_FOLDERS = "|".join(["work", "root", "home", "Users"])
MACHINE_PATH = re.compile(rf"(?<![\w.\-{{}}<>])/(?:{HOME_FOLDERS})/")
REGISTRIES = [
    ".".join(["pypi", "org"]),
    ".".join(["pythonhosted", "org"]),
    ".".join(["registry", "npmjs"]),
    "/".join(["", "opt", "pypi"]),
    "-".join(["", "-index", "url"]),
    "-".join(["", "-extra", "index"]),
]


def test_no_file_names_a_folder_of_one_machine() -> None:
    findings = [
        f"{place(path, number)} {line.strip()[:120]}"
        for path, text in texts()
        for number, line in enumerate(text.splitlines(), start=1)
        if MACHINE_PATH.search(line)
    ]
    assert not findings, told(findings)


def test_no_file_names_a_package_registry() -> None:
    findings = [
        f"{place(path, number)} {registry}"
        for path, text in texts()
        for number, line in enumerate(text.splitlines(), start=1)
        for registry in REGISTRIES
        if registry in line
    ]
    assert not findings, told(findings)
