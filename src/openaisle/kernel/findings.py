"""From what msgspec says of a value to a finding with a JSON Pointer."""

from __future__ import annotations

import re
from typing import Any

from openaisle.kernel.errors import Finding

_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_FIELD = re.compile(r"`([^`]*)`")
_QUOTED_LENGTH_MAXIMUM = 100

_MEANINGS = (
    ("Object contains unknown field", "unknown-field"),
    ("Object missing required field", "missing-field"),
    ("Expected `str` of length <=", "too-long"),
    ("Expected `str` of length >=", "too-short"),
    ("Expected `array` of length <=", "too-many"),
    ("Expected `array` of length >=", "too-few"),
    ("Expected `object` of length <=", "too-many"),
    ("Invalid enum value", "unknown-value"),
    ("Expected `str` matching regex", "wrong-form"),
)
_RANGE = re.compile(r"^Expected `(?:int|float)` [<>]|^Number out of range|^Integer value out of range")


def finding_of(*, message: str) -> Finding:
    """Return the finding of a msgspec.ValidationError's message.

    ``Expected `int`, got `str` - at `$.lines[0].quantity``` becomes the pointer ``/lines/0/quantity``.
    """
    said, _, place = message.partition(" - at ")
    code = _code_of(said)
    pointer = _pointer_of(place.strip("`"))
    named = _FIELD.search(said) if code in {"unknown-field", "missing-field"} else None
    if named is not None:
        pointer += "/" + _escaped(named.group(1)[:_QUOTED_LENGTH_MAXIMUM])
    # Keys of a map are not told by msgspec, only that one of its values is meant.
    return Finding(pointer=pointer, detail=_sentence(said), code=code)


def _code_of(said: str) -> str:
    for start, code in _MEANINGS:
        if said.startswith(start):
            return code
    if _RANGE.match(said):
        return "out-of-range"
    return "wrong-type" if said.startswith("Expected") else "invalid"


def _pointer_of(path: str) -> str:
    steps = []
    for name, index in _STEP.findall(path):
        if index == "...":
            break
        steps.append(_escaped(name or index))
    return "".join(f"/{step}" for step in steps)


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")


def _sentence(said: str) -> str:
    text = said.replace("`", "")
    if len(text) > 300:
        text = text[:300] + "…"
    return text + "."


def unstorable_text(*, value: Any, pointer: str = "") -> Finding | None:  # noqa: ANN401 - any decoded JSON
    """Return the first place of decoded JSON that holds U+0000, which no text of a record may hold."""
    if isinstance(value, str):
        if "\x00" in value:
            return Finding(pointer=pointer, detail="The text holds the character U+0000.", code="character-refused")
        return None
    if isinstance(value, dict):
        for key, inner in value.items():
            place = f"{pointer}/{_escaped(key[:_QUOTED_LENGTH_MAXIMUM])}"
            found = unstorable_text(value=key, pointer=place) or unstorable_text(value=inner, pointer=place)
            if found is not None:
                return found
    elif isinstance(value, list):
        for place_in_list, inner in enumerate(value):
            found = unstorable_text(value=inner, pointer=f"{pointer}/{place_in_list}")
            if found is not None:
                return found
    return None
