"""The order policy of an installation: a section for every room that follows an order, from the operator's file."""

from __future__ import annotations

import msgspec

from openaisle.config import Settings
from openaisle.incidents.policy import IncidentPolicy
from openaisle.orders.allocating.policy import AllocationPolicy
from openaisle.orders.disclosure import DisclosurePolicy
from openaisle.orders.policy import OrderCarePolicy
from openaisle.orders.policy_file import BYTES_MAXIMUM, OrderPolicyInvalid, read_order_policy
from openaisle.orders.shipping.policy import BrandPolicy, ShippingPolicy
from openaisle.returns.policy import ReturnPolicy
from openaisle.scorecards.policy import ScorecardPolicy


class OrderPolicies(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the operator decides about orders and what follows them; what a file leaves out is as here."""

    orders: OrderCarePolicy = OrderCarePolicy()
    allocation: AllocationPolicy = AllocationPolicy()
    shipping: ShippingPolicy = ShippingPolicy()
    brand: BrandPolicy = BrandPolicy()
    disclosure: DisclosurePolicy = DisclosurePolicy()
    returns: ReturnPolicy = ReturnPolicy()
    incidents: IncidentPolicy = IncidentPolicy()
    scorecards: ScorecardPolicy = ScorecardPolicy()


def order_policies(*, settings: Settings) -> OrderPolicies:
    """Return the policies of the operator's file, or the standard ones without one; raises OrderPolicyInvalid."""
    file = settings.order_policy_path
    try:
        if not settings.order_policy_file and not file.exists():
            return OrderPolicies()
        if file.stat().st_size > BYTES_MAXIMUM:
            raise OrderPolicyInvalid(detail=f"{file} has more than {BYTES_MAXIMUM:,} bytes.")
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise OrderPolicyInvalid(detail=f"There is no file {file}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise OrderPolicyInvalid(detail=f"{file} cannot be read: {error}.") from None
    return read_order_policy(text=text, source=file.name, sections=OrderPolicies)
