"""Guesses on headers of real systems and languages: never a wrong one, and few questions."""

from __future__ import annotations

import pytest

from openaisle.feeds.mapping.guessing import KnownHeaders, guess
from openaisle.feeds.mapping.model import ColumnMapping, Guess, Origin
from tests.factories.header_holdouts import HOLDOUTS
from tests.factories.header_languages import LANGUAGES
from tests.factories.header_sets import SYSTEMS, HeaderSet
from tests.factories.header_traps import TRAPS

ALL = (*SYSTEMS, *LANGUAGES, *TRAPS)


def guessed(one: HeaderSet) -> Guess:
    headers = [header for header, _, _ in one.columns]
    return guess(headers=headers, samples=[cells for _, _, cells in one.columns], kind=one.kind)


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name)
def test_no_column_is_taken_for_what_it_is_not(one: HeaderSet) -> None:
    found = guessed(one)
    wrong = [
        (column.header, column.field, meant)
        for column, (_, meant, _) in zip(found.mapping.columns, one.columns, strict=True)
        if column.field is not None and column.field != meant
    ]
    assert wrong == []


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name)
def test_what_is_certain_is_found_and_only_the_rest_is_asked(one: HeaderSet) -> None:
    found = guessed(one)
    missed = [
        (column.header, meant)
        for column, (_, meant, _) in zip(found.mapping.columns, one.columns, strict=True)
        if column.field != meant
    ]
    assert missed == []
    assert {question.field for question in found.questions} >= one.asked
    assert found.certain is (not one.asked) or one.name == "an EAN column full of names"
    assert dict(one.constants).items() <= found.mapping.constants.items()


def test_over_all_header_sets_precision_is_whole_and_recall_high() -> None:
    right = wrong = meant_count = 0
    for one in ALL:
        for column, (_, meant, _) in zip(guessed(one).mapping.columns, one.columns, strict=True):
            meant_count += meant is not None
            right += column.field is not None and column.field == meant
            wrong += column.field is not None and column.field != meant
    assert wrong == 0
    assert right / meant_count >= 0.98


def test_systems_that_the_vocabulary_was_not_made_from_are_read_without_a_mistake() -> None:
    right = meant_count = 0
    for one in HOLDOUTS:
        for column, (header, meant, _) in zip(guessed(one).mapping.columns, one.columns, strict=True):
            assert column.field in {None, meant}, (one.name, header)
            meant_count += meant is not None
            right += column.field is not None
    assert right / meant_count >= 0.75


def test_a_list_of_sales_offers_its_columns_as_answers() -> None:
    found = guessed(SYSTEMS[1])
    candidates = {question.field: question.headers for question in found.questions}
    assert candidates["on_hand"] == ("Quantity",)
    assert candidates["title"] == ("Description",)


def test_whether_there_is_any_may_tell_how_many() -> None:
    found = guessed(next(one for one in SYSTEMS if one.name == "Google Merchant TSV"))
    assert {question.field: question.headers for question in found.questions} == {"on_hand": ("availability",)}


def test_what_the_supplier_confirmed_before_is_not_asked_again() -> None:
    known = KnownHeaders(
        columns={"nummer2": ColumnMapping(header="Nummer 2", field="supplier_sku")}, constants={"currency": "EUR"}
    )
    found = guess(
        headers=["Nummer-2", "Titel", "Preis", "Bestand"],
        samples=[["7"], ["Kessel"], ["1,99"], ["4"]],
        kind="products",
        known=known,
    )
    assert found.certain
    assert found.mapping.columns[0].field == "supplier_sku"
    assert found.mapping.columns[0].origin is Origin.REMEMBERED


def test_units_beside_and_in_columns_are_found() -> None:
    found = guessed(next(one for one in SYSTEMS if one.name.startswith("Amazon"))).mapping.columns
    weight = next(column for column in found if column.field == "weight_grams")
    assert weight.unit is None
    assert weight.unit_column is not None
    assert found[weight.unit_column].header == "item_weight_unit_of_measure"


def test_colors_become_those_of_the_operators_list() -> None:
    known = KnownHeaders(allowed_values={"attribute.color": ["Red", "Blue"]})
    found = guess(headers=["Farbe"], samples=[["rot", "blau", "mauve"]], kind="products", known=known)
    values = found.mapping.columns[0].values
    assert values["rot"] == "Red"
    assert values["blau"] == "Blue"
    assert "mauve" not in values
