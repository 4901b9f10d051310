"""Small pictures drawn on the server: plain numbers that a template sets into SVG attributes."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

_BAR_GAP = 0.22


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """One upright bar in the units of its chart's view box."""

    x: str
    y: str
    width: str
    height: str
    count: int


class BarChart(msgspec.Struct, frozen=True, kw_only=True):
    """Bars from left (oldest) to right (newest) in a view box of ``width`` by ``height``."""

    bars: tuple[Bar, ...]
    width: int
    height: int
    peak: int


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a whole, drawn as a piece of a horizontal band."""

    state: str
    count: int
    x: str
    width: str


def bar_chart(*, counts: Sequence[int], width: int = 600, height: int = 88) -> BarChart:
    """Return bars for ``counts``; the highest takes the whole height, and an empty minute a hairline."""
    peak = max(counts, default=0)
    step = width / max(len(counts), 1)
    bars = []
    for place, count in enumerate(counts):
        tall = max(height * count / peak, 2.0) if peak and count else 1.0
        bars.append(
            Bar(
                x=f"{place * step + step * _BAR_GAP / 2:.2f}",
                y=f"{height - tall:.2f}",
                width=f"{step * (1 - _BAR_GAP):.2f}",
                height=f"{tall:.2f}",
                count=count,
            )
        )
    return BarChart(bars=tuple(bars), width=width, height=height, peak=peak)


def shares(*, counts: Sequence[tuple[str, int]], width: int = 1000, least: int = 8) -> tuple[Share, ...]:
    """Return the pieces of a band ``width`` wide; a state that occurs is at least ``least`` wide, so it is seen."""
    present = [(state, count) for state, count in counts if count > 0]
    total = sum(count for _, count in present)
    if not total:
        return ()
    wanted = [max(width * count / total, least) for _, count in present]
    scale = width / sum(wanted)
    pieces = []
    x = 0.0
    for (state, count), wide in zip(present, wanted, strict=True):
        pieces.append(Share(state=state, count=count, x=f"{x:.2f}", width=f"{wide * scale:.2f}"))
        x += wide * scale
    return tuple(pieces)
