"""Names are found on a list in spite of errors, and others are not taken for them."""

# ruff: noqa: RUF001 - letters that look alike are what this is about

from __future__ import annotations

import pytest

from openaisle.suppliers.screening.entries import EntryKind
from openaisle.suppliers.screening.index import NameIndex, NameMatch
from openaisle.suppliers.screening.layout import NameIndexUnusable
from openaisle.suppliers.screening.reading import read_name
from openaisle.suppliers.screening.screening import SCORE_MINIMUM
from tests.factories.screening import make_entry, make_index

ENTRIES = [
    make_entry("NORDWIND SHIPPING CO., LTD.", "NSC", "NORDIC WINDJAMMER LINES", uid="36"),
    make_entry("PETRENKOV, Sergei Ivanovich", uid="173", kind=EntryKind.INDIVIDUAL),
    make_entry("AL-RASHIDI, Mohammed Yusuf", uid="500", kind=EntryKind.INDIVIDUAL),
    make_entry("PAO, Yu Hsiang", uid="501", kind=EntryKind.INDIVIDUAL),
    make_entry("AEROCARIBBEAN AIRLINES", uid="37"),
    *(make_entry(f"{word} GENERAL TRADING COMPANY", uid=word) for word in ("BORUSAN", "CELVIK", "DASTGAR", "FARHADI")),
]


@pytest.fixture(scope="module")
def index() -> NameIndex:
    return make_index(ENTRIES)


def searched(index: NameIndex, name: str, minimum: float = SCORE_MINIMUM) -> list[NameMatch]:
    return index.search(reading=read_name(text=name), minimum=minimum)


@pytest.mark.parametrize(
    ("name", "uid"),
    [
        ("Nordwind Shipping", "36"),
        ("NORDWIDN SHIPPING COMPANY", "36"),
        ("Shipping Nordwind Ltd", "36"),
        ("Nord Wind Shipping GmbH", "36"),
        ("NordwindShipping", "36"),
        ("Нордвинд Шиппинг ООО", "36"),
        ("Nordwind Shiping Ltd", "36"),
        ("Nordwіnd Shiрping", "36"),
        ("Nordwind Shipping Lt", "36"),
        ("NSC", "36"),
        ("Nordic Windjamer Lines", "36"),
        ("Sergey Petrenkov", "173"),
        ("Петренков Сергей Иванович", "173"),
        ("Serguei Ivanovitch Petrenkoff", "173"),
        ("Muhammad Yousef El Rashidi", "500"),
        ("محمد يوسف الراشدي", "500"),
        ("Pao Yu-Hsiang", "501"),
        ("Aero Caribean Airlines", "37"),
        ("Borusan Trading General Co", "BORUSAN"),
    ],
)
def test_an_entry_is_found_however_its_name_is_written(index: NameIndex, name: str, uid: str) -> None:
    found = searched(index, name)
    assert found
    assert found[0].entry.uid == uid


@pytest.mark.parametrize(
    "name", ["General Trading Company", "Flores do Sul Ltda", "NSD", "Shipping", "Bora General Supplies", "Airlines"]
)
def test_another_name_is_no_match(index: NameIndex, name: str) -> None:
    assert searched(index, name) == []


def test_a_match_says_which_name_of_the_entry_it_was_and_each_entry_comes_once(index: NameIndex) -> None:
    (match,) = searched(index, "Nordic Windjammer Lines")
    assert (match.entry.name, match.name.text, match.score) == (
        "NORDWIND SHIPPING CO., LTD.",
        "NORDIC WINDJAMMER LINES",
        1.0,
    )


def test_the_most_alike_come_first_and_no_more_than_asked_for(index: NameIndex) -> None:
    reading = read_name(text="Celvik General Trading")
    matches = index.search(reading=reading, minimum=0.3, limit=2)
    assert matches[0].entry.uid == "CELVIK"
    assert len(matches) == 2
    assert matches[0].score >= matches[1].score


def test_an_entry_is_found_by_its_identifier(index: NameIndex) -> None:
    entry = index.entry(uid="173")
    assert entry is not None
    assert entry.name == "PETRENKOV, Sergei Ivanovich"
    assert index.entry(uid="174") is None


def test_nothing_is_found_for_a_name_without_words(index: NameIndex) -> None:
    assert searched(index, "...") == []


def test_a_name_of_many_words_ends(index: NameIndex) -> None:
    assert searched(index, "nordwind " * 200) == []


def test_an_entry_whose_names_cannot_be_read_is_counted_and_found_by_identifier() -> None:
    index = make_index([make_entry("!!!", uid="9"), make_entry("Nordwind", uid="10")])
    assert index.entry(uid="9") is not None
    assert (index.entries, index.names) == (2, 1)


def test_an_empty_list_answers_nothing() -> None:
    assert searched(make_index([]), "Nordwind") == []


@pytest.mark.parametrize(
    "content", [b"", b"OANAMES1", b"something else that is no index at all", b"OANAMES1" + b"\xff" * 40]
)
def test_content_that_is_no_index_is_refused(content: bytes) -> None:
    with pytest.raises(NameIndexUnusable):
        NameIndex(content=memoryview(content))


def test_an_index_whose_end_is_missing_is_refused() -> None:
    from openaisle.suppliers.screening.index_builder import IndexBuilder

    builder = IndexBuilder()
    builder.add(entry=make_entry("Nordwind"))
    content = b"".join(builder.pieces())
    with pytest.raises(NameIndexUnusable):
        NameIndex(content=memoryview(content[:-40]))
