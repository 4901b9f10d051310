from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.catalog.model import ProductState
from openaisle.inventory.model import (
    NotSellableReason,
    QuantityInvalid,
    decide_on_hand,
    new_stock_level,
    reasons_against_selling,
)
from openaisle.offers.model import OfferState
from tests.factories.inventory import stock_level
from tests.factories.offers import AT, offer


def test_a_number_below_what_is_reserved_is_stored_as_reserved_and_says_so():
    decision = decide_on_hand(stock=stock_level(on_hand=10, reserved=6), on_hand=4, at=AT)
    assert (decision.stock.on_hand, decision.stock.reserved, decision.stock.available) == (6, 6, 0)
    assert [finding.code for finding in decision.findings] == ["on_hand_below_reserved"]


@given(
    on_hand=st.integers(0, 10**9), reserved=st.integers(0, 10**9), told=st.integers(min_value=-(2**70), max_value=2**70)
)
def test_whatever_is_told_the_stock_invariant_holds(on_hand, reserved, told):
    stock = stock_level(on_hand=max(on_hand, reserved), reserved=reserved)
    if not 0 <= told <= 10**9:
        with pytest.raises(QuantityInvalid):
            decide_on_hand(stock=stock, on_hand=told, at=AT)
        return
    decided = decide_on_hand(stock=stock, on_hand=told, at=AT).stock
    assert 0 <= decided.reserved <= decided.on_hand
    assert decided.available == decided.on_hand - decided.reserved
    assert decided.reserved == reserved


def test_a_negative_first_stock_level_is_refused():
    of = offer()
    with pytest.raises(QuantityInvalid):
        new_stock_level(
            offer_id=of.offer_id,
            supplier_id=of.supplier_id,
            product_id=of.product_id,
            location="default",
            on_hand=-1,
            at=AT,
        )


@pytest.mark.parametrize(
    ("state", "active", "product_state", "on_hand", "reasons"),
    [
        (OfferState.ACTIVE, True, ProductState.ACTIVE, 1, ()),
        (OfferState.PAUSED, True, ProductState.ACTIVE, 1, (NotSellableReason.OFFER_PAUSED,)),
        (OfferState.WITHDRAWN, True, ProductState.ACTIVE, 1, (NotSellableReason.OFFER_WITHDRAWN,)),
        (OfferState.ACTIVE, False, ProductState.ACTIVE, 1, (NotSellableReason.SUPPLIER_NOT_ACTIVE,)),
        (OfferState.ACTIVE, True, ProductState.WITHDRAWN, 1, (NotSellableReason.PRODUCT_NOT_ACTIVE,)),
        (OfferState.ACTIVE, True, ProductState.ACTIVE, 0, (NotSellableReason.NO_STOCK,)),
    ],
)
def test_every_reason_against_selling_is_named(state, active, product_state, on_hand, reasons):
    found = reasons_against_selling(
        offer=offer(state=state),
        stock=(stock_level(on_hand=on_hand),),
        supplier_active=active,
        product_state=product_state,
    )
    assert found == reasons
