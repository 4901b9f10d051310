"""Who may fill a line at all, and what is to be expected of whoever may. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

import msgspec

from openaisle.inventory.model import NotSellableReason, OfferWithStock
from openaisle.orders.allocating.model import Prospect, Verdict
from openaisle.orders.allocating.policy import AllocationPolicy
from openaisle.orders.allocating.request import AllocationRequest
from openaisle.suppliers.shipping_terms import Place, ShippingTerms, calendar_of, distance_of, zone_of

_NOBODY: frozenset[str] = frozenset()


class SupplierFacts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is known of a supplier when an order is allocated.

    ``terms`` are None where it stated none; ``scorecard`` is None where too little is known of it. ``capacity_left``
    tells by day (``2026-11-30``) how many purchase orders more it takes, for days on which it took some.
    """

    terms: ShippingTerms | None = None
    scorecard: int | None = None
    share_permille: int = 0
    capacity_left: Mapping[str, int] = {}


UNKNOWN_SUPPLIER = SupplierFacts()


class Expectation(NamedTuple):
    """When a supplier without regard to its offer's price would deliver: a prospect by location needs no more."""

    begins_on: str
    delivered_on: str
    days: int


class Eligibility:
    """Judges the candidates of one order."""

    def __init__(
        self,
        *,
        request: AllocationRequest,
        facts: Mapping[str, SupplierFacts],
        excluded: Mapping[int, frozenset[str]],
        policy: AllocationPolicy,
    ) -> None:
        """Take the order, what is known of its suppliers, and the offers that refused a line before."""
        self._request = request
        self._facts = facts
        self._excluded = excluded
        self._policy = policy
        there = request.destination
        self._place = None if there is None else Place(there.country, there.region or "", there.postal_code)
        self._expectations: dict[tuple[str, int], Expectation | Verdict] = {}

    def judged(self, *, line_number: int, candidate: OfferWithStock) -> Expectation | Verdict:
        """Return why the candidate may not fill the line, or when it would deliver if it may."""
        if candidate.reasons:
            return _VERDICTS[candidate.reasons[0]]
        offer = candidate.offer
        if offer.currency != self._request.currency:
            return Verdict.CURRENCY_DIFFERS
        if offer.offer_id in self._excluded.get(line_number, _NOBODY):
            return Verdict.REFUSED_BEFORE
        if offer.hazardous or offer.minimum_age:
            restricted = self._restricted(candidate=candidate)
            if restricted is not None:
                return restricted
        return self.expected(candidate=candidate)

    def expected(self, *, candidate: OfferWithStock) -> Expectation | Verdict:
        """Return when the candidate would deliver, or why it cannot."""
        offer = candidate.offer
        key = (offer.supplier_id, offer.lead_time_days)
        found = self._expectations.get(key)
        if found is None:
            facts = self._facts_of(offer.supplier_id)
            found = self._expected(facts=facts, lead_time_days=offer.lead_time_days)
            self._expectations[key] = found
        return found

    def prospect(self, *, candidate: OfferWithStock, location: str, days: int) -> Prospect:
        """Return what is to be expected of a candidate that ships from ``location`` and takes so many ``days``."""
        offer = candidate.offer
        facts = self._facts_of(offer.supplier_id)
        terms = facts.terms
        zone = 0
        if terms is not None and self._place is not None:
            zone = distance_of(origin=terms.origins.get(location), place=self._place)
        return Prospect(
            price_minor=offer.price_minor,
            days=days,
            zone=zone,
            scorecard=self._policy.scorecard_unknown if facts.scorecard is None else facts.scorecard,
            share_permille=facts.share_permille,
            own_stock=terms is not None and terms.own_stock,
        )

    def has_capacity(self, *, supplier_id: str) -> bool:
        """Return whether the supplier's purchase orders of a day are counted."""
        terms = self._facts_of(supplier_id).terms
        return terms is not None and terms.daily_capacity is not None

    def _restricted(self, *, candidate: OfferWithStock) -> Verdict | None:
        offer = candidate.offer
        terms = self._facts_of(offer.supplier_id).terms
        if offer.hazardous and terms is not None and not terms.hazardous_goods:
            return Verdict.HAZARDOUS_GOODS_REFUSED
        if offer.minimum_age and not self._age_is_proven(minimum_age=offer.minimum_age, terms=terms):
            return Verdict.AGE_NOT_PROVEN
        return None

    def _facts_of(self, supplier_id: str) -> SupplierFacts:
        return self._facts.get(supplier_id, UNKNOWN_SUPPLIER)

    def _age_is_proven(self, *, minimum_age: int, terms: ShippingTerms | None) -> bool:
        if self._request.shopper_age is not None:
            return self._request.shopper_age >= minimum_age
        return terms is not None and terms.age_check

    def _expected(self, *, facts: SupplierFacts, lead_time_days: int) -> Expectation | Verdict:
        request, terms = self._request, facts.terms
        option = request.shipping_option
        transit_days = self._policy.transit_days_of(shipping_option=option)
        if terms is None:
            today = request.at.date()
            return self._timely(begins_on=today, delivered_on=today + timedelta(days=lead_time_days + transit_days))
        if terms.zones and self._place is not None:
            zone = zone_of(terms=terms, place=self._place)
            if zone is None:
                return Verdict.SHIPS_NOT_THERE
            if option in zone.options:
                transit_days = zone.options[option]
            elif option and zone.options:
                return Verdict.SHIPPING_OPTION_MISSING
            else:
                transit_days = zone.transit_days
        days = calendar_of(terms=terms, at=request.at, lead_time_days=lead_time_days, transit_days=transit_days)
        if terms.daily_capacity is not None:
            left = facts.capacity_left.get(days.begins_on.isoformat(), terms.daily_capacity)
            if left <= 0:
                return Verdict.CAPACITY_REACHED
        return self._timely(begins_on=days.begins_on, delivered_on=days.delivered_on)

    def _timely(self, *, begins_on: date, delivered_on: date) -> Expectation | Verdict:
        arrives = delivered_on.isoformat()
        if self._request.not_after is not None and arrives > self._request.not_after:
            return Verdict.ARRIVES_TOO_LATE
        # Whoever is early can wait with the parcel.
        promised = max(arrives, self._request.not_before or arrives)
        days = max(0, (date.fromisoformat(promised) - self._request.at.date()).days)
        return Expectation(begins_on.isoformat(), promised, days)


_VERDICTS = {
    NotSellableReason.OFFER_PAUSED: Verdict.OFFER_PAUSED,
    NotSellableReason.OFFER_WITHDRAWN: Verdict.OFFER_WITHDRAWN,
    NotSellableReason.SUPPLIER_NOT_ACTIVE: Verdict.SUPPLIER_NOT_ACTIVE,
    NotSellableReason.PRODUCT_NOT_ACTIVE: Verdict.PRODUCT_NOT_ACTIVE,
    NotSellableReason.NO_STOCK: Verdict.NO_STOCK,
}
