"""The port that takes out of HTML what a browser would run or fetch."""

from __future__ import annotations

from typing import Protocol


class HtmlCleaner(Protocol):
    """Cleans fragments of HTML. Its ``repr`` names it with its version: another one may clean otherwise."""

    def cleaned(self, *, text: str) -> str:
        """Return the fragment with nothing but tags of plain formatting, without their attributes.

        Scripts and styles go with what stands in them; of other tags the text stays. Never raises, and cleaning what
        is clean changes nothing.
        """
        ...
