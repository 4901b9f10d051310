"""Texts inside a dossier by their path (``contacts.0.email``): named, read and changed. Pure; no I/O, no clock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec

PartT = TypeVar("PartT", bound=msgspec.Struct)


def is_path(*, part: type[msgspec.Struct], field: str) -> bool:
    """Return whether a path starts at a field of the part."""
    return field.partition(".")[0] in part.__struct_fields__


def texts_at(*, part: msgspec.Struct) -> dict[str, str]:
    """Return every text, number and date in the part by its path; what is empty is left out."""
    return dict(_leaves(_plain(part), ""))


def with_text_at(*, part: PartT, field: str, text: str | None) -> PartT:
    """Return the part with one text changed, None to empty it.

    A path leads into entries that are there; raises LookupError where it does not, msgspec.ValidationError where the
    text does not fit.
    """
    document: dict[str, Any] = _plain(part)
    *way, last = field.split(".")
    place: Any = document
    for step in way:
        place = place[_position(place, step) if isinstance(place, list) else step]
        if not isinstance(place, list | dict):
            raise LookupError(step)  # noqa: TRY004 - the path leads nowhere; no argument is of a wrong type
    if isinstance(place, list):
        index = _position(place, last)
        if text is None:
            del place[index]
        else:
            place[index] = text
    elif text is None:
        place.pop(last, None)
    else:
        place[last] = text
    # Numbers come as texts too, such as a share of 25.5.
    return msgspec.convert(document, type(part), strict=False)


def _plain(part: msgspec.Struct) -> Any:  # noqa: ANN401 - dicts, lists and texts
    # By way of JSON, because to_builtins keeps tuples, and those can't be changed.
    return msgspec.json.decode(msgspec.json.encode(part))


def _position(place: list[Any], step: str) -> int:
    if not step.isdecimal() or int(step) >= len(place):
        raise LookupError(step)
    return int(step)


def _leaves(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _leaves(one, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for position, one in enumerate(value):
            yield from _leaves(one, f"{path}.{position}")
    elif value is not None:
        yield path, str(value)
