"""What a supplier's own system offers, as OpenAPI: derived from the documents that are really sent and read."""

from __future__ import annotations

import inspect
from typing import Any

import msgspec

import openaisle
from openaisle.orders.channels.documents import (
    CancellationAnswer,
    CancellationDocument,
    PurchaseOrderAnswer,
    PurchaseOrderDocument,
    StockAnswer,
)

Schema = dict[str, Any]
_REFERENCE = "#/components/schemas/{name}"
_PATHS = {
    "order_acceptance_url": "/purchase-orders",
    "cancellation_url": "/cancellations",
    "inventory_url": "/inventory",
}


class PurchaseOrders(msgspec.Struct, frozen=True, kw_only=True):
    """Purchase orders that the supplier is to answer."""

    purchase_orders: list[PurchaseOrderDocument]


class Acknowledgments(msgspec.Struct, frozen=True, kw_only=True):
    """One answer for each purchase order of the call."""

    acknowledgments: list[PurchaseOrderAnswer]


class Cancellations(msgspec.Struct, frozen=True, kw_only=True):
    """What is canceled after the supplier had it."""

    cancellations: list[CancellationDocument]


class CancellationAnswers(msgspec.Struct, frozen=True, kw_only=True):
    """One answer for each cancellation of the call."""

    cancellations: list[CancellationAnswer]


class StockQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """The SKUs whose stock is asked for."""

    supplier_skus: list[str]


class StockLevels(msgspec.Struct, frozen=True, kw_only=True):
    """What is on hand, for each SKU and location that the supplier knows."""

    stock_levels: list[StockAnswer]


def supplier_openapi() -> Schema:
    """Return the contract of a supplier's own system as an OpenAPI 3.1 document."""
    types = [PurchaseOrders, Acknowledgments, Cancellations, CancellationAnswers, StockQuestion, StockLevels]
    schemas, components = msgspec.json.schema_components(types, ref_template=_REFERENCE)
    for component in components.values():
        if "description" in component:
            component["description"] = inspect.cleandoc(component["description"]).replace("``", "`")
    refs = dict(zip(types, schemas, strict=True))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "A supplier's system, as OpenAisle calls it",
            "version": openaisle.__version__,
            "summary": "Order Acceptance API, Cancellation API and Inventory API.",
            "description": (
                "What a supplier with the transport `rest` offers. The paths are examples: the connection says where "
                "each stands. Every call is signed after Standard Webhooks. `docs/reference/supplier-api.md` explains "
                "it, `openaisle certify` tries it."
            ),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "https://supplier.example"}],
        "paths": {
            _PATHS["order_acceptance_url"]: {
                "post": _operation(
                    name="accept_purchase_orders",
                    summary="Take purchase orders and answer each",
                    description="The purchase_order_id is the idempotency key: a repeated one is answered the same.",
                    body=refs[PurchaseOrders],
                    answer=refs[Acknowledgments],
                )
            },
            _PATHS["cancellation_url"]: {
                "post": _operation(
                    name="cancel_purchase_orders",
                    summary="Take cancellations and answer each",
                    description=(
                        "Quantities are told in all, so a later one replaces an earlier one. An order that is not "
                        "known is answered `unknown`, and rejected if it comes later."
                    ),
                    body=refs[Cancellations],
                    answer=refs[CancellationAnswers],
                )
            },
            _PATHS["inventory_url"]: {
                "post": _operation(
                    name="tell_stock_levels",
                    summary="Tell what is on hand",
                    description="Asked just before purchase orders go out, unless it was confirmed lately.",
                    body=refs[StockQuestion],
                    answer=refs[StockLevels],
                )
            },
        },
        "components": {"schemas": components, "securitySchemes": _SECURITY},
        "security": [{"signature": [], "message": [], "moment": []}],
    }


_SECURITY = {
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": "`v1,` and the HMAC-SHA256 of `id.timestamp.body` in base 64; several, separated by spaces.",
    },
    "message": {"type": "apiKey", "in": "header", "name": "webhook-id", "description": "The message's identifier."},
    "moment": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-timestamp",
        "description": "Seconds since 1970; refuse what is more than five minutes off.",
    },
}


def _operation(*, name: str, summary: str, description: str, body: Schema, answer: Schema) -> Schema:
    return {
        "operationId": name,
        "summary": summary,
        "description": description,
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "200": {"description": "Answered", "content": {"application/json": {"schema": answer}}},
            "400": {"description": "The body cannot be read; smaller batches are tried until the cause stands alone"},
            "401": {"description": "The signature is missing, wrong or too old"},
            "429": {"description": "Too many calls; Retry-After says for how many seconds to wait"},
            "503": {"description": "Down for now; it is tried again with growing pauses"},
        },
    }
