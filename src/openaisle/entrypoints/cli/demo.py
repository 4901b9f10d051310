"""``openaisle demo``: the whole marketplace live, with simulated suppliers and shoppers."""

from __future__ import annotations

import asyncio
import shutil
from typing import Annotated

import typer

from openaisle.config import LogLevel, Settings
from openaisle.entrypoints.cli.application import settings_of
from openaisle.entrypoints.cli.exits import ExitCode
from openaisle.entrypoints.cli.output import print_line

_HOME = "./openaisle-demo"


def register(*, application: typer.Typer) -> None:
    """Add the command."""

    @application.command("demo")
    def demo(
        *,
        context: typer.Context,
        port: Annotated[int | None, typer.Option(help="The port to listen on.")] = None,
        rate: Annotated[float, typer.Option(min=0.01, max=100.0, help="Orders per second.")] = 1.5,
        orders: Annotated[int | None, typer.Option(min=1, help="Stop after so many orders.")] = None,
    ) -> None:
        """Start a marketplace with simulated suppliers and shoppers, and print where to look.

        Begins anew each time, in ./openaisle-demo unless --home names another folder, which must then be empty.
        """
        home = (context.obj or {}).get("home")
        if home is None:
            # Our own folder: what stands in it is an earlier demonstration.
            shutil.rmtree(_HOME, ignore_errors=True)
        settings = settings_of(
            context=context,
            home=home or _HOME,
            port=port,
            outbound_plain_http_allowed=True,
            log_level=LogLevel.ERROR,
        )
        try:
            placed = asyncio.run(_demonstrate(settings=settings, rate=rate, orders=orders))
        except OSError as error:
            typer.echo(f"openaisle: cannot listen on {settings.host}:{settings.port}: {error.strerror}", err=True)
            raise typer.Exit(ExitCode.FAILED) from None
        print_line(f"{placed} orders were placed.")


async def _demonstrate(*, settings: Settings, rate: float, orders: int | None) -> int:
    from openaisle.entrypoints.demo.run import demonstrate

    print_line("OpenAisle: a demonstration with simulated suppliers and shoppers.\n")
    print_line("Suppliers apply and are verified:")

    def ready(address: str, link: str) -> None:
        print_line("\nProducts are published. Shoppers order now.\n")
        print_line(f"  Console   {link}")
        print_line("            (the link signs in once; `openaisle keys issue` makes a key for later)")
        print_line(f"  API       {address}/docs")
        print_line(f"  data      {settings.home_directory}")
        print_line("  stop      Ctrl+C\n")

    return await demonstrate(
        settings=settings, orders_per_second=rate, orders_maximum=orders, tell=print_line, ready=ready
    )
