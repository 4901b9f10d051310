"""Letters that are made to look like others, and marks that turn the direction of writing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.suppliers.checks.characters import CharactersCheck
from openaisle.suppliers.checks.check import CheckContext
from openaisle.suppliers.corrections.apply import corrected
from openaisle.suppliers.scripts import direction_marks, latin_reading, mixed_words
from openaisle.suppliers.verification import Outcome
from tests.factories.contexts import NOON
from tests.factories.suppliers import SUPPLIER_ID, make_application, make_facts

CONTEXT = CheckContext(supplier_id=SUPPLIER_ID, tax_id=None, tax_id_fingerprint=None, at=NOON)
CYRILLIC_A = "\u0410"


@pytest.mark.parametrize(
    "name",
    [
        "Flores do Sul Ltda",
        "Müller & Söhne GmbH",
        "Ярмарка",
        "Ελληνική Εταιρεία",
        "株式会社トヨタの店",
        "삼성전자 주식회사",
        "Ярмарка GmbH",
        "شركة النور",
        "Łódź Sp. z o.o.",
        "1º Cartório",
    ],
)
async def test_names_in_their_own_script_pass(name: str) -> None:
    result = await CharactersCheck().examine(facts=make_facts(legal_name=name), context=CONTEXT)
    assert result.outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("name", "meant"), [(f"{CYRILLIC_A}pple", "Apple"), ("G\u03bfogle", "Google"), ("P\u0430yp\u0430l", "Paypal")]
)
async def test_a_word_of_two_scripts_fails_and_the_likely_word_is_proposed(name: str, meant: str) -> None:
    result = await CharactersCheck().examine(facts=make_facts(legal_name=f"{name} Ltda"), context=CONTEXT)
    assert result.outcome is Outcome.FAIL
    assert meant in (result.suggestion or "")
    proposed = corrected(clear=make_application(legal_name=f"{name} Ltda")).proposed
    assert [(mend.field, mend.after, mend.confidence) for mend in proposed] == [("legal_name", f"{meant} Ltda", 0.8)]


async def test_marks_that_turn_the_direction_fail() -> None:
    result = await CharactersCheck().examine(facts=make_facts(legal_name="Acme \u202eadtL"), context=CONTEXT)
    assert [finding.code for finding in result.findings] == ["direction-turned"]


@given(st.text(max_size=60))
def test_any_text_can_be_looked_at(text: str) -> None:
    mixed_words(text=text)
    direction_marks(text=text)
    reading = latin_reading(text=text)
    assert reading is None or not mixed_words(text=reading)
