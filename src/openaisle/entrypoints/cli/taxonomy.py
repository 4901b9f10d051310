"""``openaisle taxonomy``: load the tree of categories, look at it, and try what a supplier's words lead to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openaisle.config import Settings
from openaisle.entrypoints.cli.application import settings_of
from openaisle.entrypoints.cli.exits import ExitCode
from openaisle.entrypoints.cli.output import JsonOption, print_json, print_line, print_table
from openaisle.kernel.errors import OpenAisleError

if TYPE_CHECKING:
    from openaisle.catalog.taxonomy.model import CategorySuggestion, CategoryTreeFacts

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The tree's file, plain or .zst.", dir_okay=False)]
TextArgument = Annotated[str, typer.Argument(metavar="TEXT", help="A supplier's own words for a category.")]
LimitOption = Annotated[int, typer.Option("--limit", help="How many to show.", min=1, max=20)]


class TaxonomyFileUnreadable(OpenAisleError):
    """The file of a tree is not there, cannot be read, or is damaged."""

    code = "taxonomy-file-unreadable"
    title = "The file cannot be read"
    mend = "Give the path of the tree's file: text or CSV, plain or compressed by zstd (.zst)."


def register(*, application: typer.Typer) -> None:
    """Add the commands."""
    taxonomy = typer.Typer(help="Load and look at the tree of categories.", no_args_is_help=True)
    application.add_typer(taxonomy, name="taxonomy")

    @taxonomy.command("load")
    def load(context: typer.Context, file: FileArgument, *, as_json: JsonOption = False) -> None:
        """Load the tree of categories from a file; it is in force at once, in place of the one before."""
        facts = asyncio.run(_load(settings=settings_of(context=context), file=file))
        _show(facts=facts, as_json=as_json)

    @taxonomy.command("show")
    def show(context: typer.Context, *, as_json: JsonOption = False) -> None:
        """Tell of the tree in force; exits with 1 if there is none."""
        facts = asyncio.run(_facts(settings=settings_of(context=context)))
        if facts is None:
            print_line("No tree is loaded: openaisle taxonomy load FILE.")
            raise typer.Exit(ExitCode.FOUND)
        _show(facts=facts, as_json=as_json)

    @taxonomy.command("suggest")
    def suggest(
        context: typer.Context, text: TextArgument, *, limit: LimitOption = 3, as_json: JsonOption = False
    ) -> None:
        """Show the categories that a text most likely means."""
        found = asyncio.run(_suggested(settings=settings_of(context=context), text=text, limit=limit))
        if as_json:
            print_json([{"category": one.category, "score": one.score} for one in found])
            return
        rows = [(f"{one.score:.2f}", one.category.category_id, one.category.text) for one in found]
        print_table(title="", columns=("score", "category", "path"), rows=rows)


def _show(*, facts: CategoryTreeFacts, as_json: bool) -> None:
    if as_json:
        print_json(facts)
        return
    print_line(
        f"{facts.category_count:,} categories in {facts.level_count} levels, from {facts.source}, "
        f"version {facts.version}, loaded {facts.loaded_at:%Y-%m-%d %H:%M}."
    )


async def _load(*, settings: Settings, file: Path) -> CategoryTreeFacts:
    import secrets

    from openaisle.bootstrap import open_marketplace
    from openaisle.kernel.context import Context, Principal, Role

    async with open_marketplace(settings=settings) as marketplace:
        context = Context(
            principal=Principal(role=Role.OPERATOR, subject_id="command line"),
            at=marketplace.clock.now(),
            correlation_id=f"cli-{secrets.token_hex(8)}",
        )
        return await marketplace.rooms.categories.taxonomy.load(chunks=_pieces(file), source=file.name, context=context)


async def _facts(*, settings: Settings) -> CategoryTreeFacts | None:
    from openaisle.bootstrap import open_marketplace

    async with open_marketplace(settings=settings) as marketplace:
        return await marketplace.rooms.categories.taxonomy_queries.facts()


async def _suggested(*, settings: Settings, text: str, limit: int) -> list[CategorySuggestion]:
    from openaisle.bootstrap import open_marketplace

    async with open_marketplace(settings=settings) as marketplace:
        return (await marketplace.rooms.categories.taxonomy_queries.tree()).suggest(text, limit=limit)


async def _pieces(file: Path) -> AsyncIterator[bytes]:
    import zstandard

    try:
        with file.open("rb") as stored:
            source = zstandard.ZstdDecompressor().stream_reader(stored) if file.suffix == ".zst" else stored
            while piece := source.read(1 << 16):
                yield piece
    except (OSError, zstandard.ZstdError) as error:
        raise TaxonomyFileUnreadable(detail=f"{file}: {error}.") from None
