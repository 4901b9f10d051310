"""``openaisle search``: look something up as storefronts do, and fill the index anew."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from openaisle.config import Settings
from openaisle.entrypoints.cli.application import settings_of
from openaisle.entrypoints.cli.output import JsonOption, print_json, print_line, print_table

if TYPE_CHECKING:
    from openaisle.kernel.search import IndexFacts
    from openaisle.publishing.queries import SearchAnswer

WordsArgument = Annotated[str, typer.Argument(metavar="WORDS", help="Words, a GTIN, a part number or a SKU.")]
LimitOption = Annotated[int, typer.Option("--limit", help="How many to show.", min=1, max=100)]


def register(*, application: typer.Typer) -> None:
    """Add the commands."""
    search = typer.Typer(help="Search products, and care for the search index.", no_args_is_help=True)
    application.add_typer(search, name="search")

    @search.command("find")
    def find(
        context: typer.Context, words: WordsArgument, *, limit: LimitOption = 10, as_json: JsonOption = False
    ) -> None:
        """Show the products that fit best, also those that nobody can sell now."""
        answer = asyncio.run(_found(settings=settings_of(context=context), words=words, limit=limit))
        if as_json:
            print_json(answer)
            return
        rows = [
            (f"{one.fit:.2f}", one.product.product_id, one.product.title[:80], str(one.quality_score))
            for one in answer.products
        ]
        print_table(title="", columns=("fit", "product", "title", "quality"), rows=rows)
        print_line(f"{answer.total:,} found{', with some of the words' if answer.relaxed else ''}.")

    @search.command("rebuild")
    def rebuild(context: typer.Context, *, as_json: JsonOption = False) -> None:
        """Forget the index; workers fill it anew from the store, and cursors of product changes begin again."""
        facts = asyncio.run(_rebuilt(settings=settings_of(context=context)))
        if as_json:
            print_json(facts)
            return
        print_line("The index is empty. A running worker fills it within minutes; until then searches find little.")


async def _found(*, settings: Settings, words: str, limit: int) -> SearchAnswer:
    from openaisle.bootstrap import open_marketplace
    from openaisle.kernel.search import SearchQuery

    async with open_marketplace(settings=settings) as marketplace:
        return await marketplace.rooms.publishing.queries.search(
            query=SearchQuery(words=words, limit=limit), at=marketplace.clock.now()
        )


async def _rebuilt(*, settings: Settings) -> IndexFacts:
    from openaisle.bootstrap import open_marketplace

    async with open_marketplace(settings=settings) as marketplace:
        return await marketplace.engines.search_index.reset()
