"""How often strangers may knock: a token bucket for each peer address, and one for all of them together.

The buckets stand in the memory of one process: with several processes each has its own, so together they let through
as many times as much, and a restart fills them. That is enough against floods; who counts exactly does so in a proxy.
"""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable

from openaisle.kernel.errors import OpenAisleError
from openaisle.people.lock_out import counted_address

_ADDRESSES_MAXIMUM = 10_000
_MINUTE_SECONDS = 60.0


class RequestsTooMany(OpenAisleError):
    """More requests came from one address, or from all strangers together, than are taken in a minute."""

    code = "requests-too-many"
    title = "Too many requests from strangers"
    status = 429
    mend = "Wait for the seconds that Retry-After names, then send the request again."


class TokenBucket:
    """Holds at most a minute's requests and fills evenly; each request takes one."""

    __slots__ = ("_filled_at", "_tokens", "per_minute")

    def __init__(self, *, per_minute: int, now: float) -> None:
        """Begin full; ``now`` is in seconds of a clock that never goes back."""
        self.per_minute = per_minute
        self._tokens = float(per_minute)
        self._filled_at = now

    def wait_seconds(self, *, now: float) -> float:
        """Return how long until a request may be taken, 0 if at once."""
        rate = self.per_minute / _MINUTE_SECONDS
        self._tokens = min(float(self.per_minute), self._tokens + (now - self._filled_at) * rate)
        self._filled_at = now
        return max(0.0, (1.0 - self._tokens) / rate)

    def take(self) -> None:
        """Take one token."""
        self._tokens -= 1.0


class RateLimit:
    """Lets so many requests through: of one address, and of all; 0 means any number."""

    def __init__(self, *, per_address: int, overall: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Take both limits, in requests a minute."""
        self._per_address = per_address
        self._monotonic = monotonic
        self._overall = TokenBucket(per_minute=overall, now=monotonic()) if overall else None
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()

    def require(self, *, host: str) -> None:
        """Count a request of a peer; raises RequestsTooMany, which counts nothing.

        A peer on this very machine is a trial or a proxy with everybody behind it, so that only the overall limit
        is held against it.
        """
        now = self._monotonic()
        buckets = [one for one in (self._overall, self._bucket(host=host, now=now)) if one is not None]
        wait = max((bucket.wait_seconds(now=now) for bucket in buckets), default=0.0)
        if wait > 0:
            seconds = math.ceil(wait)
            raise RequestsTooMany(detail=f"Wait {seconds} s.", retry_after_seconds=seconds)
        for bucket in buckets:
            bucket.take()

    def _bucket(self, *, host: str, now: float) -> TokenBucket | None:
        if not self._per_address or _is_this_machine(host):
            return None
        address = counted_address(host=host)
        bucket = self._buckets.get(address)
        if bucket is None:
            bucket = self._buckets[address] = TokenBucket(per_minute=self._per_address, now=now)
            if len(self._buckets) > _ADDRESSES_MAXIMUM:
                # Whoever was not seen for longest has most likely a full bucket again.
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(address)
        return bucket


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
