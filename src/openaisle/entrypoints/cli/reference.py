"""``openaisle reference``: write the reference documents that are derived from the code."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer

import openaisle
from openaisle.entrypoints.cli.exits import ExitCode
from openaisle.entrypoints.cli.output import print_line

_DEFAULT_DIRECTORY = Path("docs") / "reference"


def register(*, application: typer.Typer) -> None:
    """Add the command; it is for those who work on OpenAisle and stays out of the help."""

    @application.command("reference", hidden=True)
    def reference(
        directory: Annotated[Path, typer.Option(help="Where the documents stand.")] = _DEFAULT_DIRECTORY,
        *,
        check: Annotated[bool, typer.Option("--check", help="Write nothing; exit with 1 if a document lags.")] = False,
    ) -> None:
        """Write docs/reference anew from the code."""
        pages = asyncio.run(current_pages())
        lagging = [
            name
            for name, text in pages.items()
            if not (directory / name).is_file() or (directory / name).read_text(encoding="utf-8") != text
        ]
        for name in lagging:
            print_line(f"{directory / name} {'lags behind the code' if check else 'written'}")
            if not check:
                (directory / name).write_text(pages[name], encoding="utf-8")
        if check and lagging:
            raise typer.Exit(ExitCode.FOUND)


def _import_everything() -> None:
    # An error is known once its module is loaded, so that all of them are told, whatever was loaded before.
    for module in pkgutil.walk_packages(openaisle.__path__, prefix="openaisle."):
        if not module.name.endswith(".__main__"):
            importlib.import_module(module.name)


async def current_pages() -> dict[str, str]:
    """Return the documents as the code says they should be, by file name."""
    from openaisle.bootstrap import every_event, open_marketplace
    from openaisle.config import Settings
    from openaisle.entrypoints.cli.application import application
    from openaisle.entrypoints.reference_pages import reference_pages

    _import_everything()
    with tempfile.TemporaryDirectory() as home:
        async with open_marketplace(settings=Settings(home=home)) as marketplace:
            return reference_pages(operations=marketplace.operations, events=every_event(), command_line=application())
