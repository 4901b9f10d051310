from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.catalog.correction import (
    corrected_condition,
    corrected_gtin,
    lowered_capitals,
    tidied_line,
    tidied_text,
)
from openaisle.catalog.issues import CorrectionRule
from openaisle.kernel.gtin import GtinInvalid, gtin_check_digit

EAN = "4006381333931"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Mug, blue", "Mug, blue"),
        ("  Mug \t blue ", "Mug blue"),
        ("Mug\u00a0&amp; saucer", "Mug & saucer"),
        ("<b>Mug</b> blue<br/>", "Mug blue"),
        ("&lt;i&gt;Mug&lt;/i&gt;", "Mug"),
        ("Mug\x00 bl\x07ue", "Mug blue"),
        ("Mug\u200b \u202eblue", "Mug blue"),
        ("3 < 5 & 7 > 2", "3 < 5 & 7 > 2"),
    ],
)
def test_a_line_is_tidied(before, after):
    text, mends = tidied_line(text=before)
    assert text == after
    assert bool(mends) is (before != after)
    if mends:
        assert mends[-1][0] == after


@given(st.text())
def test_tidying_a_tidy_line_changes_nothing(text):
    once, _ = tidied_line(text=text)
    if "&" not in once and "<" not in once:
        assert tidied_line(text=once) == (once, [])


def test_a_long_text_keeps_its_lines():
    assert tidied_text(text=" One\n\ntwo\x00 ")[0] == "One\n\ntwo"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("STONEWARE MUG BLUE", "Stoneware MUG Blue"),
        ("TEAPOT XR500 PORCELAIN", "Teapot XR500 Porcelain"),
        ("LEGO", "LEGO"),
        ("USB HUB", "USB HUB"),
        ("Stoneware MUG", "Stoneware MUG"),
    ],
)
def test_a_title_of_capitals_is_lowered(before, after):
    assert lowered_capitals(title=before) == after


@pytest.mark.parametrize(
    ("text", "gtin", "rules"),
    [
        (EAN, "04006381333931", []),
        ("400-638133393-1", "04006381333931", [CorrectionRule.GTIN_SEPARATORS_REMOVED]),
        (" 4006381333931 ", "04006381333931", [CorrectionRule.GTIN_SEPARATORS_REMOVED]),
        ("4006381333931.0", "04006381333931", [CorrectionRule.GTIN_SEPARATORS_REMOVED]),
        ("036000291452", "00036000291452", []),
        ("36000291452", "00036000291452", [CorrectionRule.GTIN_ZEROS_RESTORED]),
        ("0306406152", "09780306406157", [CorrectionRule.ISBN_CONVERTED]),
        ("080442957X", "09780804429573", [CorrectionRule.ISBN_CONVERTED]),
    ],
)
def test_a_gtin_is_kept_as_fourteen_digits_with_its_mends(text, gtin, rules):
    found, mends = corrected_gtin(text=text)
    assert found == gtin
    assert [rule for _, rule in mends] == rules


@pytest.mark.parametrize(
    "text", ["4006381333932", "36000291453", "4.00638E+12", "abc", "", "0", "0000000000000", "0306406153", "1" * 40]
)
def test_a_check_digit_is_never_made_up(text):
    with pytest.raises(GtinInvalid):
        corrected_gtin(text=text)


@given(st.integers(1, 10**10 - 1).map(lambda number: f"{number:011d}"))
def test_lost_zeros_come_back_only_where_the_check_digit_holds(body):
    upc = body + str(gtin_check_digit(body=body))
    short = upc.lstrip("0")
    try:
        found, _ = corrected_gtin(text=short)
    except GtinInvalid:
        return
    assert found == upc.zfill(14)


@given(st.text())
def test_no_text_breaks_the_reading_of_a_gtin(text):
    try:
        found, _ = corrected_gtin(text=text)
    except GtinInvalid:
        return
    assert len(found) == 14
    assert found[-1] == str(gtin_check_digit(body=found[:-1]))


@pytest.mark.parametrize(
    ("text", "condition"), [("New", "new"), ("NEU", "new"), ("pre-owned", "used"), ("second_hand", "used"), ("?", "?")]
)
def test_a_condition_may_be_said_in_other_words(text, condition):
    assert corrected_condition(text=text) == condition
