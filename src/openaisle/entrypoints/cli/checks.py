"""``openaisle checks``: which checks a supplier application runs through here."""

from __future__ import annotations

import asyncio
from typing import Any

import typer

from openaisle.config import Settings
from openaisle.entrypoints.cli.application import settings_of
from openaisle.entrypoints.cli.exits import ExitCode
from openaisle.entrypoints.cli.output import JsonOption, print_json, print_line, print_table


def register(*, application: typer.Typer) -> None:
    """Add the command."""

    @application.command("checks")
    def checks(context: typer.Context, *, as_json: JsonOption = False) -> None:
        """List the checks of supplier applications, those of plug-ins among them, and what the policy makes of each.

        Exits with 1 if a plug-in cannot be used.
        """
        rows, broken = asyncio.run(_found(settings=settings_of(context=context)))
        if as_json:
            print_json({"checks": rows, "broken_plug_ins": broken})
        else:
            columns = ("check", "from", "asked", "on_fail", "on_inconclusive")
            print_table(title="", columns=columns, rows=[tuple(row[column] for column in columns) for row in rows])
            for one in broken:
                print_line(f"The plug-in {one['plug_in']} of {one['package']} is left out: {one['problem']}")
        if broken:
            raise typer.Exit(ExitCode.FOUND)


async def _found(*, settings: Settings) -> tuple[list[dict[str, str]], list[dict[str, Any]]]:
    from openaisle.bootstrap import open_marketplace

    async with open_marketplace(settings=settings) as marketplace:
        installed, policy = marketplace.installed_checks, marketplace.policy
    packages = {one.check: one.package for one in installed.plug_ins if one.check is not None}
    rows = []
    for name in installed.names:
        rule = policy.rules.get(name, policy.otherwise)
        limits = [*rule.countries, *rule.business_models]
        rows.append(
            {
                "check": name,
                "from": packages.get(name, "openaisle"),
                "asked": (", ".join(limits) or "of everyone") if rule.enabled else "no",
                "on_fail": rule.on_fail.value,
                "on_inconclusive": rule.on_inconclusive.value,
            }
        )
    broken = [
        {"plug_in": one.entry_point, "package": one.package, "problem": one.problem}
        for one in installed.plug_ins
        if one.problem is not None
    ]
    return rows, broken
