"""How a simulated supplier behaves: pure decisions, the same whenever the same is asked."""

from __future__ import annotations

import hashlib
from enum import StrEnum

import msgspec

from openaisle_examples.suppliers.documents import Acknowledgment, LineDecision, PurchaseOrderDocument


class Character(StrEnum):
    """The characters a retailer meets, and from GARBAGE on those it would rather not.

    GARBAGE answers a web page, ERROR_INSIDE an error with status 200, TWICE each purchase order two times in one
    answer, PRICE_CHANGER accepts at a price of its own, OVER_SHIPPER first ships more than was ordered, HASTY ships
    before it has accepted, DEAF goes on with what was canceled.
    """

    PROMPT = "prompt"
    SLOW = "slow"
    CHOOSY = "choosy"
    PARTIAL = "partial"
    LATER = "later"
    FLAPPING = "flapping"
    OUT_OF_STOCK = "out_of_stock"
    SILENT = "silent"
    GARBAGE = "garbage"
    ERROR_INSIDE = "error_inside"
    TWICE = "twice"
    PRICE_CHANGER = "price_changer"
    OVER_SHIPPER = "over_shipper"
    HASTY = "hasty"
    DEAF = "deaf"


class SupplierSetup(msgspec.Struct, frozen=True, kw_only=True):
    """One simulated supplier.

    ``handle`` is its place in the URLs. ``api_key`` is its key to the marketplace, without which it only answers.
    ``signing_secrets`` are those it accepts; none means that it does not look. With an ``assortment`` it rejects
    lines of other SKUs; without one it has everything. It ships
    ``ships_after_seconds`` after it accepted and reports delivery ``delivers_after_seconds`` after that, gathering
    what is ready for ``gathers_seconds`` so that more goes in one call.
    """

    handle: str
    character: Character = Character.PROMPT
    api_key: str = ""
    signing_secrets: tuple[str, ...] = ()
    seed: int = 1
    on_hand: int = 1_000_000
    assortment: tuple[str, ...] = ()
    slow_seconds: float = 2.0
    rejects_percent: int = 10
    acknowledges_after_seconds: float = 1.0
    down_seconds: float = 10.0
    down_every_seconds: float = 30.0
    ships: bool = True
    ships_after_seconds: float = 0.0
    delivers_after_seconds: float = 0.0
    gathers_seconds: float = 0.05
    carrier: str = "Simulated Parcel"


def decide_acknowledgment(*, setup: SupplierSetup, document: PurchaseOrderDocument) -> Acknowledgment:
    """Return what the supplier thinks of a purchase order, whether it says so now or later."""
    identifier = document.purchase_order_id
    if setup.character is Character.OUT_OF_STOCK:
        return Acknowledgment(identifier, "rejected", reason="Out of stock.")
    if setup.character is Character.CHOOSY and _percentile(setup.seed, identifier) < setup.rejects_percent:
        return Acknowledgment(identifier, "rejected", reason="Not in the assortment any more.")
    outside = _outside_assortment(setup=setup, document=document)
    if outside is not None:
        return outside
    if setup.character is Character.PARTIAL and len(document.lines) > 1:
        refused = document.lines[_percentile(setup.seed, identifier) % len(document.lines)].line_number
        lines = [
            LineDecision(line.line_number, "rejected", "Damaged in the warehouse.")
            if line.line_number == refused
            else LineDecision(line.line_number, "accepted")
            for line in document.lines
        ]
        return Acknowledgment(identifier, "partial", lines)
    dearer = None
    if setup.character is Character.PRICE_CHANGER:
        dearer = [
            LineDecision(line.line_number, "accepted", unit_price_minor=line.unit_price_minor + 100)
            for line in document.lines
        ]
    return Acknowledgment(identifier, "accepted", dearer)


def answers_later(*, setup: SupplierSetup) -> bool:
    """Return whether the supplier takes a purchase order and answers it by a call of its own."""
    return setup.character in (Character.LATER, Character.HASTY)


def hostile_body(*, setup: SupplierSetup) -> bytes | None:
    """Return what the supplier answers with status 200 instead of an answer, None if it does answer."""
    if setup.character is Character.GARBAGE:
        return b"<!doctype html><title>It works!</title>"
    if setup.character is Character.ERROR_INSIDE:
        return b'{"error":{"code":17,"message":"The database is down."}}'
    return None


def is_down(*, setup: SupplierSetup, seconds: float) -> bool:
    """Return whether a flapping supplier is down, ``seconds`` after it was started: first up, then down."""
    if setup.character is not Character.FLAPPING:
        return False
    return seconds % setup.down_every_seconds >= setup.down_every_seconds - setup.down_seconds


def tracking_number(*, purchase_order_id: str) -> str:
    """Return the made-up tracking number of a purchase order's parcel: reported twice, it is the same parcel."""
    return "SIM" + hashlib.blake2b(purchase_order_id.encode(), digest_size=7).hexdigest().upper()


def _outside_assortment(*, setup: SupplierSetup, document: PurchaseOrderDocument) -> Acknowledgment | None:
    if not setup.assortment:
        return None
    unknown = [line for line in document.lines if line.supplier_sku not in setup.assortment]
    if not unknown:
        return None
    reason = "Not in the assortment."
    if len(unknown) == len(document.lines):
        return Acknowledgment(document.purchase_order_id, "rejected", reason=reason)
    decided = [
        LineDecision(line.line_number, "rejected", reason)
        if line in unknown
        else LineDecision(line.line_number, "accepted")
        for line in document.lines
    ]
    return Acknowledgment(document.purchase_order_id, "partial", decided)


def _percentile(seed: int, text: str) -> int:
    # A hash instead of a random number: asked again, the supplier is of the same opinion.
    digest = hashlib.blake2b(f"{seed}:{text}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % 100
