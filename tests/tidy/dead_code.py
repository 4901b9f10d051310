"""What nobody calls is deleted; git remembers it. Run by ``make check``: ``python -m tests.tidy.dead_code``."""

from __future__ import annotations

import sys
import tomllib

from vulture import Vulture

from tests.tidy.tree import PACKAGE, ROOT, SHIPPED, place, python_files

KINDS = {"class", "function", "method", "property"}
CONFIDENCE_PERCENT_MINIMUM = 60


def unused() -> list[str]:
    """The functions and classes of the package that nothing in the project uses, its tests included."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["vulture"]
    vulture = Vulture(ignore_names=settings["ignore_names"], ignore_decorators=settings["ignore_decorators"])
    vulture.scavenge([str(path) for path in python_files(*SHIPPED, "tests")])
    return [
        f"{place(item.filename, item.first_lineno)} {item.typ} {item.name} has no use"
        for item in vulture.get_unused_code(min_confidence=CONFIDENCE_PERCENT_MINIMUM)
        if item.typ in KINDS and item.filename.is_relative_to(PACKAGE)
    ]


if __name__ == "__main__":
    findings = unused()
    sys.stdout.writelines(f"{finding}\n" for finding in findings)
    sys.exit(1 if findings else 0)
