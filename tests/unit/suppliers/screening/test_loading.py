"""A list is put into force whole or not at all, and the old one serves until then."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from openaisle.adapters.local.name_lists import NameListDamaged
from openaisle.suppliers.screening.entries import ListName
from openaisle.suppliers.screening.loading import ListFileUnfit, ListShrunk
from openaisle.suppliers.screening.screening import NameScreening
from tests.factories.screening import GLEIF_LINES, NOVEMBER, SDN_LINES, load_lines, make_lists


async def test_a_loaded_list_is_in_force_with_its_facts(tmp_path: Path) -> None:
    lists = make_lists(tmp_path)
    report = await load_lines(lists, lines=[*SDN_LINES, "broken"], version="a" * 64)
    origin = report.facts.origin
    assert (origin.name, origin.version, origin.entries, origin.bad_lines) == ("ofac-sdn", "a" * 64, 11, 1)
    assert (origin.loaded_at, report.replaced, len(report.bad_lines)) == (NOVEMBER, None, 1)
    assert await lists.listed() == [report.facts]
    answer = await NameScreening(lists=lists).screened(list_name=ListName.OFAC_SDN, name="Zavod Impulsar OOO")
    assert answer is not None
    assert [match.entry.uid for match in answer.matches] == ["306"]


async def test_a_worker_sees_the_next_version_without_a_restart(tmp_path: Path) -> None:
    lists, screening = make_lists(tmp_path), NameScreening(lists=make_lists(tmp_path))
    assert await screening.screened(list_name=ListName.OFAC_SDN, name="Marvolin") is None
    await load_lines(lists)
    before = await screening.screened(list_name=ListName.OFAC_SDN, name="Marvolin")
    assert before is not None
    assert before.matches == ()
    added = SDN_LINES[3].replace("424", "9999").replace("AMBERLINE", "MARVOLIN")
    await load_lines(lists, lines=[*SDN_LINES, added], version="b" * 64)
    after = await screening.screened(list_name=ListName.OFAC_SDN, name="Marvolin")
    assert after is not None
    assert [match.entry.uid for match in after.matches] == ["9999"]


async def test_a_file_of_another_list_is_refused_and_the_list_in_force_stays(tmp_path: Path) -> None:
    lists = make_lists(tmp_path)
    await load_lines(lists)
    with pytest.raises(ListFileUnfit):
        await load_lines(lists, lines=GLEIF_LINES, accept_fewer=True)
    assert [facts.origin.entries for facts in await lists.listed()] == [11]


async def test_a_file_without_end_of_another_kind_is_refused_early(tmp_path: Path) -> None:
    with pytest.raises(ListFileUnfit):
        await load_lines(make_lists(tmp_path), lines=itertools.repeat("x"))


async def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ListFileUnfit):
        await load_lines(make_lists(tmp_path), lines=[])


async def test_a_file_that_was_cut_off_is_refused_unless_fewer_are_accepted(tmp_path: Path) -> None:
    lists = make_lists(tmp_path)
    await load_lines(lists)
    with pytest.raises(ListShrunk):
        await load_lines(lists, lines=SDN_LINES[:5])
    report = await load_lines(lists, lines=SDN_LINES[:5], accept_fewer=True)
    assert report.facts.origin.entries == 5


async def test_only_the_newest_content_and_the_one_before_are_kept(tmp_path: Path) -> None:
    lists = make_lists(tmp_path)
    for number in range(4):
        await load_lines(lists, lines=[*SDN_LINES, SDN_LINES[3].replace("424", f"{9000 + number}")])
    assert len(list((tmp_path / "lists").glob("*.names"))) == 2
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "lists").iterdir()} == {0}


async def test_an_opened_list_stays_readable_while_others_are_loaded(tmp_path: Path) -> None:
    lists = make_lists(tmp_path)
    await load_lines(lists)
    opened = await lists.current(name="ofac-sdn")
    assert opened is not None
    before = bytes(opened.content)
    for number in range(3):
        await load_lines(lists, lines=[*SDN_LINES, SDN_LINES[3].replace("424", f"{9000 + number}")])
    assert bytes(opened.content) == before


async def test_a_damaged_content_is_told_and_never_searched(tmp_path: Path) -> None:
    await load_lines(make_lists(tmp_path))
    (content,) = (tmp_path / "lists").glob("*.names")
    content.write_bytes(content.read_bytes()[:-1])
    with pytest.raises(NameListDamaged):
        await make_lists(tmp_path).current(name="ofac-sdn")


async def test_the_lists_of_a_new_installation_are_none(tmp_path: Path) -> None:
    assert await make_lists(tmp_path).listed() == []
