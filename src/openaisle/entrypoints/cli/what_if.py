"""``openaisle what-if``: try other allocation weights on the orders of a day."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from openaisle.config import Settings
from openaisle.entrypoints.cli.application import settings_of
from openaisle.entrypoints.cli.output import JsonOption, print_json, print_line, print_table

if TYPE_CHECKING:
    from openaisle.orders.allocating.what_if_queries import CurrencyCompared, WhatIf, WhatIfBody

DayOption = Annotated[str, typer.Option("--day", help="The day whose orders are replayed, such as 2026-11-23 (UTC).")]
WeightOption = Annotated[
    list[str] | None,
    typer.Option("--weight", metavar="NAME=NUMBER", help="A weight of the order policy to try; may be repeated."),
]
_MOST_SHOWN = 10


def register(*, application: typer.Typer) -> None:
    """Add the command."""

    @application.command("what-if")
    def what_if(
        context: typer.Context, *, day: DayOption, weight: WeightOption = None, as_json: JsonOption = False
    ) -> None:
        """Allocate a day's orders again by other weights and compare; nothing is changed."""
        asked = _asked(day=day, weights=weight or [])
        told = asyncio.run(_compared(settings=settings_of(context=context), asked=asked))
        if as_json:
            print_json(told)
        else:
            _print(told)


def _asked(*, day: str, weights: list[str]) -> WhatIfBody:
    import msgspec

    from openaisle.orders.allocating.what_if_queries import WhatIfBody

    given = {}
    for text in weights:
        name, found, number = text.partition("=")
        if not found:
            message = f"{text!r} is not NAME=NUMBER."
            raise typer.BadParameter(message)
        given[name] = number
    try:
        return msgspec.convert({"day": day, "weights": given}, WhatIfBody, strict=False)
    except msgspec.ValidationError as error:
        raise typer.BadParameter(str(error)) from None


async def _compared(*, settings: Settings, asked: WhatIfBody) -> WhatIf:
    from openaisle.bootstrap import open_marketplace

    async with open_marketplace(settings=settings) as marketplace:
        return await marketplace.rooms.allocating.what_ifs.compared(day=asked.day, given=asked.weights)


def _print(told: WhatIf) -> None:
    for one in told.currencies:
        print_table(
            title=f"{one.orders:,} orders in {one.currency}",
            columns=("", "as allocated", "replayed"),
            rows=_rows(one),
        )
    for changed in told.examples[:_MOST_SHOWN]:
        actual = ", ".join(part.supplier_id for part in changed.actual)
        replayed = ", ".join(part.supplier_id for part in changed.replayed)
        print_line(f"{changed.order_id} line {changed.line_number}: {actual} -> {replayed}")
    print_line(f"{told.lines_changed:,} of {told.lines:,} lines change supplier.")
    if told.orders_shortened or told.orders_incomplete:
        print_line(
            f"Left out: {told.orders_shortened:,} orders that do not keep all reasons,"
            f" {told.orders_incomplete:,} that do not keep the numbers."
        )
    if told.has_more:
        print_line("The day has more orders than are looked at.")


def _rows(compared: CurrencyCompared) -> list[tuple[str, str, str]]:
    from openaisle.kernel.money import Money, decimal_text

    def amount(minor: int) -> str:
        return decimal_text(money=Money(amount_minor=minor, currency=compared.currency))

    actual, replayed = compared.actual, compared.replayed
    return [
        ("cost by these weights", amount(actual.cost_minor), amount(replayed.cost_minor)),
        ("price", amount(actual.price_minor), amount(replayed.price_minor)),
        ("parcels", f"{actual.parcels:,}", f"{replayed.parcels:,}"),
        ("splits", f"{actual.splits:,}", f"{replayed.splits:,}"),
        ("average days", _days(actual.average_days), _days(replayed.average_days)),
    ]


def _days(average: float | None) -> str:
    return "-" if average is None else f"{average:.2f}"
