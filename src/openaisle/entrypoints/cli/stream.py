"""``openaisle stream``: who reads the change stream, and forgetting who reads it no more."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer

from openaisle.config import Settings
from openaisle.entrypoints.cli.application import settings_of
from openaisle.entrypoints.cli.output import JsonOption, print_json, print_line

NameArgument = Annotated[str, typer.Argument(help="The consumer's name, as openaisle stream consumers prints it.")]


def register(*, application: typer.Typer) -> None:
    """Add the commands."""
    stream = typer.Typer(help="Look at the consumers of the change stream.", no_args_is_help=True)
    application.add_typer(stream, name="stream")

    @stream.command("consumers")
    def consumers(context: typer.Context, *, as_json: JsonOption = False) -> None:
        """List every consumer: how far behind the newest change it is, and who runs it."""
        found = asyncio.run(_consumers(settings=settings_of(context=context)))
        if as_json:
            print_json({"consumers": found})
            return
        for one in found:
            lag = "reads no changes" if one["behind"] is None else f"{one['behind']} behind"
            running = f"run by {one['holder']}" if one["is_running"] else "not running"
            print_line(f"{one['consumer']:40} {lag:>20}  {running}")
        if not found:
            print_line("No consumer has run yet.")

    @stream.command("forget")
    def forget(context: typer.Context, name: NameArgument) -> None:
        """Forget a consumer that is gone for good, so that it holds no changes back any more.

        A consumer that still exists would begin like a new one: at the oldest change that is kept, each once more.
        """
        asyncio.run(_forget(settings=settings_of(context=context), name=name))
        print_line(f"{name} is forgotten.")


async def _consumers(*, settings: Settings) -> list[dict[str, Any]]:
    from openaisle.bootstrap import open_marketplace

    async with open_marketplace(settings=settings) as marketplace:
        engines, now = marketplace.engines, marketplace.clock.now()
        latest = await engines.stream.latest()
        return [
            {
                "consumer": one.name,
                "position": one.position,
                "behind": None if one.position is None else max(0, latest - one.position),
                "holder": one.holder,
                "is_running": one.is_running(at=now),
            }
            for one in await engines.checkpoints.consumers()
        ]


async def _forget(*, settings: Settings, name: str) -> None:
    from openaisle.bootstrap import open_marketplace

    async with open_marketplace(settings=settings) as marketplace:
        await marketplace.engines.checkpoints.forget(consumer=name, now=marketplace.clock.now())
