"""Entries of lists and loaded lists for tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from openaisle.adapters.local.name_lists import LocalNameLists
from openaisle.suppliers.screening.entries import EntryKind, ListedEntry, ListedName, ListName, NameKind
from openaisle.suppliers.screening.index import NameIndex
from openaisle.suppliers.screening.index_builder import IndexBuilder
from openaisle.suppliers.screening.loading import LoadReport, load_list

NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC)

# Made up, in the form of the OFAC file: twelve columns, '-0-' where there is nothing, and the end mark.
SDN_LINES = (
    '36,"NORDWIND SHIPPING CO., LTD.",-0- ,"CUBA",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n',
    (
        '173,"PETRENKOV, Sergei Ivanovich","individual","SDGT] [IFSR",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,'
        "\"DOB 04 Dec 1971; a.k.a. 'THE ENGINEER'; a.k.a. 'PETRENKO, Serge'; Linked To: NORDWIND.\"\r\n"
    ),
    (
        '306,"LIMITED LIABILITY COMPANY ZAVOD IMPULSAR",-0- ,"RUSSIA-EO14024",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,'
        '"Tax ID No. 1234567890 (Russia)."\r\n'
    ),
    '424,"AMBERLINE","vessel","IRAN",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n',
    '500,"AL-RASHIDI, Mohammed Yusuf","individual","SYRIA",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n',
    *(
        f'{1000 + number},"{word} GENERAL TRADING COMPANY",-0- ,"IRAN",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n'
        for number, word in enumerate(["BORUSAN", "CELVIK", "DASTGAR", "FARHADI", "GOLVARZ", "HERMAZ"])
    ),
    "\x1a",
)

LEI = "7LTWFZYICNSX8D621K86"
OTHER_LEI = "001GPB6A9XPE8XJICC14"
GLEIF_LINES = (
    "LEI,legal_name,country,category,subcategory\n",
    f"{LEI},Flores do Sul Limitada,BR,GENERAL,\n",
    f"{OTHER_LEI},Nordlicht Möbel GmbH,DE,GENERAL,\n",
    "00EHHQ2ZHDCFXJCPCL46,Rossi Calzature S.r.l.,IT,GENERAL,\n",
)


def make_entry(*names: str, uid: str = "1", kind: EntryKind = EntryKind.ENTITY) -> ListedEntry:
    """An entry with its own name first."""
    first, *others = names
    aliases = (ListedName(text=other, kind=NameKind.ALIAS) for other in others)
    return ListedEntry(uid=uid, kind=kind, names=(ListedName(text=first), *aliases))


def make_index(entries: Sequence[ListedEntry]) -> NameIndex:
    builder = IndexBuilder()
    for entry in entries:
        builder.add(entry=entry)
    return NameIndex(content=memoryview(b"".join(builder.pieces())))


async def load_lines(
    lists: LocalNameLists,
    *,
    name: ListName = ListName.OFAC_SDN,
    lines: Iterable[str] = SDN_LINES,
    version: str = "0" * 64,
    accept_fewer: bool = False,
) -> LoadReport:
    return await load_list(
        lists=lists,
        name=name,
        lines=lines,
        file_name="list.csv",
        version=lambda: version,
        at=NOVEMBER,
        accept_fewer=accept_fewer,
    )


def make_lists(folder: Path) -> LocalNameLists:
    return LocalNameLists(folder=folder / "lists")
