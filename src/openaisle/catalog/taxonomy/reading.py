"""Reading a tree from a file, with every mistake explained by its line. Pure; no I/O.

Two forms: lines of ``id - A > B > C`` as Google publishes its taxonomy, and CSV with a header that names ``id`` and
either ``path`` (``A > B > C``) or ``name`` and ``parent_id``.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence

from openaisle.catalog.taxonomy.model import ROOT_ID, SEPARATOR, Category, CategoryTree, folded_path, split_path
from openaisle.kernel.errors import Finding, RequestInvalid

CATEGORIES_MAXIMUM = 50_000
LEVELS_MAXIMUM = 12
NAME_LENGTH_MAXIMUM = 120
BYTES_MAXIMUM = 20_000_000
_FINDINGS_MAXIMUM = 50
_GOOGLE_LINE = re.compile(r"(?P<id>\S{1,60}) - (?P<path>.+)")
_IDENTIFIER = re.compile(r"[A-Za-z0-9._-]{1,60}")
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f<>|]")


class TaxonomyInvalid(RequestInvalid):
    """The file is no tree of categories; nothing of it was loaded."""

    code = "taxonomy-invalid"
    title = "The file is no tree of categories"
    mend = "Correct the lines named in findings; docs/how-to/define-categories.md shows both forms."


class _Line:
    """One category as the file has it, before the tree is known to be whole."""

    __slots__ = ("category_id", "number", "path")

    def __init__(self, *, number: int, category_id: str, path: tuple[str, ...]) -> None:
        self.number = number
        self.category_id = category_id
        self.path = path


def read_taxonomy(*, text: str) -> CategoryTree:
    """Return the tree of a file's text; raises TaxonomyInvalid with the first 50 mistakes."""
    text = text.lstrip("\ufeff")
    findings: list[Finding] = []
    first = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
    is_list = _GOOGLE_LINE.fullmatch(first.strip()) is not None
    lines = list(_google_lines(text, findings) if is_list else _csv_lines(text, findings))
    if len(lines) > CATEGORIES_MAXIMUM:
        raise TaxonomyInvalid(detail=f"It has {len(lines):,} categories; at most {CATEGORIES_MAXIMUM:,} are allowed.")
    _check(lines, findings)
    if findings:
        told = f"{len(findings)} lines are wrong; the first: {findings[0].pointer}: {findings[0].detail}"
        raise TaxonomyInvalid(detail=told, findings=findings[:_FINDINGS_MAXIMUM])
    if not lines:
        raise TaxonomyInvalid(detail="There is no category in it.")
    return CategoryTree(categories=[Category(category_id=one.category_id, path=one.path) for one in lines])


def written_taxonomy(*, tree: CategoryTree) -> str:
    """Return the tree as lines of ``id - A > B > C``, which ``read_taxonomy`` reads."""
    return "".join(f"{one.category_id} - {one.text}\n" for one in tree.categories)


def _google_lines(text: str, findings: list[Finding]) -> Iterator[_Line]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        found = _GOOGLE_LINE.fullmatch(line.strip())
        if found is None:
            findings.append(_finding(number, "It is not of the form id - A > B > C."))
        else:
            yield _Line(number=number, category_id=found["id"], path=split_path(found["path"]))


def _csv_lines(text: str, findings: list[Finding]) -> Iterator[_Line]:
    header, _, _ = text.partition("\n")
    delimiter = max(",;\t", key=header.count)
    reader = csv.DictReader(text.splitlines(), delimiter=delimiter)
    try:
        names = [(name or "").strip().casefold() for name in reader.fieldnames or ()]
        reader.fieldnames = names
        rows = [
            (number, {name: (cell or "").strip() for name, cell in row.items() if isinstance(name, str) and name})
            for number, row in enumerate(reader, start=2)
        ]
    except csv.Error as error:
        raise TaxonomyInvalid(detail=f"It is no CSV: {error}.") from None
    if "id" not in names or not ("path" in names or {"name", "parent_id"} <= set(names)):
        told = "Its first line is neither 'id - A > B > C' nor a header with id and path, or id, name and parent_id."
        raise TaxonomyInvalid(detail=told, findings=[_finding(1, told)])
    if "path" in names:
        for number, row in rows:
            yield _Line(number=number, category_id=row["id"], path=split_path(row["path"]))
    else:
        yield from _paths_of_parents(rows, findings)


def _paths_of_parents(rows: Sequence[tuple[int, dict[str, str]]], findings: list[Finding]) -> Iterator[_Line]:
    by_id = {row["id"]: row for _, row in rows}
    for number, row in rows:
        names, above, seen = [row["name"]], row["parent_id"], {row["id"]}
        while above:
            if above not in by_id or above in seen:
                why = "is above itself" if above in seen else "is not in the file"
                findings.append(_finding(number, f"The category above, {above[:60]!r}, {why}."))
                break
            seen.add(above)
            names.append(by_id[above]["name"])
            above = by_id[above]["parent_id"]
        else:
            yield _Line(number=number, category_id=row["id"], path=tuple(reversed(names)))


def _check(lines: Iterable[_Line], findings: list[Finding]) -> None:
    lines = list(lines)
    paths = {folded_path(one.path) for one in lines}
    seen_ids: set[str] = set()
    seen_paths: set[tuple[str, ...]] = set()
    for one in lines:
        folded = folded_path(one.path)
        told = _wrong(one)
        if told is None and one.category_id.casefold() in seen_ids:
            told = f"The identifier {one.category_id} stands there twice."
        elif told is None and folded in seen_paths:
            told = f"The path {SEPARATOR.join(one.path)[:200]} stands there twice."
        elif told is None and len(folded) > 1 and folded[:-1] not in paths:
            told = f"The category above, {SEPARATOR.join(one.path[:-1])[:200]}, is not in the file."
        if told is not None:
            findings.append(_finding(one.number, told))
        seen_ids.add(one.category_id.casefold())
        seen_paths.add(folded)
    findings.sort(key=lambda finding: int(finding.pointer.removeprefix("line ")))


def _wrong(line: _Line) -> str | None:
    if _IDENTIFIER.fullmatch(line.category_id) is None or line.category_id.casefold() == ROOT_ID:
        return f"{line.category_id[:60]!r} is no identifier: 1 to 60 letters, digits, dots, hyphens, and not 'root'."
    if not line.path or any(not name.strip() for name in line.path):
        return "It has a name that is empty."
    if len(line.path) > LEVELS_MAXIMUM:
        return f"It has {len(line.path)} levels; at most {LEVELS_MAXIMUM} are allowed."
    if any(len(name) > NAME_LENGTH_MAXIMUM or _FORBIDDEN.search(name) for name in line.path):
        return f"A name has at most {NAME_LENGTH_MAXIMUM} characters and none of < > | or control characters."
    return None


def _finding(number: int, told: str) -> Finding:
    return Finding(pointer=f"line {number}", detail=told)
