"""``openaisle worker``: the worker alone, for machines where something else supervises processes."""

from __future__ import annotations

import typer

from openaisle.entrypoints.cli.application import settings_of


def register(*, application: typer.Typer) -> None:
    """Add the command."""

    @application.command("worker")
    def worker(context: typer.Context) -> None:
        """Run all pipes, timers, queue consumers and dispatchers, without the API."""
        settings = settings_of(context=context)
        from openaisle.entrypoints.worker import run_worker

        run_worker(settings=settings)
