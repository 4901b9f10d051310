"""``openaisle screening``: load the lists that names are screened against, look at them, and screen a name by hand."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openaisle.config import Settings
from openaisle.entrypoints.cli.application import settings_of
from openaisle.entrypoints.cli.exits import ExitCode
from openaisle.entrypoints.cli.output import JsonOption, print_json, print_line, print_table

if TYPE_CHECKING:
    from openaisle.kernel.name_lists import NameListFacts
    from openaisle.suppliers.screening.loading import LoadReport
    from openaisle.suppliers.screening.screening import Screened

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The list's CSV file, plain or .zst.")]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The name of a company or a person.")]
ListOption = Annotated[str | None, typer.Option("--list", help="ofac-sdn or gleif; told from the file's first line.")]
ListsOption = Annotated[str | None, typer.Option("--list", help="ofac-sdn or gleif; every loaded list without it.")]
AcceptFewerOption = Annotated[
    bool,
    typer.Option("--accept-fewer", help="Load it though it has over a tenth fewer entries than the list in force."),
]
MinimumOption = Annotated[
    float | None, typer.Option("--minimum", help="The score from which on a name is shown.", min=0.5, max=1.0)
]


def register(*, application: typer.Typer) -> None:
    """Add the commands."""
    screening = typer.Typer(help="Load sanctions lists and screen names.", no_args_is_help=True)
    application.add_typer(screening, name="screening")

    @screening.command("load")
    def load(
        context: typer.Context,
        file: FileArgument,
        *,
        list_name: ListOption = None,
        accept_fewer: AcceptFewerOption = False,
        as_json: JsonOption = False,
    ) -> None:
        """Load a list from its file; it is in force at once, and verified suppliers are screened by it."""
        settings = settings_of(context=context)
        started = time.monotonic()
        report = asyncio.run(_load(settings=settings, file=file, list_name=list_name, accept_fewer=accept_fewer))
        seconds = time.monotonic() - started
        again = asyncio.run(_announced(settings=settings, report=report))
        _show_loaded(report=report, seconds=seconds, again=again, as_json=as_json)

    @screening.command("check")
    def check(
        context: typer.Context,
        name: NameArgument,
        *,
        list_name: ListsOption = None,
        minimum: MinimumOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Screen a name; exits with 1 if it is like one on a sanctions list."""
        settings = settings_of(context=context)
        answers = asyncio.run(_check(settings=settings, name=name, list_name=list_name, minimum=minimum))
        _show_screened(answers=answers, name=name, as_json=as_json)

    @screening.command("lists")
    def lists(context: typer.Context, *, as_json: JsonOption = False) -> None:
        """List the loaded lists with their versions."""
        found = asyncio.run(_lists(settings=settings_of(context=context)))
        _show_lists(lists=found, as_json=as_json)


async def _load(*, settings: Settings, file: Path, list_name: str | None, accept_fewer: bool) -> LoadReport:
    from datetime import UTC, datetime

    from openaisle.bootstrap import name_lists
    from openaisle.entrypoints.cli.list_files import ListFile, guessed_list
    from openaisle.suppliers.screening.entries import ListName
    from openaisle.suppliers.screening.loading import load_list
    from openaisle.suppliers.screening.sources import SOURCES

    chosen = ListName(_required_name(list_name)) if list_name is not None else guessed_list(path=file)
    with ListFile(path=file) as opened:
        return await load_list(
            lists=name_lists(settings=settings),
            name=chosen,
            lines=opened.lines(encoding=SOURCES[chosen].encoding),
            file_name=file.name,
            version=opened.sha256,
            at=datetime.now(UTC),
            accept_fewer=accept_fewer,
            tell=_tell_progress if sys.stderr.isatty() else lambda _: None,
        )


async def _announced(*, settings: Settings, report: LoadReport) -> bool:
    """Say that a sanctions list was loaded; return whether suppliers are screened again because of it."""
    from openaisle.bootstrap import open_marketplace
    from openaisle.kernel.context import system_context
    from openaisle.suppliers.screening.entries import SANCTIONS_LISTS

    origin = report.facts.origin
    if origin.name not in SANCTIONS_LISTS:
        return False
    async with open_marketplace(settings=settings) as marketplace:
        context = system_context(name="screening load", at=marketplace.clock.now(), correlation_id=origin.version[:32])
        return await marketplace.rooms.supplier_rescreening.list_loaded(origin=origin, context=context)


def _tell_progress(entries: int) -> None:
    sys.stderr.write(f"\r{entries:,} entries read")
    sys.stderr.flush()


def _required_name(name: str) -> str:
    from openaisle.suppliers.screening.entries import ListName

    if name not in tuple(ListName):
        raise typer.BadParameter(f"{name!r} is none of {', '.join(ListName)}.", param_hint="--list")
    return name


def _show_loaded(*, report: LoadReport, seconds: float, again: bool, as_json: bool) -> None:
    if as_json:
        print_json(report)
        return
    origin = report.facts.origin
    print_line(
        f"{origin.name}: {origin.entries:,} entries with {origin.names:,} names, "
        f"{report.facts.byte_count / 1e6:.1f} MB, in force after {seconds:.1f} s."
    )
    if report.replaced is not None:
        print_line(
            f"It replaces {report.replaced.entries:,} entries loaded {report.replaced.loaded_at:%Y-%m-%d %H:%M}."
        )
    if again:
        print_line("The worker verifies every verified supplier again by it.")
    if origin.bad_lines:
        print_line(f"{origin.bad_lines:,} lines were left out:")
    for bad in report.bad_lines:
        print_line(f"  line {bad.number}: {bad.reason}")
    if origin.bad_lines > len(report.bad_lines):
        print_line(f"  and {origin.bad_lines - len(report.bad_lines):,} more")
    if report.unreadable_names:
        print_line(f"{report.unreadable_names:,} names have no letter that can be compared.")


async def _check(*, settings: Settings, name: str, list_name: str | None, minimum: float | None) -> dict[str, Screened]:
    from openaisle.bootstrap import name_lists
    from openaisle.suppliers.screening.entries import ListName
    from openaisle.suppliers.screening.screening import SCORE_MINIMUM, NameScreening

    screening = NameScreening(lists=name_lists(settings=settings))
    chosen = [ListName(_required_name(list_name))] if list_name is not None else list(ListName)
    answers = {}
    for one in chosen:
        answer = await screening.screened(list_name=one, name=name, minimum=minimum or SCORE_MINIMUM)
        if answer is not None:
            answers[one.value] = answer
    return answers


def _show_screened(*, answers: dict[str, Screened], name: str, as_json: bool) -> None:
    from openaisle.suppliers.screening.entries import SANCTIONS_LISTS

    if as_json:
        print_json({"name": name, "lists": answers})
    elif not answers:
        print_line("No list is loaded: openaisle screening load FILE.")
    for list_name, answer in answers.items() if not as_json else ():
        reading = answer.reading
        print_line(f"{list_name}: read as {' '.join(reading.words) or 'nothing'}{_oddities(answer)}")
        if not answer.matches:
            print_line("  no match")
            continue
        rows = [
            (
                f"{match.score:.2f}",
                match.entry.uid,
                match.name.text,
                match.name.kind.value,
                match.entry.kind.value,
                ", ".join(match.entry.programs) or match.entry.country or "",
            )
            for match in answer.matches
        ]
        print_table(title="", columns=("score", "entry", "name", "which", "kind", "program or country"), rows=rows)
    if not answers:
        raise typer.Exit(ExitCode.FAILED)
    if any(answer.matches for listed, answer in answers.items() if listed in SANCTIONS_LISTS):
        raise typer.Exit(ExitCode.FOUND)


def _oddities(answer: Screened) -> str:
    oddities = answer.reading.oddities
    return f" ({', '.join(oddity.value.replace('_', ' ') for oddity in oddities)})" if oddities else ""


async def _lists(*, settings: Settings) -> list[NameListFacts]:
    from openaisle.bootstrap import name_lists

    return await name_lists(settings=settings).listed()


def _show_lists(*, lists: list[NameListFacts], as_json: bool) -> None:
    if as_json:
        print_json({"lists": lists})
        return
    rows = [
        (
            facts.origin.name,
            f"{facts.origin.loaded_at:%Y-%m-%d %H:%M}",
            f"{facts.origin.entries:,}",
            f"{facts.byte_count / 1e6:.1f} MB",
            facts.origin.file_name,
            facts.origin.version[:8],
        )
        for facts in lists
    ]
    columns = ("list", "loaded", "entries", "size", "file", "SHA-256")
    print_table(title="Loaded lists", columns=columns, rows=rows)
