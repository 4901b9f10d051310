"""``openaisle replay``: run a published marketplace's history through the public API and reconcile it."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openaisle.config import Settings
from openaisle.entrypoints.cli.application import settings_of
from openaisle.entrypoints.cli.exits import ExitCode
from openaisle.entrypoints.cli.output import JsonOption, print_json, print_line, print_table
from openaisle.kernel.money import Money, decimal_text

if TYPE_CHECKING:
    from openaisle.entrypoints.replay.olist_hostile_reconciliation import HostileReconciliation
    from openaisle.entrypoints.replay.olist_replay import ReplayReport
    from openaisle.entrypoints.replay.reconciliation import Reconciliation

_DIFFERENCES_SHOWN = 20


def register(*, application: typer.Typer) -> None:
    """Add the commands."""
    replay = typer.Typer(help="Replay a published marketplace's history.", no_args_is_help=True)
    application.add_typer(replay, name="replay")

    @replay.callback()
    def group() -> None:
        """Each history is a command of its own."""

    @replay.command("olist")
    def olist(
        *,
        context: typer.Context,
        directory: Annotated[Path, typer.Argument(help="The folder with the dataset's CSV files.", exists=True)],
        orders: Annotated[int | None, typer.Option(min=1, help="Only the first orders of the dataset.")] = None,
        at_once: Annotated[int, typer.Option(min=1, max=256, help="How many orders are on their way at a time.")] = 32,
        patience: Annotated[int, typer.Option(min=1, help="Seconds without any movement before it gives up.")] = 120,
        hostile: Annotated[
            bool,
            typer.Option("--hostile", help="20 % of the suppliers reject, 10 % say nothing, 5 % are down by turns."),
        ] = False,
        as_json: JsonOption = False,
    ) -> None:
        """Onboard every supplier, register every product, place every order, have all shipped, and reconcile.

        With hostile suppliers every line must end delivered or canceled with its reason, nothing oversold or doubled.
        Runs a marketplace of its own in --home, with simulated suppliers beside it. Started again after it was
        stopped or killed, it goes on where it was. Exit status 1 if anything differs from the history.
        """
        home = (context.obj or {}).get("home") or "./openaisle-replay"
        settings = settings_of(context=context, home=home, port=0, outbound_plain_http_allowed=True)
        report = asyncio.run(
            _replay(
                settings=settings,
                directory=directory,
                maximum_orders=orders,
                at_once=at_once,
                patience_seconds=patience,
                hostile=hostile,
                as_json=as_json,
            )
        )
        if as_json:
            print_json(report)
        else:
            _print(report)
        raise typer.Exit(ExitCode.DONE if report.agrees else ExitCode.FOUND)


async def _replay(
    *,
    settings: Settings,
    directory: Path,
    maximum_orders: int | None,
    at_once: int,
    patience_seconds: float,
    hostile: bool,
    as_json: bool,
) -> ReplayReport:
    from openaisle.entrypoints.replay.olist_replay import replay_olist
    from openaisle.entrypoints.replay.progress import told

    with told(machines=as_json) as teller:
        return await replay_olist(
            settings=settings,
            directory=directory,
            maximum_orders=maximum_orders,
            at_once=at_once,
            patience_seconds=patience_seconds,
            told=teller,
            hostile=hostile,
        )


def _print(report: ReplayReport) -> None:
    if report.reconciliation is not None:
        _print_reconciliation(report.reconciliation)
    if report.hostile is not None:
        _print_hostile(report.hostile)
    _print_entry(report)
    found = report.reconciliation if report.hostile is None else report.hostile
    differences = () if found is None else found.differences
    for difference in differences[:_DIFFERENCES_SHOWN]:
        print_line(f"DIFFERENCE {difference}")
    verdict = "agrees with the history to the cent" if report.agrees else "differs from the history"
    print_line(f"\nThe marketplace {verdict}.")


def _print_reconciliation(reconciliation: Reconciliation) -> None:
    found, expected = reconciliation.found, reconciliation.expected
    rows = [
        ("orders", f"{reconciliation.orders_expected:,}", f"{reconciliation.orders_found:,}"),
        ("purchase orders", f"{expected.purchase_orders:,}", f"{found.purchase_orders:,}"),
        ("units", f"{expected.units:,}", f"{found.units:,}"),
        ("items, BRL", _decimal(expected.items_minor), _decimal(found.items_minor)),
        ("freight, BRL", _decimal(expected.freight_minor), _decimal(found.freight_minor)),
        ("not settled", "0", f"{reconciliation.unsettled_purchase_orders:,}"),
    ]
    print_table(title="Reconciliation", columns=("figure", "history", "marketplace"), rows=rows)


def _print_hostile(hostile: HostileReconciliation) -> None:
    outcome = hostile.outcome
    rows = [
        ("lines", f"{outcome.lines:,}"),
        ("delivered", f"{outcome.delivered:,}"),
        ("of them by another supplier", f"{outcome.delivered_elsewhere:,}"),
        *((f"canceled: {reason}", f"{count:,}") for reason, count in outcome.canceled.items()),
        ("delivered, BRL", _decimal(outcome.delivered_minor)),
        ("canceled, BRL", _decimal(outcome.canceled_minor)),
        *((f"purchase orders {state}", f"{count:,}") for state, count in outcome.purchase_orders.items()),
        *((f"suppliers {manner}", f"{count:,}") for manner, count in hostile.suppliers.items()),
    ]
    print_table(title="How the lines ended", columns=("figure", "count"), rows=rows)


def _print_entry(report: ReplayReport) -> None:
    onboarding = report.onboarding
    print_line(
        f"\nSuppliers: {onboarding.active:,} active, {onboarding.corrected_automatically:,} corrected automatically, "
        f"{onboarding.reviewed:,} decided by a reviewer."
    )
    print_table(
        title="Corrections of suppliers",
        columns=("field", "rule", "count"),
        rows=[(one.field, one.rule, f"{one.count:,}") for one in report.supplier_corrections],
    )
    print_line(f"\nProducts: {report.catalog.feeds:,} feeds; rows: {report.catalog.counts}")
    print_table(
        title="Issues of products",
        columns=("code", "count"),
        rows=[(code, f"{count:,}") for code, count in sorted(report.catalog.issues.items())],
    )
    print_line(f"\nOrders placed in this run: {report.orders_placed:,} in {report.placing_seconds:,.1f} s.")
    print_line(f"The whole run: {report.seconds:,.1f} s.")


def _decimal(amount_minor: int) -> str:
    return f"{Decimal(decimal_text(money=Money(amount_minor=amount_minor, currency='BRL'))):,}"
