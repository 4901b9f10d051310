"""``openaisle product-rules``: look at the operator's own product rules before a worker goes by them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from openaisle.config import Settings
from openaisle.entrypoints.cli.application import settings_of
from openaisle.entrypoints.cli.exits import ExitCode
from openaisle.entrypoints.cli.output import JsonOption, print_json, print_line, print_table

FileArgument = Annotated[Path, typer.Argument(help="The TOML file.", dir_okay=False)]


def register(*, application: typer.Typer) -> None:
    """Add the commands."""
    rules = typer.Typer(help="Look at the product rules of this installation.", no_args_is_help=True)
    application.add_typer(rules, name="product-rules")

    @rules.command("check")
    def check(context: typer.Context, file: FileArgument, *, as_json: JsonOption = False) -> None:
        """Read a file of product rules, run their examples, and explain what is wrong, if anything."""
        settings = settings_of(context=context, product_rules_file=str(file))
        rows, _ = _found(settings=settings, plug_ins=False)
        if as_json:
            print_json({"rules": rows})
        else:
            print_line(f"{file} is in order: {len(rows)} rule{'s' * (len(rows) != 1)}, and every example is kept.")

    @rules.command("list")
    def listed(context: typer.Context, *, as_json: JsonOption = False) -> None:
        """List the rules of the file and of plug-ins; exits with 1 if a plug-in cannot be used."""
        rows, broken = _found(settings=settings_of(context=context), plug_ins=True)
        if as_json:
            print_json({"rules": rows, "broken_plug_ins": broken})
        else:
            columns = ("code", "from", "field", "severity", "doubtful")
            print_table(title="", columns=columns, rows=[tuple(row[column] for column in columns) for row in rows])
            for one in broken:
                print_line(f"The plug-in {one['plug_in']} of {one['package']} is left out: {one['problem']}")
        if broken:
            raise typer.Exit(ExitCode.FOUND)


def _found(*, settings: Settings, plug_ins: bool) -> tuple[list[dict[str, str]], list[dict[str, Any]]]:
    import tempfile

    from openaisle.bootstrap import workbenches
    from openaisle.bootstrap.product_rules import installed_product_rules

    # In a home of its own, so that looking makes nothing.
    with tempfile.TemporaryDirectory() as home:
        chosen = msgspec.structs.replace(settings, product_rules_file=_file_of(settings), home=home)
        found = installed_product_rules(settings=chosen, workbenches=workbenches(settings=chosen), plug_ins=plug_ins)
    packages = {code: one.package for one in found.plug_ins for code in one.codes}
    rows = [
        {
            "code": one.code,
            "from": packages.get(one.code, settings.rules_file.name),
            "field": one.field,
            "severity": one.severity.value,
            "doubtful": "yes" if one.doubtful else "no",
        }
        for one in found.table_rules()
    ]
    broken = [
        {"plug_in": one.entry_point, "package": one.package, "problem": one.problem}
        for one in found.plug_ins
        if one.problem is not None
    ]
    return rows, broken


def _file_of(settings: Settings) -> str:
    named = settings.product_rules_file or settings.rules_file.exists()
    return str(settings.rules_file) if named else ""
