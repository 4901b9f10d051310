"""Request bodies made from the types of operations, and ways to spoil them."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import inspect as types

HUGE = (2**31, 2**53, 2**63 - 1, 2**63, 2**64, -(2**63) - 1, 10**30, 10**400)
TEXTS = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "a\x1fb",
    "\x1f",
    "a#b",
    "#",
    "../../etc/passwd",
    "%00",
    "\u202e\u2066",
    "\ud800",
    "\udfff\ud800",
    "\U0010ffff",
    "\ufffe",
    "İ" * 50,
    "ﷺ" * 30,
    "=1+1",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "'; DROP TABLE items; --",
    "\r\nSet-Cookie: a=b",
    "1e400",
    "NaN",
    "0000-00-00",
    "9999-12-31T23:59:60Z",
    "0001-01-01T00:00:00+23:59",
    "x\n",
    "2026-02-30",
    "x" * 70_000,
)
WRONG_TEXTS = (*TEXTS[:-1], "x" * 500)
NASTY = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(HUGE),
    st.sampled_from((-1, 0, 1, 1.0, 1.5, -0.0, 1e308)),
    st.sampled_from(TEXTS),
    st.sampled_from(([], {}, [[]], [None], {"": ""}, {"a": {"b": []}}, [1] * 1_000)),
    st.text(max_size=20),
)
# What no value of Python can say in JSON.
RAW_NASTY = (
    b"NaN",
    b"-Infinity",
    b"1e999",
    b"-0",
    b"01",
    b"0x10",
    b"1" * 5_000,
    b"-" + b"9" * 300_000,
    b"1." + b"3" * 5_000,
    b'"\\ud800"',
    b'"\\u0000"',
    b'"\x01"',
    b'"\xff\xfe"',
    b'"' + b"a" * 2_000_000 + b'"',
    b"[" * 10_000 + b"]" * 10_000,
    b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    b"",
    b"}",
)
_MARK = "\u2603mark\u2603"


def values_of(kind: types.Type) -> st.SearchStrategy[Any]:  # noqa: C901 - one case for each type
    """Return what fits a type, as JSON would hold it."""
    match kind:
        case types.Metadata(type=inner):
            return values_of(inner)
        case types.StructType(fields=fields):
            required = {one.encode_name: values_of(one.type) for one in fields if one.required}
            optional = {one.encode_name: values_of(one.type) for one in fields if not one.required}
            return st.fixed_dictionaries(required, optional=optional)
        case types.StrType(pattern=pattern) if pattern is not None:
            return st.from_regex(pattern, fullmatch=True).filter(_length_fits(kind))
        case types.StrType():
            return st.text(min_size=kind.min_length or 0, max_size=min(kind.max_length or 30, 30))
        case types.IntType():
            low = kind.ge if kind.ge is not None else -(2**63)
            return st.integers(low, kind.le if kind.le is not None else 2**64)
        case types.FloatType():
            return st.floats(allow_nan=False, allow_infinity=False)
        case types.BoolType():
            return st.booleans()
        case types.NoneType():
            return st.none()
        case types.DateType():
            return st.dates(min_value=datetime.date(1, 1, 1)).map(str)
        case types.DateTimeType(tz=True):
            zones = st.sampled_from([datetime.UTC, datetime.timezone(datetime.timedelta(hours=14))])
            return st.datetimes(timezones=zones).map(datetime.datetime.isoformat)
        case types.EnumType(cls=cls):
            return st.sampled_from([member.value for member in cls])
        case types.LiteralType(values=values):
            return st.sampled_from(values)
        case types.UnionType(types=kinds):
            return st.one_of([values_of(one) for one in kinds])
        case types.ListType() | types.VarTupleType():
            return st.lists(values_of(kind.item_type), min_size=kind.min_length or 0, max_size=4)
        case types.DictType():
            return st.dictionaries(values_of(kind.key_type), values_of(kind.value_type), max_size=3)
        case _:
            message = f"say what fits {kind}"
            raise NotImplementedError(message)


def _length_fits(kind: types.StrType) -> Any:
    low, high = kind.min_length or 0, kind.max_length or 10_000
    return lambda text: low <= len(text) <= high and "\n" not in text


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    if isinstance(value, dict):
        for key, inner in value.items():
            found += _places(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            found += _places(inner, (*path, number))
    return found


def _replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    key, *rest = path
    copy = value.copy()
    copy[key] = _replaced(value[key], tuple(rest), new)
    return copy


def _encoded(value: Any) -> bytes:
    # json, unlike msgspec, also writes lone surrogates and integers of any size.
    return json.dumps(value).encode()


@st.composite
def bodies(draw: st.DrawFn, *, model: type) -> bytes:
    """Draw a body: one that fits, or one with one or two things wrong."""
    value = draw(values_of(types.type_info(model)))
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.sampled_from(_places(value)))
        match draw(st.sampled_from(["replace", "replace", "text", "drop", "add", "raw", "repeat"])):
            case "replace":
                value = _replaced(value, place, draw(NASTY))
            case "text":
                value = _replaced(value, place, draw(st.sampled_from(TEXTS)))
            case "drop" if place and isinstance(place[-1], str):
                parent = _at(value, place[:-1])
                value = _replaced(value, place[:-1], {key: one for key, one in parent.items() if key != place[-1]})
            case "add" if isinstance(_at(value, place), dict):
                value = _replaced(value, place, {**_at(value, place), draw(st.sampled_from(TEXTS[:12])): draw(NASTY)})
            case "raw":
                marked = _encoded(_replaced(value, place, _MARK))
                return marked.replace(_encoded(_MARK), draw(st.sampled_from(RAW_NASTY)), 1)
            case "repeat" if isinstance(value, dict) and value:
                key = draw(st.sampled_from(sorted(value)))
                return _encoded(value)[:-1] + b"," + _encoded(key) + b":" + _encoded(draw(NASTY)) + b"}"
    return _encoded(value)


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


@st.composite
def queries(draw: st.DrawFn, *, model: type | None) -> dict[str, str]:
    """Draw query parameters: some that fit, some that do not, some that nobody knows."""
    names = [one.encode_name for one in msgspec.structs.fields(model)] if model is not None else []
    values = draw(values_of(types.type_info(model))) if model is not None else {}
    given = {name: str(value) for name, value in values.items() if value is not None}
    if names and draw(st.booleans()):
        text = st.one_of(
            st.sampled_from(TEXTS[:-1]), st.text(max_size=10), st.sampled_from(HUGE).map(str), st.sampled_from(CURSORS)
        )
        given[draw(st.sampled_from(names))] = draw(text)
    if draw(st.integers(0, 9)) == 0:
        given[draw(st.sampled_from(TEXTS[:12]))] = "1"
    return {_sendable(name): _sendable(value) for name, value in given.items()}


def _sendable(text: str) -> str:
    """Return the text without what no URL can carry."""
    return text.encode("utf-8", "replace").decode()


CURSORS = (
    "0001-01-01", "0001-01-05|x", "9999-12-31", "0001-01-01|", "f.", "g.", "0.", "0.x", "\u0663.", "=", "MQ==", "MR94",
    "MR8=", "Zh94", "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkfeA==", "LTEfAA==",
)  # fmt: skip
PATH_TEXTS = st.one_of(
    st.sampled_from(
        [
            "unknown",
            "a#b",
            "a\x1fb",
            "%00",
            "\x00",
            "..",
            "a/b",
            "é",
            "\u202e",
            "x" * 200,
            "x" * 201,
            "po_",
            "\ufffd",
            " ",
        ]
    ),
    st.text(max_size=30),
).map(_sendable)


_WRONG: tuple[Any, ...] = (None, True, -1, 0, 1.5, 2**53, 2**63, 10**30, [], {}, [[]], [1] * 600, {"": ""}, *TEXTS)


def spoiled(good: Any) -> Iterator[tuple[str, bytes]]:
    """Yield bodies that are good but for one value, each with a name of what is wrong."""
    for place in _places(good):
        for wrong in _WRONG:
            yield f"{place} = {str(wrong)[:40]!r}", _encoded(_replaced(good, place, wrong))
        if isinstance(_at(good, place), dict):
            yield f"{place} with more", _encoded(_replaced(good, place, {**_at(good, place), "unknown": 1}))
        if place and isinstance(place[-1], str):
            parent = {key: value for key, value in _at(good, place[:-1]).items() if key != place[-1]}
            yield f"{place} left out", _encoded(_replaced(good, place[:-1], parent))
    marked = _encoded(_replaced(good, _places(good)[-1], _MARK))
    for raw in RAW_NASTY:
        yield f"raw {raw[:40]!r}", marked.replace(_encoded(_MARK), raw, 1)
    text = _encoded(good)
    yield "every key twice", text[:-1] + b"," + text[1:]


def patterns_of(model: Any) -> list[tuple[str, str]]:
    """Return each pattern of a type, with where it stands."""
    found: list[tuple[str, str]] = []

    def look(kind: Any, place: str) -> None:
        match kind:
            case types.Metadata(type=inner):
                look(inner, place)
            case types.StructType(fields=fields):
                for one in fields:
                    look(one.type, f"{place}/{one.encode_name}")
            case types.StrType(pattern=pattern) if pattern is not None:
                found.append((place, pattern))
            case types.UnionType(types=kinds):
                for one in kinds:
                    look(one, place)
            case types.ListType() | types.VarTupleType():
                look(kind.item_type, place)
            case types.DictType():
                look(kind.key_type, place)
                look(kind.value_type, place)

    look(types.type_info(model), "")
    return found
