"""A supplier states its shipping terms in the portal, and sees each mistake beside its field."""

from __future__ import annotations

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.entrypoints.portal.shipping_terms_form import fields_of, mistakes_of, rows_of, stated_terms
from openaisle.kernel.context import Role
from openaisle.kernel.permissions import UserRole
from openaisle.suppliers.shipping_terms import (
    Origin,
    ShippingTerms,
    ShippingTermsInvalid,
    ShippingZone,
    require_valid_terms,
)
from openaisle.suppliers.shipping_terms_routes import terms_of

PAGE = "/shipping-terms"
STATED = {
    "zones-0-countries": "de, at",
    "zones-0-transit_days": "2",
    "zones-0-options": "express = 1, same_day=0",
    "zones-2-countries": "DE",
    "zones-2-postal_prefixes": "28, 27 5",
    "zones-2-transit_days": "1",
    "excluded-0-countries": "DE",
    "excluded-0-postal_prefixes": "27498",
    "origins-0-name": "default",
    "origins-0-country": "de",
    "origins-0-postal_code": "28199",
    "time_zone": "Europe/Berlin",
    "cut_off": "14:30",
    "working_days-1": "yes",
    "working_days-5": "yes",
    "delivery_days-6": "yes",
    "holidays": "2026-12-25\r\n2026-12-26",
    "processing_days": "1",
    "daily_capacity": "400",
    "age_check": "yes",
}

_countries = st.lists(st.text(string.ascii_uppercase, min_size=2, max_size=2), min_size=1, max_size=4).map(tuple)
_codes = st.lists(st.text(string.digits + string.ascii_letters, min_size=1, max_size=12), max_size=4).map(tuple)
_days = st.integers(0, 90)
_regions = st.lists(st.sampled_from(("Bayern", "Bozen, Südtirol", "New York")), max_size=2).map(tuple)
_weekdays = st.sets(st.integers(1, 7), min_size=1).map(lambda days: tuple(sorted(days)))


def _zones(*, excluded: bool) -> st.SearchStrategy[tuple[ShippingZone, ...]]:
    options = st.just({}) if excluded else st.dictionaries(st.sampled_from(("express", "same_day")), _days)
    one = st.builds(
        ShippingZone,
        countries=_countries,
        regions=_regions,
        postal_prefixes=_codes,
        transit_days=st.just(0) if excluded else _days,
        options=options,
    )
    return st.lists(one, max_size=3).map(tuple)


@given(
    st.builds(
        ShippingTerms,
        supplier_id=st.just("sup_1"),
        zones=_zones(excluded=False),
        excluded=_zones(excluded=True),
        origins=st.dictionaries(
            st.sampled_from(("default", "north shed")), st.just(Origin(country="DE", postal_code="28 199"))
        ),
        time_zone=st.sampled_from(("UTC", "America/New_York")),
        cut_off=st.sampled_from((None, "00:00", "23:59")),
        working_days=_weekdays,
        delivery_days=_weekdays,
        holidays=st.lists(st.dates().map(lambda day: day.isoformat()), max_size=3).map(tuple),
        processing_days=_days,
        daily_capacity=st.none() | st.integers(0, 9_999_999),
        hazardous_goods=st.booleans(),
        age_check=st.booleans(),
    )
)
def test_terms_that_are_shown_and_sent_back_are_the_same(terms: ShippingTerms) -> None:
    stated = stated_terms(fields=fields_of(terms=terms))
    assert stated.mistakes == {}
    assert stated.body is not None
    assert terms_of(body=stated.body, supplier_id="sup_1") == terms


async def test_terms_are_stated_and_read_again_and_keep_the_operators_mark(stage: Any) -> None:
    owner = await stage.signed_in()
    empty = (await owner.get(PAGE)).body.decode()
    assert "You have stated no terms yet" in empty
    assert 'aria-current="page">' in empty
    rooms = stage.marketplace.rooms
    marked = ShippingTerms(supplier_id=stage.supplier_id)
    await rooms.supplier_shipping_terms.state(terms=marked, own_stock=True, context=stage.context(role=Role.OPERATOR))
    saved = await owner.send(PAGE, STATED, page=PAGE)
    assert saved.headers["location"] == "/portal/shipping-terms?done=saved"
    kept = await rooms.supplier_shipping_terms.terms(supplier_id=stage.supplier_id)
    assert kept == ShippingTerms(
        supplier_id=stage.supplier_id,
        zones=(
            ShippingZone(countries=("DE", "AT"), transit_days=2, options={"express": 1, "same_day": 0}),
            ShippingZone(countries=("DE",), postal_prefixes=("28", "27 5"), transit_days=1),
        ),
        excluded=(ShippingZone(countries=("DE",), postal_prefixes=("27498",), transit_days=0),),
        origins={"default": Origin(country="DE", postal_code="28199")},
        time_zone="Europe/Berlin",
        cut_off="14:30",
        working_days=(1, 5),
        delivery_days=(6,),
        holidays=("2026-12-25", "2026-12-26"),
        processing_days=1,
        daily_capacity=400,
        hazardous_goods=False,
        age_check=True,
        own_stock=True,
    )
    page = (await owner.get(PAGE)).body.decode()
    assert 'value="express = 1, same_day = 0"' in page
    assert "marked your stock as its own" in page


async def test_each_mistake_stands_beside_its_field_and_nothing_is_kept(stage: Any) -> None:
    owner = await stage.signed_in()
    wrong = {
        **STATED,
        "zones-0-countries": "Germany <b>",
        "zones-0-transit_days": "soon",
        "zones-2-options": "express",
        "origins-0-postal_code": "",
        "cut_off": "25:00",
        "daily_capacity": "-1",
    }
    refused = await owner.send(PAGE, wrong, page=PAGE)
    assert refused.status == 422
    page = refused.body.decode()
    for name in ("zones-0-countries", "zones-0-transit_days", "zones-2-options", "origins-0-postal_code", "cut_off"):
        assert f'id="{name}-mistake"' in page, name
    assert 'id="daily_capacity-mistake"' in page
    assert 'value="Germany &lt;b&gt;"' in page
    assert "You have stated no terms yet" in page


async def test_what_only_the_whole_shows_stands_beside_its_field_too(stage: Any) -> None:
    owner = await stage.signed_in()
    wrong = {"time_zone": "Mars/Olympus", "excluded-0-countries": "DE", "holidays": "2026-02-31"}
    refused = await owner.send(PAGE, wrong, page=PAGE)
    assert refused.status == 422
    page = refused.body.decode()
    for name in ("time_zone", "excluded-0-countries", "holidays", "working_days", "delivery_days"):
        assert f'id="{name}-mistake"' in page, name


async def test_who_only_reads_sees_the_terms_and_states_none(stage: Any) -> None:
    owner = await stage.signed_in()
    assert (await owner.send(PAGE, STATED, page=PAGE)).status == 303
    reader = await stage.signed_in(email="reads@supplier.example", role=UserRole.READ_ONLY)
    page = (await reader.get(PAGE)).body.decode()
    assert "postal codes 28, 27 5" in page
    assert '<form method="post" action="/portal/shipping-terms"' not in page
    assert (await reader.post(PAGE, STATED, token="x")).status == 403


def test_there_is_always_an_empty_row_until_the_most_are_filled() -> None:
    assert len(rows_of(fields={}, kind="zones")) == 2
    assert len(rows_of(fields={"zones-3-countries": "DE"}, kind="zones")) == 6
    assert len(rows_of(fields={"excluded-19-countries": "DE"}, kind="excluded")) == 20


def test_what_the_room_finds_is_told_by_field() -> None:
    with pytest.raises(ShippingTermsInvalid) as refused:
        require_valid_terms(terms=ShippingTerms(supplier_id="s", holidays=("x", "y"), time_zone="Z"))
    mistakes = mistakes_of(refused=refused.value)
    assert set(mistakes) == {"time_zone", "holidays"}
    assert "'x'" in mistakes["holidays"]
    assert "'y'" in mistakes["holidays"]
