"""What every cleaner of HTML keeps to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.adapters.html_cleaner import AmmoniaCleaner
from openaisle.kernel.html_cleaning import HtmlCleaner

CLEANERS = [AmmoniaCleaner()]
HTML = st.lists(
    st.sampled_from(
        [
            "<p>",
            "</p>",
            "<script>",
            "</script>",
            "<b",
            " onclick=x",
            ">",
            "<img src=x onerror=y>",
            "<svg",
            "<!--",
            "-->",
            "text",
            "&lt;",
            "&",
            "<style>",
            "<a href='javascript:x'>",
            '"',
            "'",
            "\n",
            "<br/>",
        ]
    ),
    max_size=15,
).map("".join)


@pytest.mark.parametrize("cleaner", CLEANERS)
@given(HTML)
def test_nothing_active_is_left_and_cleaning_twice_changes_nothing(cleaner: HtmlCleaner, text: str) -> None:
    clean = cleaner.cleaned(text=text)
    assert cleaner.cleaned(text=clean) == clean
    for active in ("<script", "<style", "<svg", "<img", "<a ", "<!--"):
        assert active not in clean.lower()
    assert "<p onclick" not in clean


@pytest.mark.parametrize("cleaner", CLEANERS)
def test_plain_formatting_stays_and_text_of_other_tags_too(cleaner: HtmlCleaner) -> None:
    text = "<div class=x><h2>Mug</h2><ul><li>blue</li></ul><script>steal()</script></div>"
    assert cleaner.cleaned(text=text) == "<h2>Mug</h2><ul><li>blue</li></ul>"


@pytest.mark.parametrize("cleaner", CLEANERS)
def test_it_names_itself_the_same_in_every_process(cleaner: HtmlCleaner) -> None:
    assert " at 0x" not in repr(cleaner)
