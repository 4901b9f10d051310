"""A name is read the same however it is written, and what is odd about its writing is said."""

# ruff: noqa: RUF001 - letters that look alike are what this is about

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.suppliers.screening.reading import Oddity, read_name


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("CECOEX, S.A.", ("cecoex",)),
        ("Müller & Söhne GmbH & Co. KG", ("muller", "sohne")),
        ("ООО «Ромашка»", ("romashka",)),
        ("Публичное акционерное общество Щукин", ("shchukin",)),
        ("ΕΛΛΗΝΙΚΗ ΤΡΑΠΕΖΑ Α.Ε.", ("elliniki", "trapeza")),
        ("محمد علي", ("mhmd", "aly")),
        ("삼성전자 주식회사", ("samseongjeonja",)),
        ("ソニー", ("soni",)),
        ("そにー", ("soni",)),
        ("Łódź Ørsted Æsir", ("lodz", "orsted", "aesir")),
        ("Grupo Norte, S.A. de C.V.", ("grupo", "norte")),
        ("GRUPO NORTE S A", ("grupo", "norte")),
        ("The Bank of Iran", ("bank", "iran")),
        ("Fish & Chips", ("fish", "chips")),
        ("٣ Star", ("3", "star")),
        ("O'Neill’s", ("oneills",)),
        ("OPEN JOINT STOCK COMPANY DOLTA", ("dolta",)),
        ("OJINT STOCK COMPANY DOLTA", ("dolta",)),
        ("COMPANY DOLTA LIMITED LIABILITY", ("dolta",)),
        ("Point Stock", ("point", "stock")),
    ],
)
def test_a_name_is_read_in_small_latin_words_without_its_legal_form(text: str, words: tuple[str, ...]) -> None:
    assert read_name(text=text).words == words


def test_a_name_that_is_all_legal_form_keeps_its_words() -> None:
    assert read_name(text="LIMITED").words == ("limited",)
    assert read_name(text="S.A.").words == ("sa",)


def test_a_persons_name_keeps_words_that_look_like_a_legal_form() -> None:
    assert read_name(text="PAO, Yu Hsiang", company=False).words == ("pao", "yu", "hsiang")


def test_letters_that_only_look_latin_are_read_as_they_look_and_reported() -> None:
    reading = read_name(text="Аеrоflоt Ltd")
    assert reading.words == ("aeroflot",)
    assert reading.oddities == (Oddity.LOOK_ALIKE_LETTERS,)


def test_a_word_disguised_among_latin_ones_is_read_as_it_looks() -> None:
    reading = read_name(text="СОМР Trading")
    assert (reading.words, reading.oddities) == (("comp", "trading"), (Oddity.LOOK_ALIKE_LETTERS,))


def test_a_cyrillic_legal_form_beside_a_latin_name_is_nothing_odd() -> None:
    assert read_name(text="AEROFLOT ООО").oddities == ()


def test_honest_cyrillic_is_nothing_odd() -> None:
    assert read_name(text="Торговый дом Восток").oddities == ()


def test_hidden_characters_are_taken_out_and_reported() -> None:
    reading = read_name(text="Zero\u200bWidth \u202eLtd")
    assert (reading.words, reading.oddities) == (("zerowidth",), (Oddity.HIDDEN_CHARACTERS,))


def test_a_script_that_no_table_spells_is_reported() -> None:
    assert read_name(text="中国银行").oddities == (Oddity.UNREADABLE_SCRIPT,)


def test_nothing_to_read_is_no_words() -> None:
    assert read_name(text=" '-' ").words == ()


@given(st.text(max_size=600))
def test_no_text_breaks_the_reading(text: str) -> None:
    reading = read_name(text=text)
    assert all(reading.words)
    assert not any(character.isspace() for word in reading.words for character in word)


@given(st.text(alphabet="abcdefgh АБВГ", min_size=1, max_size=40))
def test_reading_goes_by_no_capitals(text: str) -> None:
    assert read_name(text=text.upper()).words == read_name(text=text.lower()).words
