"""The file of an operator's order policy: TOML with a section per room, read with every mistake explained. Pure."""

from __future__ import annotations

import tomllib
from typing import TypeVar

import msgspec

from openaisle.kernel.errors import OpenAisleError

BYTES_MAXIMUM = 1_000_000

SectionsT = TypeVar("SectionsT", bound=msgspec.Struct)


class OrderPolicyInvalid(OpenAisleError):
    """The file of the order policy is no TOML, or says what no policy can say; nothing starts with it."""

    code = "order-policy-invalid"
    title = "The order policy cannot be used"
    mend = "Correct the place that detail names; docs/reference/order-policy.md explains each key."


def read_order_policy(*, text: str, source: str, sections: type[SectionsT]) -> SectionsT:
    """Return the sections that a TOML text states, the others as they are by default.

    ``sections`` has a field for each section, and ``source`` names the file in messages. A key that no section
    knows is a mistake. Raises OrderPolicyInvalid.
    """
    try:
        return msgspec.convert(tomllib.loads(text), sections)
    except tomllib.TOMLDecodeError as error:
        raise OrderPolicyInvalid(detail=f"{source} is no TOML: {error}.") from None
    except RecursionError:
        raise OrderPolicyInvalid(detail=f"{source} is nested too deeply.") from None
    except msgspec.ValidationError as error:
        raise OrderPolicyInvalid(detail=f"{source}: {error}.") from None
