"""What a rule of correction says."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from openaisle.suppliers.facts import ClearFacts

CERTAIN = 0.95


class Mend(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule would put into a field, and how likely that is right; only the certain is put there by itself."""

    field: str
    after: str | None
    rule: str
    confidence: float = 1.0

    @property
    def certain(self) -> bool:
        """Whether it is made without a person."""
        return self.confidence >= CERTAIN


Rule = Callable[[ClearFacts], Iterable[Mend]]
