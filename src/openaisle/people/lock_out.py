"""The slowing of those who guess: by account and by address. Pure; no I/O, no clock, no randomness."""

from __future__ import annotations

import ipaddress
import math
from datetime import datetime, timedelta

import msgspec

from openaisle.kernel.errors import OpenAisleError

KEPT_SECONDS = 24 * 3_600
FREE_ATTEMPTS_OF_ACCOUNT = 5
# A whole office may share one address, and each of them mistypes now and then.
FREE_ATTEMPTS_OF_ADDRESS = 20
LONGEST_PAUSE_SECONDS = 900


class AttemptsTooMany(OpenAisleError):
    """Too many attempts failed for one account or from one address; both have to wait longer each time."""

    code = "attempts-too-many"
    title = "Too many failed attempts"
    status = 429
    mend = "Wait for the time named in Retry-After, then try again; or reset the password."


class Attempts(msgspec.Struct, frozen=True, kw_only=True):
    """The attempts of one account or address that have not succeeded; ``place`` names it."""

    place: str
    failures: int
    last_failed_at: datetime


def counted_address(*, host: str) -> str:
    """Return what attempts are counted by: an IPv4 address, or the /64 network that one IPv6 household has."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host[:64] or "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def pause_seconds(*, failures: int, free: int) -> float:
    """Return how long to wait after so many failures: none for the free ones, then 1 s, doubled to 15 minutes."""
    if failures < free:
        return 0.0
    return min(2.0 ** min(failures - free, 20), float(LONGEST_PAUSE_SECONDS))


def require_patience(*, attempts: Attempts | None, free: int, at: datetime) -> None:
    """Raise AttemptsTooMany while whoever is counted has to wait."""
    if attempts is None:
        return
    pause = timedelta(seconds=pause_seconds(failures=attempts.failures, free=free))
    left = math.ceil((attempts.last_failed_at + pause - at).total_seconds())
    if pause and left > 0:
        raise AttemptsTooMany(detail=f"Wait {left} s.", retry_after_seconds=left)


def after_failure(*, attempts: Attempts | None, place: str, at: datetime) -> Attempts:
    """Return the attempts with one more failure; failures of long ago are forgotten."""
    failures = attempts.failures if attempts is not None and _counts(attempts=attempts, at=at) else 0
    return Attempts(place=place, failures=failures + 1, last_failed_at=at)


def after_success(*, attempts: Attempts, is_account: bool) -> Attempts | None:
    """Return what is left to count once an attempt succeeded, None for nothing.

    An account begins anew. An address gets back only this one attempt: whoever has an account of their own could
    else clear the address between guesses at others'.
    """
    if is_account or attempts.failures <= 1:
        return None
    return msgspec.structs.replace(attempts, failures=attempts.failures - 1)


def _counts(*, attempts: Attempts, at: datetime) -> bool:
    return at - attempts.last_failed_at < timedelta(seconds=KEPT_SECONDS)
