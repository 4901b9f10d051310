from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openaisle.orders.edi import interchange as reading
from openaisle.orders.edi.envelope import ControlNumbers, NewSet, interchange_text
from openaisle.orders.edi.interchange import body_of, read_file, sets_of
from openaisle.orders.edi.syntax import BYTES_MAXIMUM, Separators, X12Unreadable, segment_of
from tests.factories.contexts import NOON
from tests.factories.x12 import STANDARD, answer, interchange

PUNCTUATION = "*>~|^:!\n\x1c\x1d\x1e\x1f"
SEPARATORS = st.permutations(PUNCTUATION).map(lambda signs: Separators(*signs[:3]))
DATA = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=30)
SEGMENTS = st.lists(
    st.tuples(st.sampled_from(("PO1", "REF", "MSG", "N1")), st.lists(DATA, min_size=1, max_size=6)), max_size=8
)


@given(bodies=st.lists(SEGMENTS, min_size=1, max_size=4), separators=SEPARATORS, breaks=st.booleans())
@settings(max_examples=200, deadline=None)
def test_what_is_written_with_any_separators_is_read_as_it_was(bodies, separators, breaks):
    chosen = msgspec.structs.replace(
        STANDARD,
        element_separator=separators.element,
        component_separator=separators.component,
        segment_terminator=separators.segment,
        line_breaks=breaks,
    )
    sets = [NewSet(code="850", body=tuple(segment_of(tag, *parts) for tag, parts in body)) for body in bodies]
    text = interchange_text(settings=chosen, numbers=ControlNumbers(interchange=7, group=9), sets=sets, at=NOON)

    (found,) = read_file(content=text.encode()).interchanges

    assert (found.separators, found.errors, found.control_number) == (separators, (), "000000007")
    (group,) = found.groups
    assert (group.control_number, group.errors, len(group.sets)) == ("9", (), len(sets))
    for one, wanted in zip(group.sets, sets, strict=True):
        assert one.errors == ()
        body = [(segment.tag, [clean(part, separators) for part in segment.elements]) for segment in wanted.body]
        assert [(segment.tag, list(segment.elements)) for segment in body_of(one.segments)] == [
            (tag, trimmed(parts)) for tag, parts in body
        ]


def clean(text: str, separators: Separators) -> str:
    kept = "".join(" " if one in separators or not one.isprintable() else one for one in text).strip()
    return kept.strip("\r\n\t \ufeff\x00")


def trimmed(parts: list[str]) -> list[str]:
    """Elements at the end that nothing is left of are not sent."""
    return parts if not parts or parts[-1] else trimmed(parts[:-1])


@pytest.mark.parametrize("separators", ["*>~", "|:\n", "^!\x1e", "\x1d\x1f\x1c"])
def test_separators_are_learned_from_the_header(separators):
    (found,) = read_file(content=interchange(answer("PO1"), separators=separators).encode()).interchanges
    assert tuple(found.separators) == tuple(separators)
    assert [one.errors for _, one in sets_of(found)] == [()]


def test_line_ends_between_segments_and_unpadded_headers_are_read_too():
    text = interchange(answer("PO1")).replace("~", "~\r\n").replace("BERGMANN       ", "BERGMANN")
    (found,) = read_file(content=text.encode()).interchanges
    assert (found.sender, found.errors) == ("BERGMANN", ())
    assert next(one for _, one in sets_of(found)).segments[1].at(3) == "PO1"


def test_lines_that_end_segments_may_end_as_elsewhere():
    text = interchange(answer("PO1"), separators="*>\n").replace("\n", "\r\n")
    (found,) = read_file(content=text.encode()).interchanges
    assert (found.errors, found.separators.segment) == ((), "\n")


def test_one_broken_set_loses_only_itself():
    text = interchange(answer("A"), answer("B"), answer("C"), broken_sets=[2])
    (found,) = read_file(content=text.encode()).interchanges
    assert [one.errors for _, one in sets_of(found)] == [(), ("3",), ()]


@pytest.mark.parametrize(
    ("without", "errors"),
    [("SE*5*0002", [(), ("2",), ()]), ("ST*855*0002", [(), ()])],
)
def test_a_set_that_lacks_its_trailer_or_header_loses_no_other(without, errors):
    line = "PO1*1*5*EA***VP*MUG"
    text = interchange(answer("A", line), answer("B", line), answer("C", line)).replace(f"{without}~", "")
    (found,) = read_file(content=text.encode()).interchanges
    assert [one.errors for _, one in sets_of(found)] == errors
    assert [one.segments[1].at(3) for _, one in sets_of(found) if not one.errors] == ["A", "C"]


@given(length=st.integers(min_value=106, max_value=399))
def test_a_cut_interchange_keeps_the_sets_that_are_whole(length):
    text = interchange(answer("A"), answer("B"), answer("C"))[:length]
    (found,) = read_file(content=text.encode()).interchanges
    whole = text.count("SE*4*")
    sound = [one for _, one in sets_of(found) if not one.errors]
    assert len(sound) in {whole, whole - 1}
    assert [one.segments[1].at(3) for one in sound] == ["A", "B", "C"][: len(sound)]


def test_garbage_between_interchanges_loses_neither():
    first = interchange(answer("A"), control_number=1)
    second = interchange(answer("B"), control_number=2)
    file = read_file(content=f"{first}ISA is no header, {second}".encode())
    assert [one.control_number for one in file.interchanges] == ["000000001", "000000002"]
    assert len(file.findings) == 1


def test_an_interchange_that_never_ends_does_not_swallow_the_next():
    cut = interchange(answer("A"), control_number=1).partition("GE*")[0]
    file = read_file(content=f"{cut}{interchange(answer('B'), control_number=2)}".encode())
    assert [one.errors for one in file.interchanges] == [("023",), ()]


@pytest.mark.parametrize("content", [b"", b"purchase_order_id,decision\n", b"ISA", b"ISA*00*", b"\xff\xfe\x00"])
def test_what_is_no_interchange_is_refused(content):
    with pytest.raises(X12Unreadable):
        read_file(content=content)


def test_separators_that_cannot_be_told_apart_are_refused():
    with pytest.raises(X12Unreadable, match="told apart"):
        read_file(content=interchange(answer("A")).replace("*P*>~", "*P***").encode())


def test_too_much_is_refused_or_cut(monkeypatch):
    with pytest.raises(X12Unreadable, match="are read"):
        read_file(content=b"I" * (BYTES_MAXIMUM + 1))
    monkeypatch.setattr(reading, "SEGMENTS_MAXIMUM", 12)
    text = "".join(interchange(answer(name), control_number=number) for number, name in enumerate("AB", start=1))
    first, second = read_file(content=text.encode()).interchanges
    assert (first.errors, second.errors) == ((), ("022", "023"))


def test_a_file_of_nothing_but_beginnings_is_given_up():
    with pytest.raises(X12Unreadable):
        read_file(content=b"ISA" * 1_000_000)


@given(content=st.binary(max_size=300), place=st.integers(0, 500))
@settings(max_examples=200, deadline=None)
def test_garbled_files_are_read_or_refused_but_never_break(content, place):
    text = interchange(answer("A"), answer("B")).encode()
    garbled = text[:place] + content + text[place + len(content) // 2 :]
    try:
        file = read_file(content=garbled)
    except X12Unreadable:
        return
    for one in file.interchanges:
        list(sets_of(one))
