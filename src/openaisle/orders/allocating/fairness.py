"""How often each supplier was chosen lately: what fairness is measured by."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable

_REMEMBERED = 1_000
_WHOLE = 1_000


class RecentChoices:
    """The latest choices of one process. What a decision saw of them stands in its reasons."""

    def __init__(self, *, remembered: int = _REMEMBERED) -> None:
        """Remember so many choices."""
        self._latest: deque[str] = deque()
        self._counts: Counter[str] = Counter()
        self._remembered = remembered

    def note(self, *, supplier_ids: Iterable[str]) -> None:
        """Remember that these suppliers were chosen."""
        for supplier_id in supplier_ids:
            if len(self._latest) >= self._remembered:
                self._counts[self._latest.popleft()] -= 1
            self._latest.append(supplier_id)
            self._counts[supplier_id] += 1

    def share_permille(self, *, supplier_id: str) -> int:
        """Return the supplier's share of the latest choices, 0 if there are none."""
        return self._counts[supplier_id] * _WHOLE // len(self._latest) if self._latest else 0
