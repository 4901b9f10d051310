"""The reference documents say what the code says."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from openaisle.entrypoints.cli.reference import current_pages
from openaisle.entrypoints.reference_settings import setting_facts
from openaisle.kernel.errors import OpenAisleError, every_error
from openaisle.kernel.permissions import STAFF_PERMISSIONS, SUPPLIER_PERMISSIONS, Permission
from tests.tidy.tree import parsed, python_files

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"


PAGES = ["settings.md", "errors.md", "api.md", "events.md", "cli.md", "roles.md", "mail-templates.md", "x12.md"]


@pytest.mark.parametrize("name", [*PAGES, "verification-policy.md"])
async def test_the_reference_is_current(name: str) -> None:
    pages = await current_pages()
    kept = (REFERENCE / name).read_text(encoding="utf-8")
    assert kept == pages[name], f"{name} lags: run `python -m openaisle.entrypoints.cli reference`"


async def test_every_role_and_every_permission_is_documented_with_what_the_table_gives() -> None:
    page = (REFERENCE / "roles.md").read_text(encoding="utf-8")
    for table in (STAFF_PERMISSIONS, SUPPLIER_PERMISSIONS):
        header = "| | " + " | ".join(f"`{role.value}`" for role in table) + " |"
        assert header in page
        rows = page.partition(header)[2].partition("\n\n")[0].splitlines()
        told = {row.split("|")[1].strip(" `"): [cell.strip() for cell in row.split("|")[2:-1]] for row in rows[2:]}
        for permission in Permission:
            given = ["yes" if permission in permissions else "" for permissions in table.values()]
            assert told.get(permission.value, [""] * len(table)) == given, permission


async def test_every_setting_and_every_error_is_documented() -> None:
    pages = await current_pages()
    for facts in setting_facts():
        assert f"`{facts.name}`" in pages["settings.md"]
    for error in product_errors():
        assert f"`{error.code}`" in pages["errors.md"]


def test_every_code_in_the_source_is_documented_whatever_module_was_loaded() -> None:
    page = (REFERENCE / "errors.md").read_text(encoding="utf-8")
    codes = {
        statement.value.value
        for path in python_files("src")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ClassDef)
        for statement in node.body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Name)
        and statement.targets[0].id == "code"
        and isinstance(statement.value, ast.Constant)
    }
    assert "name-index-unusable" in codes
    assert [code for code in sorted(codes) if f"`{code}`" not in page] == []


async def test_every_error_tells_what_to_do_in_sentences() -> None:
    await current_pages()
    lacking = [
        f"{error.__module__}.{error.__name__}"
        for error in product_errors()
        if not (error.title and error.mend.endswith((".", "…")) and error.__doc__ and 400 <= error.status < 600)
    ]
    assert lacking == []


async def test_a_code_means_one_condition() -> None:
    await current_pages()
    by_code: dict[str, set[str]] = {}
    for error in product_errors():
        by_code.setdefault(error.code, set()).add(error.title)
    assert {code: titles for code, titles in by_code.items() if len(titles) > 1} == {}


def product_errors() -> list[type[OpenAisleError]]:
    return [error for error in every_error() if error.__module__.startswith("openaisle.")]
