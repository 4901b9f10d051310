"""Who may know of a return or a refund: both look to everybody else as if there were none."""

from __future__ import annotations

from openaisle.kernel.context import Principal, Role
from openaisle.orders.model import Order, unknown_order
from openaisle.returns.model import Return, unknown_return
from openaisle.returns.refund import Refund, RefundUnknown


def require_order(*, order: Order, principal: Principal) -> None:
    """Raise OrderUnknown unless the order is the storefront's own; the operator knows every order."""
    if principal.role is Role.STOREFRONT and order.storefront_id == principal.subject_id:
        return
    if principal.role not in {Role.OPERATOR, Role.SYSTEM}:
        raise unknown_order(order_id=order.order_id)


def require_return(*, record: Return, principal: Principal) -> None:
    """Raise ReturnUnknown unless the return is one of the caller's."""
    if not _is_party(principal=principal, storefront_id=record.storefront_id, supplier_id=record.supplier_id):
        raise unknown_return(return_id=record.return_id)


def require_refund(*, refund: Refund, principal: Principal) -> None:
    """Raise RefundUnknown unless the refund is one of the caller's."""
    if not _is_party(principal=principal, storefront_id=refund.storefront_id, supplier_id=refund.supplier_id):
        raise RefundUnknown(detail=f"There is no refund {refund.refund_id}.")


def _is_party(*, principal: Principal, storefront_id: str, supplier_id: str | None) -> bool:
    if principal.role is Role.STOREFRONT:
        return principal.subject_id == storefront_id
    if principal.role is Role.SUPPLIER:
        return principal.subject_id == supplier_id
    return principal.role in {Role.OPERATOR, Role.SYSTEM}
