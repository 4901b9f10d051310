"""A small example for a JSON schema, so that a reader sees a body and not only its grammar."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_DEPTH_MAXIMUM = 6
_BY_NAME = {
    "city": "Curitiba",
    "country": "BR",
    "currency": "BRL",
    "email": "orders@example.com",
    "gtin": "04006381333931",
    "label": "storefront in production",
    "legal_name": "Casa Verde Ltda",
    "name": "Ana Souza",
    "on_hand": 100,
    "phone": "+55 11 91234-5678",
    "postal_code": "80010-000",
    "price_minor": 1299,
    "quantity": 2,
    "reference": "order-1001",
    "registration_number": "11222333000181",
    "shipping_minor": 0,
    "street_line": "Rua das Flores 12",
    "supplier_sku": "PEN-1",
    "title": "Highlighter, yellow",
    "total_minor": 2598,
    "tracking_number": "JJD0001",
    "unit_price_minor": 1299,
    "url": "https://example.com/hook",
}
_IDENTIFIERS = {
    "endpoint_id": "whk_01jdc8w5k2v0h3m9x7q4r6t1za",
    "feed_id": "fed_01jdc8w5k2v0h3m9x7q4r6t1za",
    "offer_id": "off_01jdc8w5k2v0h3m9x7q4r6t1za",
    "order_id": "ord_01jdc8w5k2v0h3m9x7q4r6t1za",
    "product_id": "prd_01jdc8w5k2v0h3m9x7q4r6t1za",
    "purchase_order_id": "po_01jdc8w5k2v0h3m9x7q4r6t1za_01",
    "shipment_id": "shp_01jdc8w5k2v0h3m9x7q4r6t1za",
    "storefront_id": "storefront-1",
    "subject_id": "storefront-1",
    "task_id": "tsk_01jdc8w5k2v0h3m9x7q4r6t1za",
}
# Optional, and yet what nearly every caller sends.
_SHOWN_THOUGH_OPTIONAL = frozenset({"offer_id"})
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
        if name in required or name in _SHOWN_THOUGH_OPTIONAL or inner.get("default", ...) is not None
    }


def _text_example(*, schema: Mapping[str, Any], name: str) -> str:
    if "format" in schema:
        return _BY_FORMAT.get(schema["format"], "")
    if isinstance(schema.get("default"), str):
        return str(schema["default"])
    known = _BY_NAME.get(name) or _IDENTIFIERS.get(name)
    return str(known) if known is not None else _guessed_from(name=name)


def _guessed_from(*, name: str) -> str:
    if name.endswith(("_at", "_by")):
        return _BY_FORMAT["date-time"]
    if name.endswith("_id"):
        return f"{name.removesuffix('_id')[:3]}_01jdc8w5k2v0h3m9x7q4r6t1za"
    if name.endswith("url"):
        return "https://supplier.example.com/api"
    return name.replace("_", " ") or "text"
