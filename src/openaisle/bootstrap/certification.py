"""What a test bench for suppliers' systems calls with."""

from __future__ import annotations

from dataclasses import dataclass

from openaisle.kernel.context import Clock
from openaisle.kernel.outbound import HttpCaller, Signer


@dataclass(frozen=True, kw_only=True)
class CallingTools:
    """The ports that calls are made with."""

    caller: HttpCaller
    signer: Signer
    clock: Clock
