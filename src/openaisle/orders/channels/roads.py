"""The roads that need nothing but calls: put together where the others are added."""

from __future__ import annotations

from openaisle.kernel.context import Clock
from openaisle.kernel.outbound import HttpCaller, Signer
from openaisle.orders.channels.calls import SignedCalls
from openaisle.orders.channels.rest import RestTransport
from openaisle.orders.channels.transport import SupplierTransport
from openaisle.orders.channels.webhook import WebhookTransport
from openaisle.suppliers.connection_settings import Transport


def called_transports(*, caller: HttpCaller, signer: Signer, clock: Clock) -> dict[Transport, SupplierTransport]:
    """Return the roads of suppliers whose systems are called: rest and webhook.

    Who has no road, as a supplier with the transport portal, finds its purchase orders in its list.
    """
    calls = SignedCalls(caller=caller, signer=signer, clock=clock)
    return {
        Transport.REST: RestTransport(calls=calls),
        Transport.WEBHOOK: WebhookTransport(calls=calls, clock=clock),
    }
