"""What a test bench for suppliers' systems calls with; no store is opened for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from openaisle.adapters.http.deferred import DeferredHttpCaller
from openaisle.adapters.local.clock import SystemClock
from openaisle.adapters.webhook_signer import StandardWebhooksSigner
from openaisle.kernel.context import Clock
from openaisle.kernel.outbound import HttpCaller, Signer


@dataclass(frozen=True, kw_only=True)
class CallingTools:
    """The ports that calls are made with."""

    caller: HttpCaller
    signer: Signer
    clock: Clock


@asynccontextmanager
async def calling_tools(*, private_hosts: tuple[str, ...]) -> AsyncIterator[CallingTools]:
    """Return what calls suppliers' systems as a marketplace does, for a person who names the addresses.

    ``private_hosts`` are those that may stand in a private network and be called without encryption.
    """
    caller = DeferredHttpCaller(allowed_private_hosts=private_hosts, plain_http=bool(private_hosts))
    try:
        yield CallingTools(caller=caller, signer=StandardWebhooksSigner(), clock=SystemClock())
    finally:
        await caller.close()
