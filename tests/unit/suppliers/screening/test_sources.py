"""The files of lists are read line by line; a bad line costs itself and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.suppliers.screening.entries import EntryKind, ListedEntry, ListName, NameKind
from openaisle.suppliers.screening.sources import LINE_LENGTH_MAXIMUM, SOURCES, BadLine, entries_of, lei_is_valid
from tests.factories.screening import GLEIF_LINES, LEI, SDN_LINES

GOOD = SDN_LINES[0]


def read(*lines: str, name: ListName = ListName.OFAC_SDN) -> list[ListedEntry | BadLine]:
    return list(entries_of(source=SOURCES[name], lines=lines))


def entry_of(line: str) -> ListedEntry:
    (entry,) = read(line)
    assert isinstance(entry, ListedEntry)
    return entry


def test_an_entity_is_read_with_its_program_and_the_end_mark_is_no_line() -> None:
    (entry,) = read(GOOD, "\x1a")
    assert isinstance(entry, ListedEntry)
    assert (entry.uid, entry.name, entry.kind, entry.programs, entry.remarks) == (
        "36",
        "NORDWIND SHIPPING CO., LTD.",
        EntryKind.ENTITY,
        ("CUBA",),
        None,
    )


def test_a_person_is_read_with_programs_and_other_names() -> None:
    entry = entry_of(SDN_LINES[1])
    assert (entry.kind, entry.programs) == (EntryKind.INDIVIDUAL, ("SDGT", "IFSR"))
    assert [(name.text, name.kind) for name in entry.names] == [
        ("PETRENKOV, Sergei Ivanovich", NameKind.PRIMARY),
        ("THE ENGINEER", NameKind.ALIAS),
        ("PETRENKO, Serge", NameKind.ALIAS),
    ]


def test_an_apostrophe_within_another_name_does_not_end_it() -> None:
    remarks = "\"a.k.a. 'SHA'BI'; a.k.a. 'PEOPLE'S ARMY'; f.k.a. 'OLD NAME'.\""
    entry = entry_of(f'7,"ARMY",-0- ,"IRAN",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,{remarks}')
    assert [name.text for name in entry.names[1:]] == ["SHA'BI", "PEOPLE'S ARMY", "OLD NAME"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('36,"A NAME"', "columns"),
        (GOOD.replace("36", "abc", 1), "identifier"),
        (GOOD.replace('"NORDWIND SHIPPING CO., LTD."', "-0- "), "no name"),
        (GOOD.replace("NORDWIND", "N" * 1001), "characters"),
        (GOOD.replace(',-0- ,"CUBA"', ',"spaceship","CUBA"'), "kind"),
        (GOOD.replace('LTD."', "LTD."), "comma-separated"),
        ("x" * (LINE_LENGTH_MAXIMUM + 1), "characters"),
    ],
)
def test_a_bad_line_is_told_with_its_number_and_the_next_is_read(line: str, reason: str) -> None:
    bad, good = read(line, SDN_LINES[1])
    assert isinstance(bad, BadLine)
    assert bad.number == 1
    assert reason in bad.reason
    assert isinstance(good, ListedEntry)


def test_an_identifier_that_comes_twice_is_a_bad_line() -> None:
    assert isinstance(read(GOOD, GOOD)[1], BadLine)


def test_the_register_is_read_without_its_header() -> None:
    first, *_ = read("\ufeff" + GLEIF_LINES[0], *GLEIF_LINES[1:], name=ListName.GLEIF)
    assert isinstance(first, ListedEntry)
    assert (first.uid, first.name, first.country) == (LEI, "Flores do Sul Limitada", "BR")


def test_an_lei_whose_check_digits_do_not_fit_is_a_bad_line() -> None:
    (bad,) = read(GLEIF_LINES[1].replace(LEI, LEI[:-1] + "7"), name=ListName.GLEIF)
    assert isinstance(bad, BadLine)
    assert "check digits" in bad.reason


def test_an_lei_has_twenty_letters_and_digits_that_fit() -> None:
    assert lei_is_valid(text=LEI)
    for wrong in (LEI[:-1], LEI + "0", LEI[:-1] + "5", "", "Ä" * 20, LEI[:2] + LEI[3] + LEI[2] + LEI[4:]):
        assert not lei_is_valid(text=wrong)


@given(st.lists(st.text(max_size=80), max_size=10), st.sampled_from(list(ListName)))
def test_no_line_breaks_the_reading(lines: list[str], name: ListName) -> None:
    assert len(read(*lines, name=name)) <= len(lines)
