"""What the operator decides about returns, by category and supplier."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import msgspec

_WITHDRAWAL = "Directive 2011/83/EU, Article 9: at least 14 days from delivery where shoppers are consumers"
_GUARANTEE = "Directive (EU) 2019/771, Article 10: two years from delivery"


def _days(description: str, *, law: str | None = None, ge: int = 0, le: int = 3_650) -> msgspec.Meta:
    return msgspec.Meta(ge=ge, le=le, description=description, extra={"unit": "days", "law": law})


def _hours(description: str, *, le: int = 2_160) -> msgspec.Meta:
    return msgspec.Meta(ge=1, le=le, description=description, extra={"unit": "hours", "law": None})


class PaidBy(StrEnum):
    """Who bears the cost of the way back."""

    SHOPPER = "shopper"
    SUPPLIER = "supplier"
    OPERATOR = "operator"


class Authorization(StrEnum):
    """Whether goods may come back at once, or a person says so first."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"


class ReturnRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An exception from the rest of the policy; what it leaves out is as there.

    It holds for products whose category is one of ``categories`` or below it (none named: of any category) of the
    ``suppliers`` named (none: of all). Of several that fit, the first one holds.
    """

    categories: tuple[str, ...] = ()
    suppliers: tuple[str, ...] = ()
    returnable: bool | None = None
    window_days: Annotated[int, msgspec.Meta(ge=0, le=3_650)] | None = None
    fault_window_days: Annotated[int, msgspec.Meta(ge=0, le=3_650)] | None = None
    authorization: Authorization | None = None
    shipping_paid_by: PaidBy | None = None
    restocking_fee_basis_points: Annotated[int, msgspec.Meta(ge=0, le=10_000)] | None = None
    keep_below_minor: Annotated[int, msgspec.Meta(ge=0, le=10**9)] | None = None

    def fits(self, *, category: str, supplier_id: str) -> bool:
        """Return whether the rule speaks of such goods."""
        if self.suppliers and supplier_id not in self.suppliers:
            return False
        path = _steps(category)
        return not self.categories or any(path[: len(steps)] == steps for steps in map(_steps, self.categories))


class ReturnPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How goods come back and shoppers get their money; amounts are never more than was paid."""

    returnable: Annotated[
        bool,
        msgspec.Meta(
            description="Whether goods without a fault may come back; those with a fault always may.",
            extra={"law": "Directive 2011/83/EU, Article 16 names what needs not"},
        ),
    ] = True
    window_days: Annotated[int, _days("How long after delivery goods may come back.", law=_WITHDRAWAL)] = 30
    fault_window_days: Annotated[
        int, _days("How long after delivery goods may come back that are faulty or not as sold.", law=_GUARANTEE)
    ] = 730
    authorization: Annotated[
        Authorization, msgspec.Meta(description="Whether a return is authorized at once or by a person.")
    ] = Authorization.AUTOMATIC
    shipping_paid_by: Annotated[
        PaidBy,
        msgspec.Meta(
            description="Who pays the way back of goods without a fault; for a fault the supplier pays.",
            extra={"law": "Directive 2011/83/EU, Article 14(1)"},
        ),
    ] = PaidBy.SHOPPER
    restocking_fee_basis_points: Annotated[
        int,
        msgspec.Meta(
            ge=0,
            le=10_000,
            description="What is kept of the price of goods without a fault, in hundredths of a percent.",
            extra={"law": "Directive 2011/83/EU, Article 13 allows none within 14 days"},
        ),
    ] = 0
    outward_shipping_refunded: Annotated[
        bool,
        msgspec.Meta(
            description="Whether the shipping charge of goods without a fault is refunded with them.",
            extra={"law": "Directive 2011/83/EU, Article 13(1)"},
        ),
    ] = True
    keep_below_minor: Annotated[
        int,
        msgspec.Meta(
            ge=0,
            le=10**9,
            description="Faulty goods that cost less need not come back and are refunded at once; 0: all come back.",
            extra={"unit": "minor units"},
        ),
    ] = 0
    decide_within_hours: Annotated[
        int, _hours("How long a person may take to authorize a return; then it is authorized by itself.")
    ] = 48
    send_within_days: Annotated[
        int, _days("How long the shopper has to hand in the parcel before the return expires.", ge=1, le=365)
    ] = 14
    receive_within_days: Annotated[
        int,
        _days("How long a parcel that was handed in may be on its way before the operator is told.", ge=1, le=365),
    ] = 14
    settle_within_hours: Annotated[
        int,
        _hours("How long a person may take to decide about goods in doubt; then they are refunded in full."),
    ] = 72
    pay_within_hours: Annotated[
        int,
        msgspec.Meta(
            ge=1,
            le=2_160,
            description="How long the storefront has to pay a refund and say so before the operator is told.",
            extra={"unit": "hours", "law": "Directive 2011/83/EU, Article 13(1): within 14 days"},
        ),
    ] = 72
    rules: Annotated[
        tuple[ReturnRule, ...],
        msgspec.Meta(
            max_length=500,
            description="`[[returns.rules]]`: exceptions with `categories`, `suppliers` and any of `returnable`,"
            " `window_days`, `fault_window_days`, `authorization`, `shipping_paid_by`,"
            " `restocking_fee_basis_points`, `keep_below_minor`; the first that fits holds.",
        ),
    ] = ()


class ReturnTerms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the policy said of one line when its return was asked for; kept, so that it can be explained later.

    ``rule`` names where it stands: ``standard``, or the position of the exception that held.
    """

    rule: str
    returnable: bool
    window_days: int
    authorization: Authorization
    shipping_paid_by: PaidBy
    restocking_fee_basis_points: int
    outward_shipping_refunded: bool
    keep_below_minor: int


def terms_of(*, policy: ReturnPolicy, category: str, supplier_id: str, is_fault: bool) -> ReturnTerms:
    """Return what the policy says of goods of a category and supplier that are faulty, or are not."""
    position, rule = _first(policy.rules, category=category, supplier_id=supplier_id)
    days = rule.fault_window_days if is_fault else rule.window_days
    if days is None:
        days = policy.fault_window_days if is_fault else policy.window_days
    fee = rule.restocking_fee_basis_points
    keep = rule.keep_below_minor if rule.keep_below_minor is not None else policy.keep_below_minor
    return ReturnTerms(
        rule="standard" if position is None else f"rules[{position}]",
        # A fault is the supplier's to answer for, whatever the goods are.
        returnable=is_fault or (policy.returnable if rule.returnable is None else rule.returnable),
        window_days=days,
        authorization=rule.authorization or policy.authorization,
        shipping_paid_by=PaidBy.SUPPLIER if is_fault else rule.shipping_paid_by or policy.shipping_paid_by,
        restocking_fee_basis_points=0 if is_fault else policy.restocking_fee_basis_points if fee is None else fee,
        outward_shipping_refunded=is_fault or policy.outward_shipping_refunded,
        keep_below_minor=keep if is_fault else 0,
    )


def _first(rules: Sequence[ReturnRule], *, category: str, supplier_id: str) -> tuple[int | None, ReturnRule]:
    for position, rule in enumerate(rules):
        if rule.fits(category=category, supplier_id=supplier_id):
            return position, rule
    return None, ReturnRule()


def _steps(category: str) -> list[str]:
    return [step.strip().casefold() for step in category.split(">")] if category.strip() else []
