"""The commands that load lists and screen names, on files as they come."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import pytest
import zstandard
from typer.testing import CliRunner, Result

from openaisle.entrypoints.cli.application import application
from openaisle.entrypoints.cli.exits import ExitCode
from openaisle.entrypoints.cli.list_files import ListFile, ListFileUnreadable, guessed_list
from openaisle.suppliers.screening.entries import ListName
from openaisle.suppliers.screening.sources import LINE_LENGTH_MAXIMUM
from tests.factories.screening import GLEIF_LINES, SDN_LINES

SDN = "".join(SDN_LINES).encode("latin-1")
GLEIF = "".join(GLEIF_LINES).encode()


def run(*arguments: str, home: Path) -> Result:
    return CliRunner().invoke(application(), ["--home", str(home), "screening", *arguments])


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "sdn.csv").write_bytes(SDN)
    (tmp_path / "gleif.csv.zst").write_bytes(zstandard.compress(GLEIF))
    return tmp_path / "home"


def test_lists_are_loaded_plain_and_compressed_and_told_by_their_first_line(home: Path) -> None:
    loaded = run("load", str(home.parent / "sdn.csv"), home=home)
    assert loaded.exit_code == 0
    assert "ofac-sdn: 11 entries with 13 names" in loaded.stdout
    report = msgspec.json.decode(run("load", str(home.parent / "gleif.csv.zst"), "--json", home=home).stdout)
    origin = report["facts"]["origin"]
    assert (origin["name"], origin["entries"], origin["bad_lines"]) == ("gleif", 3, 0)
    assert origin["version"] == hashlib.sha256((home.parent / "gleif.csv.zst").read_bytes()).hexdigest()
    lists = msgspec.json.decode(run("lists", "--json", home=home).stdout)["lists"]
    assert [one["origin"]["name"] for one in lists] == ["gleif", "ofac-sdn"]
    assert "ofac-sdn" in run("lists", home=home).stdout


def test_a_match_is_shown_and_told_by_the_exit_code(home: Path) -> None:
    run("load", str(home.parent / "sdn.csv"), home=home)
    found = run("check", "Nordwіnd Shipping", home=home)  # noqa: RUF001 - the disguise
    assert found.exit_code == ExitCode.FOUND
    assert "look alike letters" in found.stdout
    assert "NORDWIND SHIPPING" in found.stdout
    clean = run("check", "Flores do Sul", "--json", home=home)
    assert clean.exit_code == 0
    assert msgspec.json.decode(clean.stdout)["lists"]["ofac-sdn"]["matches"] == []


def test_a_match_in_the_register_is_no_finding(home: Path) -> None:
    run("load", str(home.parent / "gleif.csv.zst"), home=home)
    result = run("check", "Flores do Sul Ltda", "--json", home=home)
    (match,) = msgspec.json.decode(result.stdout)["lists"]["gleif"]["matches"]
    assert (result.exit_code, match["score"]) == (0, 1.0)


def test_without_a_list_nothing_can_be_said(home: Path) -> None:
    assert run("check", "Nordwind", home=home).exit_code == ExitCode.FAILED


def test_a_list_that_is_none_is_a_wrong_command_line(home: Path) -> None:
    assert run("check", "Nordwind", "--list", "none", home=home).exit_code == ExitCode.USAGE


def test_lines_that_were_left_out_are_told(home: Path) -> None:
    (home.parent / "sdn.csv").write_bytes(SDN.replace(b"\x1a", b'broken "line\r\n' * 3))
    told = run("load", str(home.parent / "sdn.csv"), home=home).stdout
    assert "3 lines were left out" in told
    assert "line 12" in told


def test_a_damaged_or_missing_file_is_told(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.zst"
    damaged.write_bytes(zstandard.compress(SDN)[:6] + b"\x00" * 50)
    with pytest.raises(ListFileUnreadable):
        guessed_list(path=damaged)
    with pytest.raises(ListFileUnreadable):
        guessed_list(path=tmp_path / "missing.csv")
    with pytest.raises(ListFileUnreadable):
        guessed_list(path=tmp_path)


@pytest.mark.parametrize("missing", [1, 4, 60])
def test_a_compressed_file_whose_end_is_missing_is_told_and_nothing_is_loaded(home: Path, missing: int) -> None:
    cut = home.parent / "cut.csv.zst"
    cut.write_bytes(zstandard.compress(SDN)[:-missing])
    assert isinstance(run("load", str(cut), home=home).exception, ListFileUnreadable)
    assert run("check", "Nordwind", home=home).exit_code == ExitCode.FAILED


def test_several_compressed_pieces_make_one_file(tmp_path: Path) -> None:
    path = tmp_path / "pieces.csv.zst"
    path.write_bytes(zstandard.compress(SDN[:300]) + zstandard.compress(SDN[300:]))
    with ListFile(path=path) as file:
        assert "".join(file.lines(encoding="latin-1")).encode("latin-1") == SDN


def test_of_a_line_without_end_only_the_beginning_is_read(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_bytes(b"x" * (20 * LINE_LENGTH_MAXIMUM) + b"\nnext\n")
    with ListFile(path=path) as file:
        long, following = file.lines(encoding="latin-1")
    assert LINE_LENGTH_MAXIMUM < len(long) < 5 * LINE_LENGTH_MAXIMUM
    assert following == "next\n"


def test_an_empty_file_has_no_lines_and_is_told_apart_by_nothing(tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_bytes(b"")
    assert guessed_list(path=path) is ListName.OFAC_SDN
