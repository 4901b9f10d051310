"""Units in Python and in SQL are one thing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openaisle.adapters.tabular.workbench import DuckWorkbenches
from openaisle.feeds.mapping.units import UNIT_SPELLINGS, converted, converted_sql
from openaisle.kernel.tabular import quoted_text

NUMBERS = st.one_of(
    st.from_regex(r"[0-9]{1,13}([.,][0-9]{0,7})?", fullmatch=True),
    st.sampled_from(["0,250", "1,234", "1.234", "0.0005", "12", "999999999999.999999", "007,100", "1,2,3", "-1", ""]),
)
WORDS = st.one_of(st.sampled_from([*UNIT_SPELLINGS, "", "KG", "Lbs.", "stone"]), st.text(max_size=3))
TEXTS = st.one_of(
    st.builds("{}{}{}{}".format, st.sampled_from(["", " ", "\t", "\n"]), NUMBERS, st.sampled_from(["", " "]), WORDS),
    st.text(max_size=12),
)


@pytest.mark.parametrize(
    ("text", "unit", "decimal_comma", "expected"),
    [
        ("1.5 kg", None, None, "1500"),
        ("1,5", "kg", None, "1500"),
        ("0,250", "kg", None, "250"),
        ("1,234", "kg", None, None),
        ("1,234", "kg", True, "1234"),
        ("1.234", "kg", True, "1234000"),
        ("3 lbs.", "kg", None, "1361"),
        ("12", None, None, None),
        ("12 cm", "kg", None, None),
        ("light", "kg", None, None),
    ],
)
def test_a_weight_becomes_whole_grams(
    text: str, unit: str | None, decimal_comma: bool | None, expected: str | None
) -> None:
    assert converted(field="weight_grams", text=text, unit=unit, decimal_comma=decimal_comma) == expected


@pytest.mark.parametrize(("field", "unit"), [("weight_grams", "kg"), ("height_mm", "in")])
@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(TEXTS, min_size=50, max_size=200))
def test_sql_converts_every_text_as_python_does(tmp_path: Path, field: str, unit: str, texts: list[str]) -> None:
    texts = [text.replace("\x00", "") for text in texts]
    texts = [text for text in texts if text.isprintable() or "\n" in text or "\t" in text]
    workbenches = DuckWorkbenches(folder=tmp_path, memory_mebibytes=200, disk_mebibytes=200, threads=1)
    with workbenches.open() as workbench:
        workbench.run(sql="CREATE TABLE texts (number BIGINT, text VARCHAR)")
        workbench.append(table="texts", rows=list(enumerate(texts)))
        for decimal_comma in (None, True, False):
            expected = [converted(field=field, text=text, unit=unit, decimal_comma=decimal_comma) for text in texts]
            sql = converted_sql(field=field, text="text", unit=quoted_text(unit), decimal_comma=decimal_comma)
            batches = workbench.rows(sql=f"SELECT {sql} FROM texts ORDER BY number")
            assert [value for batch in batches for (value,) in batch] == expected
