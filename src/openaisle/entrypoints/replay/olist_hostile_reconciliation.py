"""What must hold after a history was replayed with hostile suppliers, counted from what the API and suppliers say."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

import msgspec

from openaisle.entrypoints.replay.olist_history import HistoricOrder
from openaisle.entrypoints.replay.olist_hostile_suppliers import REJECTING, SILENT
from openaisle.entrypoints.replay.reconciliation import Difference

_DIFFERENCES_MAXIMUM = 1_000
_FINAL = frozenset({"delivered", "canceled"})
# As the timeline of an order tells it: ``1 of line 2: no_supplier_left``.
_CANCELED = re.compile(r"\d+ of line (\d+): (.+)", re.DOTALL)


class Outcome(msgspec.Struct, kw_only=True):
    """How the lines of a history ended.

    ``delivered_elsewhere`` are those of ``delivered`` that another supplier filled than the one the storefront
    chose. ``canceled`` counts by reason; amounts in minor units.
    """

    orders: int = 0
    lines: int = 0
    delivered: int = 0
    delivered_elsewhere: int = 0
    delivered_minor: int = 0
    canceled: dict[str, int] = msgspec.field(default_factory=dict)
    canceled_minor: int = 0
    purchase_orders: dict[str, int] = msgspec.field(default_factory=dict)


class HostileReconciliation(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome, how many suppliers behaved how, and everything that should not be."""

    outcome: Outcome
    suppliers: Mapping[str, int]
    differences: tuple[Difference, ...]

    @property
    def agrees(self) -> bool:
        """Whether nothing was found that should not be."""
        return not self.differences


class HostileLedger:
    """Takes in orders, offers and suppliers' books one by one, and notes each thing that should not be."""

    def __init__(self, *, manners: Mapping[str, str], handles: Mapping[str, str]) -> None:
        """``manners`` by handle, ``handles`` by supplier identifier."""
        self._manners = manners
        self._handles = handles
        self._differences: list[Difference] = []
        self._delivered_by: Counter[str] = Counter()
        self._delivered_of: Counter[str] = Counter()
        self._canceled: Counter[str] = Counter()
        self._states: Counter[str] = Counter()
        self._outcome = Outcome()

    def take_order(self, *, history: HistoricOrder, order: Mapping[str, Any]) -> None:
        """Take an order that has ended, as GET /v1/orders/{order_id} shows it, and what the history says of it."""
        self._outcome.orders += 1
        delivered: defaultdict[int, int] = defaultdict(int)
        charged: defaultdict[int, int] = defaultdict(int)
        for purchase_order in order["purchase_orders"]:
            self._take_purchase_order(purchase_order, delivered, charged)
        reasons = _reasons(order)
        self._compare(order["reference"], "lines", len(history.items), len(order["lines"]))
        for item, line in zip(history.items, order["lines"], strict=False):
            self._outcome.lines += 1
            number = line["line_number"]
            name = f"{order['reference']} line {number}"
            amount_minor = item.price_minor + item.freight_minor
            asked_minor = line["unit_price_minor"] * line["quantity"] + line["shipping_minor"]
            self._compare(name, "amount", amount_minor, asked_minor)
            canceled = line["quantities"]["canceled"]
            self._compare(name, "units delivered or canceled", line["quantity"], delivered[number] + canceled)
            self._compare(name, "state is final", 1, int(line["state"] in _FINAL))
            if canceled:
                self._canceled[reasons.get(number, "no reason")] += 1
                self._outcome.canceled_minor += amount_minor
                self._compare(name, "reasons of its cancellation", 1, int(number in reasons))
                continue
            self._outcome.delivered += 1
            self._outcome.delivered_minor += charged[number]
            self._compare(name, "amount delivered", amount_minor, charged[number])
            chosen = self._handles.get(line["supplier_id"] or "", "")
            self._outcome.delivered_elsewhere += chosen != item.seller_id

    def _take_purchase_order(
        self, purchase_order: Mapping[str, Any], delivered: dict[int, int], charged: dict[int, int]
    ) -> None:
        self._states[purchase_order["state"]] += 1
        handle = self._handles.get(purchase_order["supplier_id"], purchase_order["supplier_id"])
        for line in purchase_order["lines"]:
            units = line["delivered_quantity"]
            if not units:
                continue
            delivered[line["line_number"]] += units
            charged[line["line_number"]] += line["unit_price_minor"] * units + line["shipping_minor"]
            self._delivered_by[handle] += units
            self._delivered_of[line["offer_id"]] += units
            never = self._manners.get(handle) in {REJECTING, SILENT}
            self._compare(handle, f"units of {purchase_order['purchase_order_id']}", 0 if never else units, units)

    def take_offer(self, *, offer: Mapping[str, Any], told_on_hand: int) -> None:
        """Take an offer as GET /v1/offers shows it; ``told_on_hand`` is what its feed said before any order."""
        name = offer["offer_id"]
        on_hand = sum(one["on_hand"] for one in offer["locations"])
        self._compare(name, "reserved", 0, sum(one["reserved"] for one in offer["locations"]))
        self._compare(name, "on hand", told_on_hand - self._delivered_of[name], on_hand)
        self._compare(name, "oversold", 0, int(any(one["available"] < 0 for one in offer["locations"])))

    def take_book(self, *, handle: str, book: Mapping[str, Any]) -> None:
        """Take what a supplier's own book holds: it may know more than was delivered, never less."""
        short = max(self._delivered_by[handle] - book["units"], 0)
        self._compare(handle, "units delivered that it was never sent", 0, short)

    def concluded(self, *, orders_expected: int) -> HostileReconciliation:
        """Return the outcome."""
        self._compare("all", "orders", orders_expected, self._outcome.orders)
        self._outcome.canceled = dict(sorted(self._canceled.items()))
        self._outcome.purchase_orders = dict(sorted(self._states.items()))
        return HostileReconciliation(
            outcome=self._outcome,
            suppliers=dict(sorted(Counter(self._manners.values()).items())),
            differences=tuple(self._differences),
        )

    def _compare(self, name: str, figure: str, expected: int, found: int) -> None:
        if expected != found and len(self._differences) < _DIFFERENCES_MAXIMUM:
            self._differences.append(Difference(supplier=name, figure=figure, expected=expected, found=found))


def has_ended(*, order: Mapping[str, Any]) -> bool:
    """Return whether every line of an order is delivered or canceled."""
    return all(line["state"] in _FINAL for line in order["lines"])


def _reasons(order: Mapping[str, Any]) -> dict[int, str]:
    found = (_CANCELED.fullmatch(one["note"]) for one in order["timeline"] if one["action"] == "canceled")
    return {int(one[1]): one[2] for one in found if one is not None}
