"""``openaisle certify``: play the marketplace against a supplier's system and say what it does wrong."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Annotated

import typer

from openaisle.entrypoints.cli.exits import ExitCode
from openaisle.entrypoints.cli.output import JsonOption, print_json, print_line

if TYPE_CHECKING:
    from openaisle.entrypoints.certify.bench import Addresses
    from openaisle.entrypoints.certify.run import ScenarioOutcome

UrlArgument = Annotated[str, typer.Argument(metavar="URL", help="The address of the Order Acceptance API.")]
SecretOption = Annotated[
    str,
    typer.Option(
        "--secret", envvar="OPENAISLE_CERTIFY_SECRET", help="The signing secret that the system verifies with, whsec_…"
    ),
]
SkuOption = Annotated[str, typer.Option("--sku", help="A SKU that the system knows and has.")]
InventoryOption = Annotated[str | None, typer.Option("--inventory-url", help="The address of the Inventory API.")]
CancellationOption = Annotated[
    str | None, typer.Option("--cancellation-url", help="The address of the Cancellation API.")
]
TimeoutOption = Annotated[
    float, typer.Option("--timeout", help="For how many seconds an answer may take.", min=1, max=30)
]
PrivateOption = Annotated[
    list[str] | None, typer.Option("--private-host", help="A private host that may be called, also without https.")
]


def register(*, application: typer.Typer) -> None:
    """Add the command."""

    @application.command("certify")
    def certify(
        url: UrlArgument,
        *,
        secret: SecretOption,
        sku: SkuOption = "CERTIFY-1",
        inventory_url: InventoryOption = None,
        cancellation_url: CancellationOption = None,
        timeout: TimeoutOption = 5.0,
        private_host: PrivateOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Play the marketplace against a supplier's test system; exit with 1 if it does something wrong.

        The orders are made up, their references begin with CERTIFY. Do not point it at a system that ships.
        """
        from openaisle.entrypoints.certify.bench import Addresses

        addresses = Addresses(
            order_acceptance_url=url,
            secret=secret,
            sku=sku,
            inventory_url=inventory_url,
            cancellation_url=cancellation_url,
            timeout_seconds=timeout,
        )
        hosts = tuple(private_host or ())
        outcomes = asyncio.run(_played(addresses=addresses, hosts=hosts, quiet=as_json))
        if as_json:
            print_json(outcomes)
        failed = [one for one in outcomes if one.verdict == "failed"]
        if not as_json:
            counts = {verdict: sum(one.verdict == verdict for one in outcomes) for verdict in ("passed", "skipped")}
            print_line()
            print_line(f"{counts['passed']} passed, {len(failed)} failed, {counts['skipped']} skipped.")
        if failed:
            raise typer.Exit(ExitCode.FOUND)


async def _played(*, addresses: Addresses, hosts: tuple[str, ...], quiet: bool) -> list[ScenarioOutcome]:
    from openaisle.bootstrap import calling_tools
    from openaisle.entrypoints.certify.bench import Bench
    from openaisle.entrypoints.certify.run import played

    outcomes = []
    async with calling_tools(private_hosts=hosts) as tools:
        bench = Bench(
            addresses=addresses, caller=tools.caller, signer=tools.signer, clock=tools.clock, entropy=os.urandom
        )
        async for outcome in played(bench=bench):
            outcomes.append(outcome)
            if not quiet:
                _print(outcome)
    return outcomes


def _print(outcome: ScenarioOutcome) -> None:
    mark = {"passed": "ok  ", "failed": "FAIL", "skipped": "skip"}[outcome.verdict]
    print_line(f"{mark} {outcome.name:<26} {outcome.title}")
    if outcome.detail:
        print_line(f"     {outcome.detail}")
    if outcome.mend:
        print_line(f"     Mend: {outcome.mend}")
