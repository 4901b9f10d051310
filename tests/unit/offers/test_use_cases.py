from __future__ import annotations

import itertools

import pytest

from openaisle.catalog.model import ProductState
from openaisle.kernel.context import Role
from openaisle.offers.events import OfferStateChanged
from openaisle.offers.model import OFFER_TRANSITIONS, OfferState, OfferTransitionRefused, OfferUnknown
from openaisle.offers.queries import OfferQueries
from openaisle.offers.repository import OFFERS
from openaisle.offers.use_cases import OfferUseCases
from tests.factories.inventory import context
from tests.factories.offers import offer


async def kept(table, *offers):
    await table.commit(writes=[OFFERS.create(one) for one in offers], context=context())
    return OfferUseCases(table=table, queries=OfferQueries(table=table))


@pytest.mark.parametrize(("source", "target"), list(itertools.product(OfferState, OfferState)))
async def test_only_listed_transitions_happen(table, source, target):
    use_cases = await kept(table, offer(state=source))
    offer_id = offer().offer_id
    if source is target or target in OFFER_TRANSITIONS[source]:
        changed = await use_cases.set_state(offer_id=offer_id, state=target, context=context())
        assert changed.state is target
    else:
        with pytest.raises(OfferTransitionRefused):
            await use_cases.set_state(offer_id=offer_id, state=target, context=context())
    found = await OfferQueries(table=table).offer(offer_id=offer_id)
    assert found.version == (2 if source is not target and target in OFFER_TRANSITIONS[source] else 1)


async def test_a_supplier_cannot_pause_the_offer_of_another(table):
    use_cases = await kept(table, offer())
    with pytest.raises(OfferUnknown):
        await use_cases.set_state(
            offer_id=offer().offer_id, state=OfferState.PAUSED, context=context(subject_id="sup_other")
        )
    operator = context(role=Role.OPERATOR, subject_id="ada")
    changed = await use_cases.set_state(offer_id=offer().offer_id, state=OfferState.PAUSED, context=operator)
    assert changed.state is OfferState.PAUSED


async def test_a_changed_state_is_told(table):
    use_cases = await kept(table, offer())
    await use_cases.set_state(offer_id=offer().offer_id, state=OfferState.PAUSED, context=context())
    changes = await table.read(after=0, limit=10)
    assert [event.type for event in changes[-1].events] == [OfferStateChanged.TYPE]


async def test_every_offer_of_a_product_learns_its_state(table):
    offers = [offer(supplier_id=f"sup_{number}", product_id="prd_1") for number in range(5)]
    other = offer(product_id="prd_2")
    use_cases = await kept(table, *offers, other)
    for _ in range(2):
        await use_cases.follow_product(
            product_id="prd_1", product_state=ProductState.WITHDRAWN, context=context(role=Role.SYSTEM)
        )
    found = await OfferQueries(table=table).offers_of(offer_ids=[one.offer_id for one in (*offers, other)])
    assert [one.record.product_state for one in found.values()] == [*[ProductState.WITHDRAWN] * 5, ProductState.ACTIVE]
    assert {one.version for one in found.values()} == {1, 2}


async def test_an_unknown_offer_is_named(table):
    with pytest.raises(OfferUnknown):
        await OfferQueries(table=table).offer(offer_id="off_unknown")
