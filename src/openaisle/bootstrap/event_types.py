"""The events of all rooms: known once their modules are loaded, and webhook endpoints may ask for any of them."""

from __future__ import annotations

from collections.abc import Iterator

from openaisle.access import events as access_events
from openaisle.catalog import events as catalog_events
from openaisle.catalog.merging import events as merging_events
from openaisle.catalog.pictures import events as pictures_events
from openaisle.catalog.schemas import events as schemas_events
from openaisle.catalog.taxonomy import events as taxonomy_events
from openaisle.duties import events as duties_events
from openaisle.feeds import events as feeds_events
from openaisle.feeds.doubts import events as feed_doubts_events
from openaisle.feeds.mapping import events as feed_mapping_events
from openaisle.incidents import events as incidents_events
from openaisle.inventory.reservations import events as reservation_events
from openaisle.kernel.records import Event
from openaisle.mail import events as mail_events
from openaisle.offers import events as offers_events
from openaisle.orders import events as orders_events
from openaisle.orders.arriving import events as order_arrival_events
from openaisle.orders.caring import events as order_care_events
from openaisle.orders.channels import events as channel_events
from openaisle.orders.edi import events as edi_events
from openaisle.publishing import events as publishing_events
from openaisle.returns import events as returns_events
from openaisle.reviews import events as reviews_events
from openaisle.reviews.rules import events as review_rules_events
from openaisle.scorecards import events as scorecards_events
from openaisle.suppliers import events as suppliers_events
from openaisle.suppliers.terms import events as terms_events
from openaisle.webhooks import events as webhooks_events

# An event is known once its module is loaded; webhook endpoints may ask for any of them.
EVENT_MODULES = (
    access_events,
    catalog_events,
    channel_events,
    duties_events,
    edi_events,
    feed_doubts_events,
    feed_mapping_events,
    feeds_events,
    mail_events,
    merging_events,
    offers_events,
    order_arrival_events,
    order_care_events,
    orders_events,
    pictures_events,
    publishing_events,
    reservation_events,
    review_rules_events,
    reviews_events,
    schemas_events,
    incidents_events,
    returns_events,
    scorecards_events,
    suppliers_events,
    taxonomy_events,
    terms_events,
    webhooks_events,
)


def every_event() -> tuple[type[Event], ...]:
    """Return every event that the rooms state."""
    return tuple(event for event in _every_event(Event) if event.TYPE and event.__module__.startswith("openaisle."))


def event_types() -> frozenset[str]:
    """Return the type of every event that the rooms state."""
    return frozenset(event.TYPE for event in every_event())


def _every_event(base: type[Event]) -> Iterator[type[Event]]:
    for event in base.__subclasses__():
        yield event
        yield from _every_event(event)
