"""``openaisle doctor``: look at everything and say what is wrong."""

from __future__ import annotations

import asyncio

import typer

from openaisle.entrypoints.cli.application import settings_of
from openaisle.entrypoints.cli.exits import ExitCode
from openaisle.entrypoints.cli.output import JsonOption, print_json, print_line, print_table


def register(*, application: typer.Typer) -> None:
    """Add the command."""

    @application.command("doctor")
    def doctor(context: typer.Context, *, as_json: JsonOption = False) -> None:
        """Check settings, disk, port, key file, store, clock, worker, pipes and queues.

        Exits with 1 if something is broken; warnings alone are no failure. It may run beside a running marketplace.
        """
        settings = settings_of(context=context)
        from openaisle.entrypoints.doctor import Health, diagnoses

        found = asyncio.run(diagnoses(settings=settings))
        broken = [one for one in found if one.health is Health.BROKEN]
        if as_json:
            print_json({"healthy": not broken, "checks": found})
        else:
            rows = [(one.check, one.health.value, one.detail) for one in found]
            print_table(title="", columns=("check", "health", "what was seen"), rows=rows)
            for one in found:
                if one.mend:
                    print_line(f"{one.check}: {one.mend}")
        if broken:
            raise typer.Exit(ExitCode.FOUND)
