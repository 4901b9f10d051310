"""A small example for a JSON schema, so that a reader sees a body and not only its grammar."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_DEPTH_MAXIMUM = 6
_BY_NAME = {
    "currency": "EUR",
    "country": "DE",
    "email": "orders@example.com",
    "quantity": 2,
    "url": "https://example.com/hook",
    "price_minor": 1299,
    "unit_price_minor": 1299,
    "gtin": "04006381333931",
}
_BY_FORMAT = {"date-time": "2026-11-23T18:00:00Z", "date": "2026-11-23"}


def example_of(  # noqa: C901, PLR0911 - one way out for each kind of schema
    *, schema: Mapping[str, Any], components: Mapping[str, Any], name: str = "", depth: int = 0
) -> Any:  # noqa: ANN401 - any JSON
    """Return an example value; optional parts that are null by default are left out of objects."""
    if "$ref" in schema:
        schema = components[schema["$ref"].rpartition("/")[2]]
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    if "anyOf" in schema:
        chosen = next((one for one in schema["anyOf"] if one.get("type") != "null"), schema["anyOf"][0])
        return example_of(schema=chosen, components=components, name=name, depth=depth)
    match schema.get("type"):
        case "object":
            return _object_example(schema=schema, components=components, depth=depth)
        case "array":
            if depth >= _DEPTH_MAXIMUM or "items" not in schema:
                return []
            return [example_of(schema=schema["items"], components=components, name=name.rstrip("s"), depth=depth + 1)]
        case "string":
            return _text_example(schema=schema, name=name)
        case "integer" | "number":
            return _BY_NAME.get(name, schema.get("default") or schema.get("minimum") or 1)
        case "boolean":
            return schema.get("default", True)
        case _:
            return None


def _object_example(*, schema: Mapping[str, Any], components: Mapping[str, Any], depth: int) -> dict[str, Any]:
    if depth >= _DEPTH_MAXIMUM:
        return {}
    required = set(schema.get("required", ()))
    return {
        name: example_of(schema=inner, components=components, name=name, depth=depth + 1)
        for name, inner in schema.get("properties", {}).items()
        if name in required or inner.get("default", ...) is not None
    }


def _text_example(*, schema: Mapping[str, Any], name: str) -> str:
    if "format" in schema:
        return _BY_FORMAT.get(schema["format"], "")
    if isinstance(schema.get("default"), str):
        return str(schema["default"])
    if name in _BY_NAME:
        return str(_BY_NAME[name])
    if name.endswith("_id"):
        return f"{name.removesuffix('_id')[:3]}_01jdc8w5k2v0h3m9x7q4r6t1za"
    if name.endswith("url"):
        return "https://supplier.example.com/api"
    return name.replace("_", " ") or "text"
