"""``openaisle serve``: the API and the worker, kept running."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from openaisle.config import Settings
from openaisle.entrypoints.cli.application import settings_of
from openaisle.entrypoints.cli.exits import ExitCode
from openaisle.entrypoints.cli.output import print_line


def register(*, application: typer.Typer) -> None:
    """Add the command."""

    @application.command("serve")
    def serve(
        context: typer.Context,
        *,
        host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
        port: Annotated[int | None, typer.Option(help="The port to listen on.")] = None,
        processes: Annotated[int | None, typer.Option(help="How many processes answer HTTP.")] = None,
        worker: Annotated[bool, typer.Option(help="Whether a worker runs beside them.")] = True,
    ) -> None:
        """Run the API and the worker, and start them again if they end."""
        settings = settings_of(context=context, host=host, port=port, processes=processes)
        asyncio.run(serve_until_signaled(settings=settings, with_worker=worker))


async def serve_until_signaled(*, settings: Settings, with_worker: bool) -> None:
    """Run everything until a signal comes; exits with FAILED if the port is taken."""
    from openaisle.entrypoints.cli.children import keep_running, marketplace_children
    from openaisle.entrypoints.listening import listening_socket
    from openaisle.entrypoints.logs import set_up_logging
    from openaisle.entrypoints.stopping import stop_event

    set_up_logging(level=settings.log_level, log_format=settings.log_format, process_name="serve")
    try:
        listening = listening_socket(host=settings.host, port=settings.port)
    except OSError as error:
        typer.echo(f"openaisle: cannot listen on {settings.host}:{settings.port}: {error.strerror}", err=True)
        raise typer.Exit(ExitCode.FAILED) from None
    children = marketplace_children(settings=settings, listening=listening, with_worker=with_worker)
    _tell_where(settings=settings, port=listening.getsockname()[1])
    await keep_running(children=children, settings=settings, stopped=stop_event())
    listening.close()


def _tell_where(*, settings: Settings, port: int) -> None:
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104 - compared, not bound
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    print_line(f"OpenAisle   {address}/")
    print_line(f"  console   {address}/console")
    print_line(f"  API       {address}/docs")
    print_line(f"  data      {settings.home_directory}")
    print_line("  a key     openaisle keys issue --role operator")
    print_line("  stop      Ctrl+C")
