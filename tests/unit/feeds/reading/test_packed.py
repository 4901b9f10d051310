"""What is packed is unpacked within bounds; what lacks its end or hides a bomb is refused."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest

from openaisle.feeds.reading import ReadingLimits
from tests.factories.reading import read_bytes, refusal, zipped

PLAIN = b"sku,title,price\nA-1,Chair,12.99\nA-2,Table,20.00\n"
ZEROS = b"0" * 40_000_000


@pytest.mark.parametrize(
    ("data", "packed_by"),
    [
        (gzip.compress(PLAIN), ("gzip",)),
        (gzip.compress(PLAIN[:20]) + gzip.compress(PLAIN[20:]), ("gzip",)),
        (gzip.compress(PLAIN) + bytes(100), ("gzip",)),
        (zipped(files={"feed.csv": PLAIN}), ("zip",)),
        (zipped(files={"feed.csv": PLAIN, "__MACOSX/._feed.csv": b"x", ".DS_Store": b"x"}), ("zip",)),
        (zipped(files={"feed.csv.gz": gzip.compress(PLAIN)}), ("zip", "gzip")),
    ],
    # Packed bytes hold the moment of packing, so they name nothing that two processes would agree on.
    ids=["gzip", "two members", "padded", "zip", "zip with leftovers", "gzip within zip"],
)
def test_packed_files_are_unpacked(tmp_path, data, packed_by):
    read = read_bytes(folder=tmp_path, data=data)
    assert read.file.packed_by == packed_by
    assert read.rows == {2: ("A-1", "Chair", "12.99"), 3: ("A-2", "Table", "20.00")}


@pytest.mark.parametrize("kept", [5, 12, 30, -1, -8])
def test_a_gzip_file_without_its_end_is_refused(tmp_path, kept):
    assert refusal(folder=tmp_path, data=gzip.compress(PLAIN)[:kept]) == "file_truncated"


def test_a_gzip_file_with_a_wrong_check_sum_is_refused(tmp_path):
    data = bytearray(gzip.compress(PLAIN))
    data[-6] ^= 0xFF
    assert refusal(folder=tmp_path, data=bytes(data)) == "file_truncated"


@pytest.mark.parametrize("kept", [30, 60, -1, -20])
def test_a_zip_file_without_its_end_is_refused(tmp_path, kept):
    assert refusal(folder=tmp_path, data=zipped(files={"feed.csv": PLAIN})[:kept]) == "file_truncated"


def test_a_zip_file_with_broken_contents_is_refused(tmp_path):
    data = bytearray(zipped(files={"feed.csv": PLAIN}))
    data[45] ^= 0xFF
    assert refusal(folder=tmp_path, data=bytes(data)) == "file_truncated"


@pytest.mark.parametrize("files", [{}, {"a.csv": PLAIN, "b.csv": PLAIN}])
def test_an_archive_of_no_file_or_several_is_refused(tmp_path, files):
    assert refusal(folder=tmp_path, data=zipped(files=files)) == "archive_refused"


def test_a_protected_archive_is_refused(tmp_path):
    data = bytearray(zipped(files={"feed.csv": PLAIN}))
    directory = data.index(b"PK\x01\x02")
    data[6] |= 1
    data[directory + 8] |= 1
    assert refusal(folder=tmp_path, data=bytes(data)) == "archive_refused"


def test_archives_within_archives_are_refused(tmp_path):
    data = gzip.compress(gzip.compress(gzip.compress(PLAIN)))
    assert refusal(folder=tmp_path, data=data) == "archive_refused"


def test_an_archive_of_very_many_files_is_refused_before_its_list_is_read(tmp_path):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for number in range(2_000):
            archive.writestr(f"{number}.csv", b"")
    assert refusal(folder=tmp_path, data=target.getvalue()) == "archive_refused"
    assert (
        refusal(folder=tmp_path, data=target.getvalue(), limits=ReadingLimits(archive_entries=10)) == "archive_refused"
    )


@pytest.mark.parametrize("data", [gzip.compress(ZEROS), zipped(files={"a.csv": ZEROS})])
def test_a_bomb_is_refused_by_its_ratio_and_by_its_size(tmp_path, data):
    assert refusal(folder=tmp_path, data=data) == "file_too_large"
    limits = ReadingLimits(file_bytes=1_000_000, unpacked_ratio=10_000)
    assert refusal(folder=tmp_path, data=data, limits=limits) == "file_too_large"


def test_a_file_larger_than_allowed_is_refused(tmp_path):
    assert refusal(folder=tmp_path, data=PLAIN, limits=ReadingLimits(file_bytes=10)) == "file_too_large"
