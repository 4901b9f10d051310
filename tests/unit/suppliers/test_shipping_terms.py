"""Shipping terms: where goods go, when they arrive, and who may say so."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.kernel.context import Role
from openaisle.suppliers.model import SupplierMissing
from openaisle.suppliers.shipping_terms import (
    Origin,
    OwnStockRefused,
    Place,
    ShippingTerms,
    ShippingTermsInvalid,
    ShippingTermsMissing,
    ShippingZone,
    calendar_of,
    distance_of,
    zone_of,
)
from openaisle.suppliers.shipping_terms_routes import ShippingTermsBody, terms_of
from openaisle.suppliers.shipping_terms_use_cases import SupplierShippingTerms
from tests.factories.contexts import make_context
from tests.factories.suppliers import make_application
from tests.support.supplier_stage import SupplierStage

# A Monday.
MONDAY = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def terms(**given_) -> ShippingTerms:
    return ShippingTerms(**({"supplier_id": "sup_a"} | given_))


def place(country: str = "DE", *, region: str = "", postal_code: str = "28195") -> Place:
    return Place(country=country, region=region, postal_code=postal_code)


def test_an_address_belongs_to_the_zone_that_names_it_most_closely():
    country = ShippingZone(countries=("DE",), transit_days=3)
    region = ShippingZone(countries=("DE",), regions=("Bremen",), transit_days=2)
    near = ShippingZone(countries=("DE",), postal_prefixes=("28",), transit_days=1)
    stated = terms(zones=(country, region, near))
    assert zone_of(terms=stated, place=place()) is near
    assert zone_of(terms=stated, place=place(region="bremen ", postal_code="10115")) is region
    assert zone_of(terms=stated, place=place(postal_code="10115")) is country
    assert zone_of(terms=stated, place=place("FR")) is None


def test_an_excluded_place_is_not_shipped_to_although_a_zone_names_it():
    islands = ShippingZone(countries=("DE",), postal_prefixes=("27498", "26465"), transit_days=0)
    stated = terms(zones=(ShippingZone(countries=("DE",), transit_days=2),), excluded=(islands,))
    assert zone_of(terms=stated, place=place(postal_code="27498")) is None
    assert zone_of(terms=stated, place=place(postal_code="27499")) is not None


def test_postal_codes_are_compared_without_spaces_and_in_any_case():
    stated = terms(zones=(ShippingZone(countries=("GB",), postal_prefixes=("SW1A",), transit_days=1),))
    assert zone_of(terms=stated, place=place("GB", postal_code="sw1a 1aa")) is not None


@pytest.mark.parametrize(
    ("country", "postal_code", "distance"),
    [("DE", "28195", 1), ("DE", "28757", 2), ("DE", "20095", 3), ("DE", "80331", 4), ("FR", "28195", 8), ("DE", "", 0)],
)
def test_distance_grows_with_the_first_digits_that_differ(country, postal_code, distance):
    origin = Origin(country="DE", postal_code="28199")
    assert distance_of(origin=origin, place=place(country, postal_code=postal_code)) == distance


def test_an_order_after_the_cut_off_is_begun_on_the_next_working_day_of_the_supplier():
    stated = terms(cut_off="14:00", time_zone="Europe/Berlin")
    # 12:59 UTC is 13:59 in Berlin in November.
    early = calendar_of(terms=stated, at=MONDAY.replace(hour=12, minute=59), lead_time_days=1, transit_days=1)
    late = calendar_of(terms=stated, at=MONDAY.replace(hour=13), lead_time_days=1, transit_days=1)
    assert (early.begins_on, early.ships_on, early.delivered_on) == tuple(date(2026, 11, day) for day in (23, 24, 25))
    assert (late.begins_on, late.ships_on, late.delivered_on) == tuple(date(2026, 11, day) for day in (24, 25, 26))


def test_weekends_and_holidays_are_not_worked():
    stated = terms(holidays=("2026-11-30",), processing_days=2)
    friday = MONDAY + timedelta(days=4)
    found = calendar_of(terms=stated, at=friday, lead_time_days=1, transit_days=0)
    # Two working days from Friday: not Saturday, Sunday, nor the holiday on Monday.
    assert found.ships_on == date(2026, 12, 2)


@given(
    hours=st.integers(0, 24 * 400),
    lead=st.integers(0, 20),
    transit=st.integers(0, 20),
    working=st.sets(st.integers(1, 7), min_size=1),
    more=st.integers(1, 200),
)
def test_a_later_order_never_arrives_earlier_and_every_day_is_worked(hours, lead, transit, working, more):
    stated = terms(cut_off="15:00", working_days=tuple(sorted(working)))
    at = MONDAY + timedelta(hours=hours)
    found = calendar_of(terms=stated, at=at, lead_time_days=lead, transit_days=transit)
    assert found.begins_on <= found.ships_on <= found.delivered_on
    assert found.begins_on.isoweekday() in working
    assert found.ships_on.isoweekday() in working
    later = calendar_of(terms=stated, at=at + timedelta(hours=more), lead_time_days=lead, transit_days=transit)
    assert later.delivered_on >= found.delivered_on


def use_cases(stage: SupplierStage) -> SupplierShippingTerms:
    return SupplierShippingTerms(table=stage.table)


async def test_terms_are_kept_audited_and_found_by_the_allocation(stage: SupplierStage):
    supplier_id = await stage.applied(make_application())
    shipping_terms = use_cases(stage)
    with pytest.raises(ShippingTermsMissing):
        await shipping_terms.terms(supplier_id=supplier_id)
    assert await stage.queries.shipping_terms(supplier_id=supplier_id, at=stage.clock.now()) is None
    stated = terms(supplier_id=supplier_id, zones=(ShippingZone(countries=("DE",), transit_days=2),))
    context = make_context(at=stage.clock.now(), role=Role.SUPPLIER, subject_id=supplier_id)
    assert await shipping_terms.state(terms=stated, context=context) == stated
    assert await shipping_terms.state(terms=stated, context=context) == stated
    stage.clock.go_on(seconds=2)
    assert await stage.queries.shipping_terms(supplier_id=supplier_id, at=stage.clock.now()) == stated
    shown = await stage.queries.supplier(supplier_id=supplier_id, at=stage.clock.now())
    assert sum(entry.action == "shipping_terms_stated" for entry in shown.audit) == 1


async def test_only_the_operator_says_whose_stock_is_its_own(stage: SupplierStage):
    supplier_id = await stage.applied(make_application())
    shipping_terms = use_cases(stage)
    supplier = make_context(at=stage.clock.now(), role=Role.SUPPLIER, subject_id=supplier_id)
    operator = make_context(at=stage.clock.now(), role=Role.OPERATOR, subject_id="anna")
    stated = terms(supplier_id=supplier_id)
    with pytest.raises(OwnStockRefused):
        await shipping_terms.state(terms=stated, own_stock=True, context=supplier)
    assert (await shipping_terms.state(terms=stated, own_stock=True, context=operator)).own_stock
    changed = msgspec.structs.replace(stated, processing_days=1)
    assert (await shipping_terms.state(terms=changed, context=supplier)).own_stock


async def test_terms_of_nobody_or_of_no_time_zone_are_refused(stage: SupplierStage):
    operator = make_context(at=stage.clock.now(), role=Role.OPERATOR, subject_id="anna")
    with pytest.raises(SupplierMissing):
        await use_cases(stage).state(terms=terms(supplier_id="sup_nobody"), context=operator)
    wrong = terms(time_zone="Europe/Atlantis", working_days=(), holidays=("2026-02-30",))
    with pytest.raises(ShippingTermsInvalid) as refused:
        await use_cases(stage).state(terms=wrong, context=operator)
    assert [one.pointer for one in refused.value.findings] == ["/time_zone", "/working_days", "/holidays/0"]


def test_a_body_becomes_terms():
    body = msgspec.convert(
        {
            "zones": [{"countries": ["DE"], "transit_days": 2, "options": {"express": 1}}],
            "excluded": [{"countries": ["DE"], "postal_prefixes": ["27498"]}],
            "origins": {"default": {"country": "DE", "postal_code": "28199"}},
            "cut_off": "14:00",
            "own_stock": True,
        },
        ShippingTermsBody,
    )
    found = terms_of(body=body, supplier_id="sup_a")
    assert found.zones[0].options == {"express": 1}
    assert found.excluded[0].postal_prefixes == ("27498",)
    assert found.origins["default"].postal_code == "28199"
    assert not found.own_stock
