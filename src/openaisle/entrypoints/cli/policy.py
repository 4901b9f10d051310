"""``openaisle policy``: look at a verification policy before a worker goes by it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from openaisle.config import Settings
from openaisle.entrypoints.cli.application import settings_of
from openaisle.entrypoints.cli.exits import ExitCode
from openaisle.entrypoints.cli.output import JsonOption, print_json, print_line

FileArgument = Annotated[Path, typer.Argument(help="The TOML file.", dir_okay=False)]


def register(*, application: typer.Typer) -> None:
    """Add the commands."""
    policy = typer.Typer(help="Look at the verification policy.", no_args_is_help=True)
    application.add_typer(policy, name="policy")

    @policy.command("check")
    def check(context: typer.Context, file: FileArgument, *, as_json: JsonOption = False) -> None:
        """Read a policy file and explain what is wrong with it, if anything.

        Exits with 1 if it names a check that is not installed, with 4 if it cannot be used.
        """
        settings = settings_of(context=context, verification_policy_file=str(file))
        unknown, told = asyncio.run(_checked(settings=settings))
        if as_json:
            print_json({**told, "unknown_checks": unknown})
        else:
            print_line(f"{file} is in order: version {told['version']}, digest {told['digest']}.")
            for name in unknown:
                print_line(f"There is no check {name}: see openaisle checks. Its rule would never be used.")
        if unknown:
            raise typer.Exit(ExitCode.FOUND)

    @policy.command("check-orders")
    def check_orders(context: typer.Context, file: FileArgument) -> None:
        """Read a file of the order policy and explain what is wrong with it, if anything; exits with 4 then."""
        from openaisle.bootstrap.order_policy import order_policies

        order_policies(settings=settings_of(context=context, order_policy_file=str(file)))
        print_line(f"{file} is in order.")

    @policy.command("show")
    def show(
        context: typer.Context,
        *,
        standard: Annotated[
            bool, typer.Option("--standard", help="Print the standard policy's file, to copy and edit.")
        ] = False,
        as_json: JsonOption = False,
    ) -> None:
        """Show the policy in force."""
        from openaisle.bootstrap.policies import verification_policy
        from openaisle.suppliers.policy_file import standard_policy_text

        settings = settings_of(context=context)
        policy = verification_policy(settings=settings)
        file = settings.policy_file
        if as_json:
            print_json({"version": policy.version, "digest": policy.digest, "policy": policy})
        elif standard or not file.exists():
            print_line(standard_policy_text())
        else:
            print_line(f"# {file}, digest {policy.digest}\n{file.read_text(encoding='utf-8')}")


async def _checked(*, settings: Settings) -> tuple[tuple[str, ...], dict[str, str]]:
    # In a home of its own, so that looking at a file makes nothing and needs no store.
    import tempfile

    import msgspec

    from openaisle.bootstrap import open_marketplace
    from openaisle.bootstrap.policies import verification_policy
    from openaisle.suppliers.policy_file import unknown_checks

    policy = verification_policy(settings=settings)
    with tempfile.TemporaryDirectory() as home:
        async with open_marketplace(settings=msgspec.structs.replace(settings, home=home)) as marketplace:
            unknown = unknown_checks(policy=policy, known=marketplace.installed_checks.names)
    return unknown, {"version": policy.version, "digest": policy.digest}
