"""The HTTP operations on offers that need no stock; listings with stock are in inventory/routes.py."""

from __future__ import annotations

import msgspec

from openaisle.kernel.context import Role
from openaisle.kernel.http import Answer, Operation, Request
from openaisle.offers.model import OfferState, OfferTransitionRefused, OfferUnknown
from openaisle.offers.use_cases import OfferUseCases


class OfferStateBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The state that an offer shall have."""

    state: OfferState


class OfferStateAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The offer's state after the request."""

    offer_id: str
    state: OfferState


def operations(*, use_cases: OfferUseCases) -> tuple[Operation, ...]:
    """Return the operations on single offers."""

    async def set_state(request: Request) -> Answer:
        body: OfferStateBody = request.body
        offer = await use_cases.set_state(offer_id=request.path["offer_id"], state=body.state, context=request.context)
        return Answer(value=OfferStateAnswer(offer_id=offer.offer_id, state=offer.state))

    return (
        Operation(
            method="POST",
            path="/v1/offers/{offer_id}/state",
            name="set_offer_state",
            summary="Pause, resume or withdraw an offer",
            tag="Offers",
            roles=frozenset({Role.SUPPLIER, Role.OPERATOR}),
            handle=set_state,
            body=OfferStateBody,
            answer=OfferStateAnswer,
            errors=(OfferUnknown, OfferTransitionRefused),
        ),
    )
