from __future__ import annotations

import msgspec
import pytest

from openaisle.orders.edi.dictionary import SETS
from openaisle.orders.edi.envelope import ControlNumbers, interchange_text
from openaisle.orders.edi.functional import functional_acknowledgment, read_functional_acknowledgment
from openaisle.orders.edi.interchange import read_file
from openaisle.orders.edi.validation import report_on
from tests.factories.contexts import NOON
from tests.factories.x12 import STANDARD, answer, interchange, invoice, ship_notice, stock_report


def told(*sets, **given) -> list[str]:
    """The segments of the 997 that answers a group of these sets."""
    (found,) = read_file(content=interchange(*sets, **given).encode()).interchanges
    (group,) = found.groups
    reports = [report_on(one) for one in group.sets]
    made = functional_acknowledgment(group=group, reports=reports)
    return ["*".join((one.tag, *one.elements)) for one in made.body]


def test_what_is_sound_is_accepted():
    assert told(answer("A"), answer("B"), control_number=42) == [
        "AK1*PR*42", "AK2*855*0001", "AK5*A", "AK2*855*0002", "AK5*A", "AK9*A*2*2*2",
    ]  # fmt: skip


def test_each_segment_and_element_in_error_is_named():
    bad = ("855", ["BAK*00*AC**20261332", "PO1*1*x*EA", f"PO1*{'9' * 21}*1*EA"])
    assert told(bad) == [
        "AK1*PR*1",
        "AK2*855*0001",
        "AK3*BAK*2**8", "AK4*3*324*1", "AK4*4*373*8*20261332",
        "AK3*PO1*3**8", "AK4*2*330*6*x",
        "AK3*PO1*4**8", f"AK4*1*350*5*{'9' * 21}",
        "AK5*R*5",
        "AK9*R*1*1*0",
    ]  # fmt: skip


def test_a_missing_segment_is_named_and_rejects_its_set_alone():
    segments = told(("810", ["BIG*20261124*INV-1**A"]), invoice("A", "IT1*1*1*EA*1.00**VP*MUG", total=100))
    assert "AK3*IT1*3**3" in segments
    assert "AK3*TDS*3**3" in segments
    assert [one for one in segments if one.startswith("AK5")] == ["AK5*R*5", "AK5*A"]
    assert segments[-1] == "AK9*P*2*2*1"


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        (("SE*4*0001", "SE*9*0001"), "AK5*E*4"),
        (("SE*4*0001", "SE*4*0009"), "AK5*R*3"),
        (("SE*4*0001~", ""), "AK5*R*2"),
        (("ST*855*0001", "ST*999*0001"), "AK5*R*1"),
        (("ST*855*0001", "ST*850*0001"), "AK5*R*1"),
        (("ST*855*0001", "ST**0001"), "AK5*R*6*1"),
    ],
)
def test_faults_of_a_sets_envelope_have_their_codes(change, verdict):
    (found,) = read_file(content=interchange(answer("A")).replace(*change).encode()).interchanges
    report = report_on(found.groups[0].sets[0])
    assert "*".join(("AK5", report.verdict, *report.errors)) == verdict


def test_two_sets_of_one_number_cannot_both_be_meant():
    text = interchange(answer("A"), answer("B")).replace("0002", "0001")
    (found,) = read_file(content=text.encode()).interchanges
    assert [report_on(one).errors for one in found.groups[0].sets] == [(), ("23",)]


def test_a_value_that_is_too_long_is_told_and_read_all_the_same():
    (found,) = read_file(content=interchange(answer("A", f"PO1*{'9' * 21}*1*EA")).encode()).interchanges
    assert report_on(found.groups[0].sets[0]).verdict == "E"


@pytest.mark.parametrize(
    "one",
    [
        answer("A", "PO1*1*5*EA*9.99**VP*MUG-1", "ACK*IA*5*EA*068*20261130"),
        ship_notice("A", ("MUG-1", 2)),
        stock_report(("MUG-1", "7"), location="BREMEN"),
        invoice("A", "IT1*1*2*EA*9.99**VP*MUG-1", total=1998),
        ("997", ["AK1*PO*1", "AK2*850*0001", "AK3*PO1*3**8", "AK4*2*330*6", "AK5*R*5", "AK9*R*1*1*0"]),
    ],
)
def test_documents_as_partners_write_them_keep_the_rules(one):
    (found,) = read_file(content=interchange(one).encode()).interchanges
    assert report_on(found.groups[0].sets[0]).verdict == "A"


def test_our_997_is_read_as_what_it_said():
    (found,) = read_file(
        content=interchange(answer("A"), ("855", ["BAK*00*AC*B"]), control_number=42).encode()
    ).interchanges
    reports = [report_on(one) for one in found.groups[0].sets]
    made = functional_acknowledgment(group=found.groups[0], reports=reports)
    numbers = ControlNumbers(interchange=1, group=1)
    text = interchange_text(settings=STANDARD, numbers=numbers, sets=[made], at=NOON)
    (back,) = read_file(content=text.encode()).interchanges
    (one,) = back.groups[0].sets
    assert report_on(one).verdict == "A"

    verdict = read_functional_acknowledgment(one)

    assert verdict is not None
    assert (verdict.functional_identifier, verdict.control_number, verdict.verdict) == ("PR", 42, "P")
    assert [(each.control_number, each.verdict) for each in verdict.sets] == [("0001", "A"), ("0002", "R")]
    assert verdict.sets[1].notes == ("codes 5", "segment BAK at 2: code 8, element 4: code 1")


def test_what_need_not_be_there_loses_nothing_else():
    (found,) = read_file(content=interchange(stock_report(("A", "7"), ("B", "no"))).encode()).interchanges
    report = report_on(found.groups[0].sets[0])
    assert (report.verdict, [one.position for one in report.segments]) == ("E", [6])


def test_errors_are_bounded():
    (found,) = read_file(content=interchange(answer("A", *["PO1*1*x*EA"] * 500)).encode()).interchanges
    assert len(report_on(found.groups[0].sets[0]).segments) == 100


def test_every_rule_is_one_that_can_be_kept():
    for one in SETS.values():
        for segment in one.segments:
            positions = [element.position for element in segment.elements]
            assert positions == sorted(set(positions)), (one.code, segment.tag)
            assert all(element.minimum <= element.maximum for element in segment.elements)
            assert msgspec.json.encode(segment)
