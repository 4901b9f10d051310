"""What of a text is HTML that a browser would run, and what is plain formatting."""

from __future__ import annotations

import re

# Tags of plain formatting without attributes may stay. Python's expressions and the tables' engine read it alike.
PLAIN_TAG_PATTERN = r"</?(?:p|br|ul|ol|li|b|i|u|em|strong|h[1-6]) ?/?>"

_ACTIVE = re.compile(
    r"<\s*/?\s*(?:script|iframe|object|embed|form|style|link|meta|svg|base)\b|\son[a-z]{3,20}\s*=|javascript:",
    re.IGNORECASE,
)
_PLAIN_TAG = re.compile(PLAIN_TAG_PATTERN)
_OTHER_TAG = re.compile(r"</?[A-Za-z!?][^<>]*>")


def is_active(*, text: str) -> bool:
    """Return whether a browser might run something of the text."""
    return "<" in text and _ACTIVE.search(text) is not None


def is_plain(*, text: str) -> bool:
    """Return whether the text holds no tag but those of plain formatting."""
    return "<" not in text or _OTHER_TAG.search(_PLAIN_TAG.sub("", text)) is None
