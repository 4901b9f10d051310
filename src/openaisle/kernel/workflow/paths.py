"""Reference paths: ``$`` is the whole document, ``$.checks.tax_id`` one place in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeAlias

# A recursive alias would have every handler cast at every step.
Json: TypeAlias = Any
"""A value of JSON's types: dict with text keys, list, str, int, float, bool, None."""

Document: TypeAlias = dict[str, Any]
"""The state of an execution: a JSON object of the plain Python types."""

WHOLE = "$"

_PATH = re.compile(r"\$(?:\.[A-Za-z_][A-Za-z0-9_]*)*")


class _Missing:
    """The type of MISSING, which stands for a place that a document does not have; None is a value."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = _Missing()


def is_path(*, path: str) -> bool:
    """Return whether the text is a reference path: ``$`` and then names, each after a dot."""
    return _PATH.fullmatch(path) is not None


@lru_cache(maxsize=1024)
def _names(path: str) -> tuple[str, ...]:
    return tuple(path.split(".")[1:])


def value_at(*, document: Json, path: str) -> Json:
    """Return what stands at ``path``, or MISSING."""
    found = document
    for name in _names(path):
        if not isinstance(found, Mapping) or name not in found:
            return MISSING
        found = found[name]
    return found


def with_value_at(*, document: Json, path: str | None, value: Json) -> Json:
    """Return a document with ``value`` at ``path``; the given one stays as it is.

    ``$`` gives the value itself, None leaves the document alone. Places on the way that are missing, or no
    objects, become objects.
    """
    if path is None:
        return document
    return _placed(document, _names(path), value)


def _placed(document: Json, names: tuple[str, ...], value: Json) -> Json:
    if not names:
        return value
    first, *rest = names
    base = dict(document) if isinstance(document, Mapping) else {}
    base[first] = _placed(base.get(first), tuple(rest), value)
    return base
