"""Draws view models with the templates; every value is escaped, and a name a template misspells is an error."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from openaisle.entrypoints.console import formats
from openaisle.entrypoints.console.charts import Share, shares
from openaisle.entrypoints.console.qr_codes import qr_code
from openaisle.entrypoints.console.tones import tone_of
from openaisle.entrypoints.console.views.common import StateCount
from openaisle.kernel.money import Money

STATIC_FOLDER = Path(__file__).with_name("static")


@cache
def static_href(name: str) -> str:
    """Return the address of a static file; it holds a digest of the content, so browsers may keep it for ever."""
    digest = hashlib.sha256((STATIC_FOLDER / name).read_bytes()).hexdigest()[:12]
    return f"/console/static/{name}?{digest}"


def _money(money: Money) -> str:
    return formats.money_text(amount_minor=money.amount_minor, currency=money.currency)


def _moment(at: datetime, now: datetime) -> Markup:
    return Markup('<time datetime="{}" title="{}" data-age>{}</time>').format(
        f"{at:%Y-%m-%dT%H:%M:%SZ}", formats.full_moment_text(at=at), formats.age_text(at=at, now=now)
    )


def _clock(at: datetime, now: datetime) -> Markup:
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        f"{at:%Y-%m-%dT%H:%M:%SZ}", formats.full_moment_text(at=at), formats.moment_text(at=at, now=now)
    )


def _shares(counts: Sequence[StateCount]) -> tuple[Share, ...]:
    return shares(counts=[(entry.state, entry.count) for entry in counts])


@cache
def environment() -> Environment:
    """Return the template environment; made once, because compiling the templates takes longer than a page."""
    made = Environment(
        loader=PackageLoader("openaisle.entrypoints.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters.update(
        money=_money,
        minor=lambda amount_minor, currency: formats.money_text(amount_minor=amount_minor, currency=currency),
        ago=_moment,
        clock=_clock,
        full_moment=lambda at: formats.full_moment_text(at=at),
        count=lambda number: formats.count_text(number=number),
        quantity=lambda number, noun: formats.quantity_text(number=number, noun=noun),
        words=lambda code: formats.words_text(code=code),
        sentence=lambda code: formats.sentence_text(code=code),
        short=lambda identifier: formats.short_identifier(identifier=identifier),
        qr_code=qr_code,
        tone=lambda state: tone_of(state=state),
    )
    made.globals.update(static=static_href, shares=_shares)
    return made


def rendered(*, template: str, values: dict[str, Any]) -> str:
    """Return the HTML of ``template`` (its name without suffix) drawn with ``values``."""
    return environment().get_template(f"{template}.html").render(values)
