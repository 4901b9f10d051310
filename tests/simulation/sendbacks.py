"""What must hold of goods that come back and of money that goes back, however often it is asked for."""

from __future__ import annotations

from collections import Counter, defaultdict

from openaisle.kernel.stream import Change
from openaisle.orders.model import Order
from openaisle.returns.model import Return
from openaisle.returns.refund import Refund
from openaisle.returns.repository import REFUNDS, RETURNS
from tests.simulation.laws import Progress, require

_MAY_FOLLOW = {
    "requested": {"authorized", "refused"},
    "authorized": {"received", "refunded", "replaced", "refused", "expired"},
    "received": {"refunded", "replaced", "refused"},
    "expired": {"received"},
}
_FAILED = "failed"


class SendBacks:
    """The returns and refunds of all orders, as the stream told of them."""

    def __init__(self) -> None:
        self._returns: defaultdict[str, dict[str, Return]] = defaultdict(dict)
        self._refunds: defaultdict[str, dict[str, Refund]] = defaultdict(dict)

    def take(self, change: Change) -> str | None:
        """Take a change in; return the order it is about, None if it is about something else."""
        if change.body is None:
            return None
        if change.kind == RETURNS.kind:
            one = RETURNS.record(change.body)
            before = self._returns[one.order_id].get(one.return_id)
            if before is not None:
                _require_lawful(before=before, after=one)
            self._returns[one.order_id][one.return_id] = one
            return one.order_id
        if change.kind == REFUNDS.kind:
            refund = REFUNDS.record(change.body)
            known = self._refunds[refund.order_id].get(refund.refund_id)
            same = known is None or (known.amount_minor, known.lines) == (refund.amount_minor, refund.lines)
            require(same, f"{refund.refund_id} was of {known} and is of {refund}")
            self._refunds[refund.order_id][refund.refund_id] = refund
            return refund.order_id
        return None

    def check(self, *, order: Order, progress: dict[int, Progress]) -> None:
        """Check that no more comes back than left, and that no more is paid back than was paid."""
        received: Counter[int] = Counter()
        for one in self._returns[order.order_id].values():
            received.update(one.received)
        for number, units in received.items():
            shipped = progress[number].shipped
            require(units <= shipped, f"{units} units of line {number} of {order.order_id} came back, {shipped} left")
        refunds = self._refunds[order.order_id].values()
        back_minor = sum(one.amount_minor for one in refunds if one.state.value != _FAILED)
        told = f"{back_minor} of the {order.total_minor} paid for {order.order_id} go back"
        require(back_minor <= order.total_minor, told)
        causes = Counter((one.cause, one.cause_id) for one in refunds)
        require(all(count == 1 for count in causes.values()), f"{order.order_id} is refunded twice for {causes}")


def _require_lawful(*, before: Return, after: Return) -> None:
    name, old, new = after.return_id, before.state.value, after.state.value
    require(old == new or new in _MAY_FOLLOW.get(old, set()), f"{name} went from {old} to {new}")
    require(after.receipts[: len(before.receipts)] == before.receipts, f"{name}: its receipts were rewritten")
    wanted = {line.line_number: line.quantity for line in after.lines}
    over = {number: units for number, units in after.received.items() if units > wanted.get(number, 0)}
    require(not over, f"{name}: more came back than was authorized: {over}")
