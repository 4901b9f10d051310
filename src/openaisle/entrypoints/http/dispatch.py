"""From method and path to what answers them.

Starlette's own router tries one regular expression after the other: with 50 routes a late match costs 15 to 20
microseconds of every request, more than all else the edge does. Here a path without parameters is one look into a
dictionary, and one with parameters is compared with the few patterns of the same length and second segment
(``/v1/orders/{order_id}``: ``orders``, one more), which takes less than two microseconds for any number of routes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, NamedTuple, TypeVar

from openaisle.entrypoints.http.errors import MethodNotAllowed, PathUnknown

TargetT = TypeVar("TargetT")

_PARAMETER_LENGTH_MAXIMUM = 200


class Found(NamedTuple, Generic[TargetT]):
    """What stands under a path, and the values of the path's parameters."""

    target: TargetT
    parameters: Mapping[str, str]


class _Pattern(NamedTuple, Generic[TargetT]):
    path: str
    fixed: tuple[tuple[int, str], ...]
    parameters: tuple[tuple[int, str], ...]
    by_method: dict[str, TargetT]


class PathTaken(ValueError):
    """Two operations ask for the same method and path: a mistake of the code."""


class Dispatcher(Generic[TargetT]):
    """Finds targets by method and path; HEAD is answered by GET."""

    def __init__(self) -> None:
        self._plain: dict[str, dict[str, TargetT]] = {}
        self._patterns: dict[tuple[int, str], list[_Pattern[TargetT]]] = {}

    def add(self, *, method: str, path: str, target: TargetT) -> None:
        """Put ``target`` under the path, whose ``{parameters}`` are whole segments; raises PathTaken."""
        by_method = self._methods_of(path=path)
        if method in by_method:
            message = f"{method} {path} is stated twice"
            raise PathTaken(message)
        by_method[method] = target
        if method == "GET":
            by_method.setdefault("HEAD", target)

    def _methods_of(self, *, path: str) -> dict[str, TargetT]:
        if "{" not in path:
            return self._plain.setdefault(path, {})
        segments = path.split("/")
        group = self._patterns.setdefault((len(segments), segments[2]), [])
        for pattern in group:
            if pattern.path == path:
                return pattern.by_method
        fixed = tuple((place, segment) for place, segment in enumerate(segments) if not segment.startswith("{"))
        parameters = tuple(
            (place, segment.strip("{}")) for place, segment in enumerate(segments) if segment.startswith("{")
        )
        by_method: dict[str, TargetT] = {}
        group.append(_Pattern(path, fixed, parameters, by_method))
        # A pattern with more fixed segments is the more exact one and is tried first.
        group.sort(key=lambda pattern: -len(pattern.fixed))
        return by_method

    def find(self, *, method: str, path: str) -> Found[TargetT]:
        """Return what stands under the path; raises PathUnknown or MethodNotAllowed."""
        plain = self._plain.get(path)
        if plain is not None:
            return Found(_chosen(method=method, path=path, by_method=plain), {})
        segments = path.split("/")
        if len(segments) > 2:
            for pattern in self._patterns.get((len(segments), segments[2]), ()):
                if all(segments[place] == segment for place, segment in pattern.fixed):
                    parameters = {name: segments[place] for place, name in pattern.parameters}
                    _require_sound(parameters)
                    return Found(_chosen(method=method, path=path, by_method=pattern.by_method), parameters)
        raise PathUnknown(detail=f"Nothing stands at {_shown(path)}.")


def _chosen(*, method: str, path: str, by_method: dict[str, TargetT]) -> TargetT:
    target = by_method.get(method)
    if target is None:
        allowed = tuple(sorted(by_method))
        raise MethodNotAllowed(detail=f"{_shown(path)} takes {', '.join(allowed)}, not {method[:20]}.", allowed=allowed)
    return target


def _require_sound(parameters: Mapping[str, str]) -> None:
    # An identifier is short and printable; what is not cannot name a record, and never reaches the store.
    for value in parameters.values():
        if not value or len(value) > _PARAMETER_LENGTH_MAXIMUM or not value.isprintable():
            raise PathUnknown(detail="The path holds an identifier that is empty, too long or not printable.")


def _shown(path: str) -> str:
    return ascii(path[:100])[1:-1]
