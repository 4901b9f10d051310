"""Memory stays bounded whatever the file holds: measured in a process of its own, as its highest resident size."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tidy.tree import ROOT

_PROGRAM = """
import resource, sys
from pathlib import Path
from tests.factories.reading import PARSERS
from openaisle.adapters.tabular.workbench import DuckWorkbenches
from openaisle.feeds.reading import FileUnreadable, ReadingLimits, read_file
path = Path(sys.argv[1])
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
before = peak()
workbenches = DuckWorkbenches(folder=path.parent / "scratch", memory_mebibytes=128, disk_mebibytes=4_000)
with workbenches.open(files=[path]) as workbench:
    try:
        read = read_file(workbench=workbench, path=path, limits=ReadingLimits(), parsers=PARSERS)
        told = f"{read.row_count} {read.unreadable_count}"
    except FileUnreadable as refused:
        told = refused.issue.code.value
print(peak() - before, told)
"""


def measured(path: Path) -> tuple[int, str]:
    """Return the mebibytes that reading a file added to a process, and what became of the file."""
    command = [sys.executable, "-c", _PROGRAM, str(path)]
    ran = subprocess.run(command, cwd=ROOT, env={"PYTHONPATH": "."}, capture_output=True, check=True, text=True)
    mebibytes, _, told = ran.stdout.strip().partition(" ")
    return int(mebibytes), told


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_cell_of_a_hundred_megabytes_needs_no_hundred_megabytes(tmp_path, quote):
    path = tmp_path / "feed.csv"
    with path.open("w") as file:
        file.write(f"sku,title\nA,Chair\nB,{quote}")
        for _ in range(100):
            file.write("x" * 1_000_000)
        file.write(f"{quote}\nC,Table\n")
    added, told = measured(path)
    assert told == "3 1"
    assert added < 100


def test_a_cell_of_a_hundred_megabytes_in_json_costs_itself_alone(tmp_path):
    path = tmp_path / "feed.jsonl"
    with path.open("w") as file:
        file.write('{"sku":"A"}\n{"sku":"')
        for _ in range(100):
            file.write("x" * 1_000_000)
        file.write('"}\n{"sku":"C"}\n')
    added, told = measured(path)
    assert told == "3 1"
    assert added < 100


def test_a_bomb_of_gigabytes_is_refused_before_it_unpacks(tmp_path):
    path = tmp_path / "feed.csv.gz"
    repeated = gzip.compress(b"sku,title,1\n" * 1_000_000, compresslevel=9)
    with path.open("wb") as file:
        for _ in range(500):
            file.write(repeated)
    added, told = measured(path)
    assert told == "file_too_large"
    assert added < 100


@pytest.mark.slow
def test_a_file_larger_than_the_memory_of_the_workbench_is_read(tmp_path):
    path = tmp_path / "feed.csv"
    with path.open("w") as file:
        file.write("sku,title,description\n")
        for begin in range(0, 1_500_000, 10_000):
            file.writelines(f"A-{n},Chair {n},{'text ' * 40}{n}\n" for n in range(begin, begin + 10_000))
    assert path.stat().st_size > 300_000_000
    added, told = measured(path)
    assert told == "1500000 0"
    assert added < 300
