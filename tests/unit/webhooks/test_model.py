"""Decisions about endpoints and deliveries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.kernel.context import Context
from openaisle.kernel.records import EVERY_STOREFRONT
from openaisle.webhooks.model import (
    ALL_EVENTS,
    GIVES_UP_AFTER,
    MAXIMUM_ENDPOINTS_PER_OWNER,
    Delivery,
    EndpointState,
    EndpointTransitionRefused,
    EventTypeUnknown,
    Place,
    TooManyEndpoints,
    WebhookEndpoint,
    after_delivered,
    after_failed,
    decide_new_secret,
    decide_registered,
    decide_state,
    due_at,
    gives_up,
    require_known_types,
    valid_secrets,
)
from tests.factories.contexts import NOON
from tests.factories.webhooks import URL, operator, storefront


def registered(*, context: Context | None = None, endpoint_count: int = 0) -> tuple[WebhookEndpoint, Delivery]:
    return decide_registered(
        endpoint_id="whk_1",
        url=URL,
        event_types=["parcel.sent", "parcel.packed", "parcel.sent"],
        batch_size=10,
        sealed_secret="sealed",
        place=Place(7, ALL_EVENTS),
        endpoint_count=endpoint_count,
        context=context or storefront(),
    )


def failed(delivery: Delivery, *, seconds: float = 0, asked: float | None = None) -> Delivery:
    return after_failed(
        delivery=delivery,
        active_since=NOON,
        reason="status 503",
        retry_after_seconds=asked,
        at=NOON + timedelta(seconds=seconds),
    )


def test_a_storefront_sees_its_own_events_and_no_others():
    endpoint, _ = registered(context=storefront("web"))
    assert endpoint.may_see(storefront_id="web")
    assert not endpoint.may_see(storefront_id="other")
    assert not endpoint.may_see(storefront_id=None)
    assert endpoint.may_see(storefront_id=EVERY_STOREFRONT)


def test_the_operator_sees_all_events():
    endpoint, _ = registered(context=operator())
    assert endpoint.may_see(storefront_id="web")
    assert endpoint.may_see(storefront_id=None)


def test_an_endpoint_gets_the_types_it_asked_for_and_all_when_it_named_none():
    endpoint, _ = registered()
    assert endpoint.wants(event_type="parcel.sent")
    assert not endpoint.wants(event_type="order.placed")


def test_nobody_has_endpoints_without_end():
    with pytest.raises(TooManyEndpoints):
        registered(endpoint_count=MAXIMUM_ENDPOINTS_PER_OWNER)


def test_an_event_type_that_does_not_exist_is_named_with_its_place():
    with pytest.raises(EventTypeUnknown) as caught:
        require_known_types(event_types=["order.placed", "order.palced"], known=frozenset({"order.placed"}))
    assert [finding.pointer for finding in caught.value.findings] == ["/event_types/1"]


def test_pausing_keeps_the_reason_and_resuming_clears_it():
    endpoint, _ = registered()
    paused = decide_state(endpoint=endpoint, state=EndpointState.PAUSED, reason="moving", at=NOON)
    assert (paused.state, paused.reason) == (EndpointState.PAUSED, "moving")
    later = NOON + timedelta(hours=1)
    resumed = decide_state(endpoint=paused, state=EndpointState.ACTIVE, reason="", at=later)
    assert (resumed.state, resumed.reason, resumed.active_since) == (EndpointState.ACTIVE, "", later)


@pytest.mark.parametrize("state", list(EndpointState))
def test_a_state_is_not_entered_twice(state: EndpointState):
    endpoint, _ = registered()
    if state is EndpointState.PAUSED:
        endpoint = decide_state(endpoint=endpoint, state=state, reason="", at=NOON)
    with pytest.raises(EndpointTransitionRefused):
        decide_state(endpoint=endpoint, state=state, reason="", at=NOON)


def test_after_a_change_of_secret_both_sign_for_a_day():
    endpoint, _ = registered()
    changed = decide_new_secret(endpoint=endpoint, sealed_secret="newer", at=NOON)
    changed = decide_new_secret(endpoint=changed, sealed_secret="newest", at=NOON)
    within = valid_secrets(endpoint=changed, at=NOON + timedelta(hours=23))
    assert [secret.ciphertext for secret in within] == ["newest", "newer"]
    after = valid_secrets(endpoint=changed, at=NOON + timedelta(hours=24))
    assert [secret.ciphertext for secret in after] == ["newest"]


def test_pauses_grow_to_an_hour():
    _, delivery = registered()
    pauses = []
    for _ in range(10):
        delivery = failed(delivery)
        assert delivery.next_attempt_at is not None
        pauses.append((delivery.next_attempt_at - NOON).total_seconds())
    assert pauses == [2, 5, 15, 60, 300, 900, 1800, 3600, 3600, 3600]


def test_a_receiver_may_ask_for_a_longer_pause_but_not_for_days():
    _, delivery = registered()
    assert failed(delivery, asked=120).next_attempt_at == NOON + timedelta(seconds=120)
    assert failed(delivery, asked=900_000).next_attempt_at == NOON + timedelta(hours=1)
    assert failed(delivery, asked=0).next_attempt_at == NOON + timedelta(seconds=2)


def test_after_three_days_of_failures_it_gives_up_and_not_before():
    _, delivery = registered()
    delivery = failed(failed(delivery), seconds=3600)
    assert not gives_up(delivery=delivery, at=NOON + GIVES_UP_AFTER - timedelta(seconds=1))
    assert gives_up(delivery=delivery, at=NOON + GIVES_UP_AFTER)


def test_a_delivery_that_succeeds_forgets_the_trouble_but_not_its_last_reason():
    _, delivery = registered()
    delivery = after_delivered(
        delivery=failed(delivery), place=Place(8, 2), count=3, last_event_id="8-2", at=NOON + timedelta(minutes=1)
    )
    assert (delivery.attempts, delivery.failing_since, delivery.next_attempt_at) == (0, None, None)
    assert (delivery.delivered_count, delivery.last_failure) == (3, "status 503")


def test_an_endpoint_started_anew_is_tried_at_once_and_has_three_days_again():
    _, delivery = registered()
    delivery = failed(delivery)
    restarted = NOON + timedelta(days=4)
    assert due_at(delivery=delivery, active_since=NOON) == NOON + timedelta(seconds=2)
    assert due_at(delivery=delivery, active_since=restarted) is None
    again = after_failed(
        delivery=delivery, active_since=restarted, reason="still", retry_after_seconds=None, at=restarted
    )
    assert (again.attempts, again.failing_since) == (1, restarted)


@given(sequence=st.integers(1, 10**12), number=st.integers(1, 50))
def test_a_place_reads_the_rest_of_its_change_again_unless_all_of_it_is_done(sequence: int, number: int):
    assert Place(sequence, number).read_after == sequence - 1
    assert Place(sequence, ALL_EVENTS).read_after == sequence
    assert Place(sequence, number) < Place(sequence, ALL_EVENTS) < Place(sequence + 1, 1)
