from __future__ import annotations

import msgspec
import pytest

from benchmarks.feeds.applying import applied
from benchmarks.feeds.generator import DIRT, HEADER, lines, write_feed
from benchmarks.feeds.measuring import BEGIN, END, FeedFigures, drawn, written_into
from benchmarks.feeds.stages import bare, staged_again, staged_first


def test_the_same_seed_gives_the_same_feed():
    assert list(lines(rows=200)) == list(lines(rows=200))
    assert list(lines(rows=200)) != list(lines(rows=200, seed=1))


def test_every_row_of_a_generated_feed_is_accounted_for_and_only_what_changed_is_news_again(tmp_path):
    first, again = tmp_path / "first.csv", tmp_path / "again.csv"
    write_feed(path=first, rows=3_000)
    write_feed(path=again, rows=3_000, changed_share=0.01)
    new = staged_first(first, tmp_path)
    counts = new.counts
    assert counts.rows == counts.accepted + counts.corrected + counts.in_review + counts.rejected == 3_000
    assert counts.fast > 0.98 * counts.rows
    assert counts.corrected > 0.2 * counts.rows
    changed = staged_again(again, tmp_path)
    assert 10 <= changed.fresh < 100
    stored = applied(first, again, 3_000)
    figures = FeedFigures(rows=3_000, file_megabytes=0.6, bare=bare(first), first=new, again=changed, applied=stored)
    assert "3,000 rows" in drawn(figures=figures)
    document = tmp_path / "document.md"
    document.write_text(f"before\n{BEGIN}\n{END}\nafter\n", encoding="utf-8")
    written_into(document=document, figures=msgspec.structs.replace(figures, rows=7))
    assert "7 rows" in document.read_text(encoding="utf-8")


def test_a_document_without_a_place_for_the_figures_is_named(tmp_path):
    document = tmp_path / "document.md"
    document.write_text("nothing", encoding="utf-8")
    with pytest.raises(ValueError, match="lacks the lines"):
        written_into(document=document, figures=None)


def test_every_row_has_a_cell_for_each_column_and_the_shares_of_dirt_are_shares():
    for line in lines(rows=50):
        assert len(line.replace('"', "").rstrip("\n").split(",")) in {len(HEADER), len(HEADER) + 1}
    assert all(0 < share < 1 for share, _ in DIRT)
