"""The tables say what was measured, and nothing that tells whose machine it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.document import BEGIN, END, MarkersMissing, drawn, written_into
from benchmarks.processes import ROOT
from benchmarks.results import LoadRow, Machine, Oversell, Results, StoreLimit, this_machine


def results() -> Results:
    machine = Machine(cores=2, processor="Some processor", python="3.11", sqlite="3.54", file_system="ext4")
    return Results(
        machine=machine,
        seconds=10,
        rounds=3,
        store_limits=[
            StoreLimit(
                orders_per_transaction=1, rows_per_order=9, bytes_per_order=9000, orders_per_second=[900, 1000, 1100]
            )
        ],
        http_limits=[LoadRow(name="starlette", connections=8, per_second=[9000, 9000, 9000])],
        placing=[LoadRow(name="placing", connections=8, per_second=[400, 450, 500])],
        oversell=[Oversell(orders=1000, units=100, sold=100, refused=900, reserved=100, other_statuses={})],
    )


def test_two_limits_together_are_those_of_work_done_one_after_the_other():
    assert results().limits_together(connections=8) == pytest.approx([818.2, 900, 980.2], abs=0.1)
    assert results().limits_together(connections=1) == []


def test_the_ratio_to_the_limits_comes_before_the_absolute_figures():
    text = drawn(results=results())
    assert "| orders placed, 8 clients | what store and HTTP allow together | 0.50 (0.49 to 0.51) |" in text
    assert text.index("Ratios") < text.index("450 (400 to 500)")


@pytest.mark.parametrize(("sold", "reserved"), [(101, 101), (99, 99), (100, 101)])
def test_selling_more_less_or_something_else_than_there_was_fails(sold: int, reserved: int):
    verdict = Oversell(orders=1000, units=100, sold=sold, refused=1000 - sold, reserved=reserved, other_statuses={})
    assert not verdict.passed


def test_the_tables_replace_what_stood_between_the_markers(tmp_path: Path):
    document = tmp_path / "benchmarks.md"
    document.write_text(f"before\n{BEGIN}\nof last year\n{END}\nafter\n", encoding="utf-8")
    written_into(document=document, results=results())
    written_into(document=document, results=results())
    text = document.read_text(encoding="utf-8")
    assert "of last year" not in text
    assert text.count("### Ratios") == 1
    assert text.startswith("before\n")
    assert text.endswith("after\n")


def test_a_document_without_markers_is_left_alone(tmp_path: Path):
    document = tmp_path / "other.md"
    document.write_text("mine", encoding="utf-8")
    with pytest.raises(MarkersMissing):
        written_into(document=document, results=results())
    assert document.read_text(encoding="utf-8") == "mine"


def test_the_project_has_a_place_for_the_tables():
    text = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert text.index(BEGIN) < text.index(END)


def test_a_machine_is_described_by_what_the_figures_depend_on(tmp_path: Path):
    machine = this_machine(directory=tmp_path)
    assert machine.cores >= 1
    assert machine.file_system
    assert "/" not in machine.file_system
