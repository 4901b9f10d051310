"""Tracking numbers: the samples that carriers publish are verified, and what cannot be theirs is found out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.orders.shipping import check_digits
from openaisle.orders.shipping.carriers import CARRIERS, carrier_named, normalized, tracking_state, tracking_url
from openaisle.orders.shipping.model import TrackingState

VERIFIED = [
    ("UPS", "1Z5R89390357567127"),
    ("UPS", "1Z879E930346834440"),
    ("UPS", "1ZXX3150YW44070023"),
    ("ups", " 1 Z 8 V 9 2 A 7 0 3 6 7 2 0 3 0 2 4 "),
    ("UPS", "K1506235620"),
    ("FedEx", "986578788855"),
    ("FedEx Ground", "0414 4176 0228 964"),
    ("FedEx", "9611020987654312345672"),
    ("FedEx", "61299998820821171811"),
    ("FedEx", "1001921334250001000300779017972697"),
    ("USPS", "0307 1790 0005 2348 3741"),
    ("USPS", "7196 9010 7560 0307 7385"),
    ("USPS", "9400 1112 0108 0805 4830 16"),
    ("USPS", "420 22153 9101026837331000039521"),
    ("USPS", "4201002334249200190132607600833457"),
    ("USPS", "RB123456785US"),
    ("DHL Express", "3318810025"),
    ("DHL Express", "73891051146"),
    ("DHL Paket", "00340433836442636597"),
    ("DHL", "563102430313"),
    ("Royal Mail", "RB123456785GB"),
    ("DPD", "09 9800 0002 0033 F"),
    ("DPD", "0081827099800000200 45 327 276 N"),
    ("Hermes", "09133131530724"),
    ("Canada Post", "0073938000549297"),
    ("OnTrac", "C11031500001879"),
    ("OnTrac", "D10011354453707"),
]
INVALID = [
    ("UPS", "1Z1111111111111111"),
    ("UPS", "2Z5R89390357567127"),
    ("FedEx", "996578788855"),
    ("FedEx", "568283610012732"),
    ("USPS", "0307 1790 0005 2348 3742"),
    ("USPS", "9101 1234 5678 9000 0000 14"),
    ("DHL Express", "3318810010"),
    ("DHL Paket", "00340433836442636598"),
    ("Royal Mail", "RB123456786GB"),
    ("Royal Mail", "RB123456785US"),
    ("DPD", "09980000020033D"),
    ("Canada Post", "0073938000549292"),
    ("OnTrac", "C11031500001889"),
    ("GLS", "123456789012"),
]
UNVERIFIED = [
    ("DHL", "GM2951173225174494"),
    ("DHL Express", "JJD0099999999"),
    ("GLS", "XHAX4HDA"),
    ("Amazon Logistics", "TBA123456789012"),
    ("Our own van", "TOUR-7"),
]


@pytest.mark.parametrize(("carrier", "number"), VERIFIED)
def test_numbers_that_carriers_publish_are_verified_and_can_be_followed(carrier: str, number: str) -> None:
    assert tracking_state(carrier=carrier, tracking_number=number) is TrackingState.VERIFIED
    url = tracking_url(carrier=carrier, tracking_number=number)
    assert url is not None
    assert url.startswith("https://")
    assert normalized(tracking_number=number) in url


@pytest.mark.parametrize(("carrier", "number"), INVALID)
def test_numbers_that_cannot_be_the_carriers_are_invalid_and_lead_nowhere(carrier: str, number: str) -> None:
    assert tracking_state(carrier=carrier, tracking_number=number) is TrackingState.INVALID
    assert tracking_url(carrier=carrier, tracking_number=number) is None


@pytest.mark.parametrize(("carrier", "number"), UNVERIFIED)
def test_what_has_no_check_digit_or_no_known_carrier_stays_unverified(carrier: str, number: str) -> None:
    assert tracking_state(carrier=carrier, tracking_number=number) is TrackingState.UNVERIFIED


def test_no_number_is_missing() -> None:
    assert tracking_state(carrier="UPS", tracking_number=" - ") is TrackingState.MISSING


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("UPS Ground", "ups"),
        ("DHL Express Worldwide", "dhl_express"),
        ("DHL", "dhl"),
        ("D.H.L.", None),
        ("FedEx-Home Delivery", "fedex"),
        ("royal_mail", "royal_mail"),
        ("Upsala Post", None),
        ("", None),
    ],
)
def test_a_carrier_is_known_by_its_names_with_and_without_a_service(name: str, key: str | None) -> None:
    found = carrier_named(name=name)
    assert (None if found is None else found.key) == key


@given(payload=st.text("0123456789", min_size=11, max_size=25), position=st.integers(0, 24), digit=st.integers(0, 9))
def test_a_single_wrong_digit_is_found_by_the_rules_that_promise_it(payload: str, position: int, digit: int) -> None:
    position %= len(payload)
    other = payload[:position] + str(digit) + payload[position + 1 :]
    for rule in (check_digits.gs1, check_digits.gls, check_digits.dpd):
        assert (rule(payload) == rule(other)) is (payload == other)


@given(carrier=st.sampled_from([one.name for one in CARRIERS]), number=st.text(max_size=60))
def test_whatever_is_told_gets_a_state(carrier: str, number: str) -> None:
    state = tracking_state(carrier=carrier, tracking_number=number)
    assert (state is TrackingState.MISSING) is (not normalized(tracking_number=number))


@given(carrier=st.text(max_size=100), number=st.text("0123456789ABCDEFZ ", max_size=40))
def test_whatever_carrier_is_named_gets_a_state(carrier: str, number: str) -> None:
    assert tracking_state(carrier=carrier, tracking_number=number) in set(TrackingState)
