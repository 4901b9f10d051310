from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.entrypoints.console.charts import bar_chart, shares


@given(st.lists(st.integers(min_value=0, max_value=10**9), max_size=120))
def test_every_bar_stands_inside_its_chart_and_the_highest_reaches_the_top(counts: list[int]) -> None:
    chart = bar_chart(counts=counts)

    assert len(chart.bars) == len(counts)
    for bar in chart.bars:
        assert 0 <= float(bar.x) <= chart.width
        assert 0 <= float(bar.y) < chart.height
        assert float(bar.y) + float(bar.height) == pytest.approx(chart.height, abs=0.02)
    if chart.peak:
        assert min(float(bar.y) for bar in chart.bars) == 0


@given(st.lists(st.integers(min_value=0, max_value=10**9), min_size=1, max_size=12))
def test_the_shares_of_a_band_fill_it_and_each_that_occurs_is_seen(counts: list[int]) -> None:
    pieces = shares(counts=[(f"state{place}", count) for place, count in enumerate(counts)])

    assert [piece.count for piece in pieces] == [count for count in counts if count]
    if pieces:
        assert sum(float(piece.width) for piece in pieces) == pytest.approx(1_000, abs=0.1)
        assert all(float(piece.width) > 5 for piece in pieces)
