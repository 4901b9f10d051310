"""``openaisle suppliers``: verify suppliers again, such as after a sanctions list has changed."""

from __future__ import annotations

import asyncio
import secrets
from typing import Annotated

import typer

from openaisle.config import Settings
from openaisle.entrypoints.cli.application import settings_of
from openaisle.entrypoints.cli.output import JsonOption, print_json, print_line
from openaisle.kernel.context import system_context

ReasonOption = Annotated[str, typer.Option(help="Why; it stands in the audit trail.")]
SuppliersArgument = Annotated[list[str] | None, typer.Argument(help="Suppliers' identifiers; none means all.")]


def register(*, application: typer.Typer) -> None:
    """Add the commands."""
    suppliers = typer.Typer(help="Verify suppliers again.", no_args_is_help=True)
    application.add_typer(suppliers, name="suppliers")

    @suppliers.callback()
    def shared() -> None:
        """Keep ``reverify`` a command of its own, though it is the only one."""

    @suppliers.command("reverify")
    def reverify(
        context: typer.Context,
        supplier_ids: SuppliersArgument = None,
        *,
        reason: ReasonOption = "asked for on the command line",
        as_json: JsonOption = False,
    ) -> None:
        """Verify active and suspended suppliers again as they are; they sell on meanwhile."""
        settings = settings_of(context=context)
        asyncio.run(_reverify(settings=settings, supplier_ids=supplier_ids or [], reason=reason, as_json=as_json))


async def _reverify(*, settings: Settings, supplier_ids: list[str], reason: str, as_json: bool) -> None:
    from openaisle.bootstrap import open_marketplace

    async with open_marketplace(settings=settings) as marketplace:
        rooms = marketplace.rooms
        context = system_context(name="command-line", at=marketplace.clock.now(), correlation_id=secrets.token_hex(16))
        named = supplier_ids or await rooms.supplier_queries.verified_ids()
        started = await rooms.supplier_life.reverify(supplier_ids=named, reason=reason, context=context)
    if as_json:
        print_json({"started": started})
    else:
        print_line(f"{started} suppliers are verified again.")
