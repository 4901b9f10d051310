"""``python -m benchmarks screening``: how surely listed names are found, how often others are taken for them, how fast.

Needs the lists, which are not part of the project: a folder with ``companies/ofac_sdn*.csv.zst`` and
``companies/gleif*.csv.zst``, named by --shared or SHARED_DATA_OPENAISLE, else ../shared/data beside the project.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.alterations import ALTERATIONS
from benchmarks.processes import ROOT
from openaisle.adapters.local.name_lists import LocalNameLists
from openaisle.entrypoints.cli.list_files import ListFile
from openaisle.suppliers.screening.entries import ListedEntry, ListName
from openaisle.suppliers.screening.index import NameIndex
from openaisle.suppliers.screening.loading import load_list
from openaisle.suppliers.screening.reading import read_name
from openaisle.suppliers.screening.screening import SCORE_MINIMUM
from openaisle.suppliers.screening.sources import SOURCES, BadLine, entries_of

VARIABLE = "SHARED_DATA_OPENAISLE"
DOCUMENT = ROOT / "docs" / "benchmarks.md"
BEGIN = "<!-- screening: begin (written by python -m benchmarks screening --write) -->"
END = "<!-- screening: end -->"
SEED = 2026
HONEST_NAMES = 10_000
_TIMED_NAMES = 1_000
_MEBIBYTE_KIBIBYTES = 1024


class DataMissing(Exception):
    """The lists are not where they were looked for."""


class Loading(msgspec.Struct, frozen=True, kw_only=True):
    """What loading a list took, in a process of its own."""

    entries: int
    names: int
    bad_lines: int
    seconds: float
    peak_mebibytes: float
    file_megabytes: float


class Searching(msgspec.Struct, frozen=True, kw_only=True):
    """What searching took, in a process of its own that only maps the list."""

    searches: int
    open_milliseconds: float
    p50_milliseconds: float
    p99_milliseconds: float
    maximum_milliseconds: float
    added_mebibytes: float


class Recall(msgspec.Struct, frozen=True, kw_only=True):
    """How many altered names found their entry, and how many found it first."""

    alteration: str
    names: int
    found: int
    found_first: int


class Alarms(msgspec.Struct, frozen=True, kw_only=True):
    """How many names that are not listed were taken for one that is; namesakes bear a listed name to the letter."""

    names: int
    namesakes: int
    alarms: int


class ScreeningFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Everything measured."""

    score_minimum: float
    loading: dict[str, Loading]
    searching: dict[str, Searching]
    recall: list[Recall]
    alarms: Alarms


def shared_companies(*, given: Path | None = None) -> Path:
    """Return the folder of the lists; raises DataMissing."""
    base = given or Path(os.environ.get(VARIABLE) or ROOT.parent / "shared" / "data")
    folder = base / "companies"
    if not list(folder.glob("ofac_sdn*.csv.zst")) or not list(folder.glob("gleif*.csv.zst")):
        message = f"no companies/ofac_sdn*.csv.zst and gleif*.csv.zst there; name the folder by --shared or {VARIABLE}"
        raise DataMissing(message)
    return folder


def file_of(*, folder: Path, name: ListName) -> Path:
    """Return the newest file of a list."""
    pattern = {ListName.OFAC_SDN: "ofac_sdn*.csv.zst", ListName.GLEIF: "gleif*.csv.zst"}[name]
    return sorted(folder.glob(pattern))[-1]


def entries_in(*, path: Path, name: ListName) -> list[ListedEntry]:
    """Return the entries of a list's file."""
    with ListFile(path=path) as file:
        read = entries_of(source=SOURCES[name], lines=file.lines(encoding=SOURCES[name].encoding))
        return [entry for entry in read if not isinstance(entry, BadLine)]


def opened_index(*, lists_folder: Path, name: ListName) -> NameIndex:
    """Return the index of a loaded list."""
    stored = asyncio.run(LocalNameLists(folder=lists_folder).current(name=name.value))
    if stored is None:
        raise DataMissing(name)
    return NameIndex(content=stored.content)


def loaded(path: Path, name: ListName, lists_folder: Path) -> Loading:
    """Load a list; run in a process of its own."""
    started = time.perf_counter()
    with ListFile(path=path) as file:
        report = asyncio.run(
            load_list(
                lists=LocalNameLists(folder=lists_folder),
                name=name,
                lines=file.lines(encoding=SOURCES[name].encoding),
                file_name=path.name,
                version=file.sha256,
                at=datetime.now(UTC),
            )
        )
    origin = report.facts.origin
    return Loading(
        entries=origin.entries,
        names=origin.names,
        bad_lines=origin.bad_lines,
        seconds=time.perf_counter() - started,
        peak_mebibytes=_peak_mebibytes(),
        file_megabytes=report.facts.byte_count / 1e6,
    )


def searched(names: Sequence[str], name: ListName, lists_folder: Path) -> Searching:
    """Search each name once; run in a process of its own."""
    before = _resident_mebibytes()
    started = time.perf_counter()
    index = opened_index(lists_folder=lists_folder, name=name)
    opened = time.perf_counter()
    taken = []
    for one in names:
        began = time.perf_counter()
        index.search(reading=read_name(text=one), minimum=SCORE_MINIMUM)
        taken.append((time.perf_counter() - began) * 1000)
    return Searching(
        searches=len(names),
        open_milliseconds=(opened - started) * 1000,
        p50_milliseconds=statistics.median(taken),
        p99_milliseconds=statistics.quantiles(taken, n=100)[98],
        maximum_milliseconds=max(taken),
        added_mebibytes=_resident_mebibytes() - before,
    )


def _peak_mebibytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MEBIBYTE_KIBIBYTES


def _resident_mebibytes() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / (1 << 20)


def recalled(*, index: NameIndex, entries: Sequence[ListedEntry], alteration: str, seed: int = SEED) -> Recall:
    """Alter the own name of every entry that can be altered so, and look for the entry."""
    chance = random.Random(f"{seed} {alteration}")
    names = found = first = 0
    for entry in entries:
        altered = ALTERATIONS[alteration](name=entry.name, chance=chance)
        if altered is None:
            continue
        names += 1
        matches = index.search(reading=read_name(text=altered), minimum=SCORE_MINIMUM, limit=50)
        score = next((match.score for match in matches if match.entry.uid == entry.uid), None)
        found += score is not None
        first += score is not None and score == matches[0].score
    return Recall(alteration=alteration, names=names, found=found, found_first=first)


def alarmed(*, index: NameIndex, listed: Sequence[ListedEntry], honest: Sequence[ListedEntry]) -> Alarms:
    """Screen names that are not listed; those that bear a listed name to the letter are counted apart."""
    known = {
        tuple(sorted(read_name(text=name.text, company=company).words))
        for entry in listed
        for name in entry.names
        for company in (True, False)
    }
    namesakes = alarms = 0
    for entry in honest:
        reading = read_name(text=entry.name)
        if tuple(sorted(reading.words)) in known:
            namesakes += 1
        elif index.search(reading=reading, minimum=SCORE_MINIMUM, limit=1):
            alarms += 1
    return Alarms(names=len(honest) - namesakes, namesakes=namesakes, alarms=alarms)


def measured(*, folder: Path, lists_folder: Path, every: int, told: Callable[[str], None]) -> ScreeningFigures:
    """Load both lists, then measure everything; ``every`` takes only each so-many-th entry and name."""
    loading, searching = {}, {}
    chance = random.Random(SEED)
    for name in ListName:
        told(f"loading {name.value}")
        loading[name.value] = _apart(loaded, file_of(folder=folder, name=name), name, lists_folder)
    listed = entries_in(path=file_of(folder=folder, name=ListName.OFAC_SDN), name=ListName.OFAC_SDN)
    register = entries_in(path=file_of(folder=folder, name=ListName.GLEIF), name=ListName.GLEIF)
    honest = chance.sample(register, HONEST_NAMES // every)
    # Half of the timed names are in the list, mistyped; half are not.
    for name, members in ((ListName.OFAC_SDN, listed), (ListName.GLEIF, register)):
        told(f"searching {name.value}")
        mistyped = ALTERATIONS["one typing error"]
        own = [mistyped(name=entry.name, chance=chance) or entry.name for entry in chance.sample(members, _TIMED_NAMES)]
        names = chance.sample(own, _TIMED_NAMES // 2) + [entry.name for entry in honest[: _TIMED_NAMES // 2]]
        searching[name.value] = _apart(searched, names, name, lists_folder)
    index = opened_index(lists_folder=lists_folder, name=ListName.OFAC_SDN)
    recall = []
    for alteration in ALTERATIONS:
        told(alteration)
        recall.append(recalled(index=index, entries=listed[::every], alteration=alteration))
    told("names that are not listed")
    return ScreeningFigures(
        score_minimum=SCORE_MINIMUM,
        loading=loading,
        searching=searching,
        recall=recall,
        alarms=alarmed(index=index, listed=listed, honest=honest),
    )


def _apart(work: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401 - what the work returns
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def drawn(*, figures: ScreeningFigures) -> str:
    """Return the tables as Markdown."""
    alarms = figures.alarms
    lines = [
        f"A name counts as listed from score {figures.score_minimum:.2f} on.",
        "",
        "| every entry of the SDN list, its own name altered | names | found | found first |",
        "|---|---:|---:|---:|",
        *(
            f"| {one.alteration} | {one.names:,} | {_percent(one.found, one.names)} "
            f"| {_percent(one.found_first, one.names)} |"
            for one in figures.recall
        ),
        "",
        "| names of the LEI register that are not listed | false alarms | | bearing a listed name to the letter |",
        "|---:|---:|---:|---:|",
        f"| {alarms.names:,} | {alarms.alarms} | {_percent(alarms.alarms, alarms.names)} | {alarms.namesakes} |",
        "",
        "| searching one name | p50 ms | p99 ms | max ms | opening, ms | memory added, MiB |",
        "|---|---:|---:|---:|---:|---:|",
        *(
            f"| {name}, {figures.loading[name].entries:,} entries | {one.p50_milliseconds:.2f} "
            f"| {one.p99_milliseconds:.2f} | {one.maximum_milliseconds:.1f} | {one.open_milliseconds:.1f} "
            f"| {one.added_mebibytes:.0f} |"
            for name, one in figures.searching.items()
        ),
        "",
        "| loading | names | lines left out | seconds | peak MiB | file MB |",
        "|---|---:|---:|---:|---:|---:|",
        *(
            f"| {name} | {one.names:,} | {one.bad_lines:,} | {one.seconds:.1f} | {one.peak_mebibytes:.0f} "
            f"| {one.file_megabytes:.1f} |"
            for name, one in figures.loading.items()
        ),
    ]
    return "\n".join(lines) + "\n"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / max(whole, 1):.2f} %"


def written_into(*, document: Path, figures: ScreeningFigures) -> None:
    """Replace what stands between the markers of the document."""
    text = document.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        message = f"{document.name} lacks the lines {BEGIN} and {END}"
        raise DataMissing(message)
    document.write_text(f"{before}{BEGIN}\n\n{drawn(figures=figures)}\n{END}{after}", encoding="utf-8")


def _told(message: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {message}\n")
    sys.stderr.flush()


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and tell; exits with 2 where the lists are missing."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks screening", description=__doc__)
    parser.add_argument("--shared", type=Path, help=f"the folder of the data; else {VARIABLE}, else ../shared/data")
    parser.add_argument("--quick", action="store_true", help="each tenth entry and name only: does it run?")
    parser.add_argument("--json", type=Path, help="also write everything measured into this file")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    given = parser.parse_args(arguments)
    try:
        folder = shared_companies(given=given.shared)
    except DataMissing as error:
        parser.error(str(error))
    with tempfile.TemporaryDirectory(prefix="openaisle-screening-") as place:
        figures = measured(
            folder=folder,
            lists_folder=Path(place),
            every=10 if given.quick else 1,
            told=_told,
        )
    sys.stdout.write(drawn(figures=figures))
    if given.json is not None:
        given.json.write_bytes(msgspec.json.format(msgspec.json.encode(figures)))
    if given.write:
        written_into(document=DOCUMENT, figures=figures)


if __name__ == "__main__":
    main()
