"""The command line put together, and what every command shares.

Every module of COMMANDS that exists has a function ``register(*, application)`` that adds its commands. At their
tops the modules import only what the help needs; the marketplace is imported once a command runs, so that
``openaisle --help`` answers at once.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from openaisle.config import Settings, SettingsInvalid, load_settings
from openaisle.entrypoints.cli.exits import ExitCode
from openaisle.kernel.errors import OpenAisleError

COMMANDS = (
    "demo",
    "serve",
    "worker",
    "doctor",
    "keys",
    "screening",
    "users",
    "policy",
    "taxonomy",
    "product_rules",
    "search",
    "checks",
    "suppliers",
    "what_if",
    "certify",
    "stream",
    "replay",
    "reference",
)

ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="The settings file; openaisle.toml where it exists.", dir_okay=False)
]
HomeOption = Annotated[str | None, typer.Option("--home", help="The directory that holds everything.")]


def application() -> typer.Typer:
    """Return the command line with every command."""
    typer_application = typer.Typer(
        name="openaisle",
        help="The open-source system by which a retailer runs a third-party marketplace.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )

    @typer_application.callback()
    def shared(context: typer.Context, config: ConfigOption = None, home: HomeOption = None) -> None:
        context.obj = {"config": config, "home": home}

    for name in COMMANDS:
        module_name = f"openaisle.entrypoints.cli.{name}"
        if importlib.util.find_spec(module_name) is not None:
            importlib.import_module(module_name).register(application=typer_application)
    return typer_application


def settings_of(*, context: typer.Context, **overrides: object) -> Settings:
    """Return the settings that hold for this command; options that were given go over all else.

    Raises SettingsInvalid.
    """
    given = {**(context.obj or {}), **overrides}
    file = given.pop("config", None)
    return load_settings(file=file, overrides={name: value for name, value in given.items() if value is not None})


def run() -> NoReturn:
    """Run the command line and exit; a named error ends in a short explanation, never in a traceback."""
    try:
        application()()
    except SettingsInvalid as error:
        _tell(error)
        sys.exit(ExitCode.SETTINGS)
    except OpenAisleError as error:
        _tell(error)
        sys.exit(ExitCode.FAILED)
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
    sys.exit(ExitCode.DONE)


def _tell(error: OpenAisleError) -> None:
    sys.stderr.write(f"openaisle: {error.title}\n  {error.detail}\n")
    for finding in error.findings:
        sys.stderr.write(f"  {finding.pointer}: {finding.detail}\n")
    sys.stderr.write(f"  {error.mend}\n")
