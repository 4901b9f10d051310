"""What the law wants to be told of a trader, and what of it shoppers must be shown."""

from __future__ import annotations

from datetime import date

import msgspec

from openaisle.duties.model import TraderStanding
from openaisle.kernel.table import Table
from openaisle.suppliers.facts import BusinessModel
from openaisle.suppliers.model import Supplier, SupplierMissing, SupplierState
from openaisle.suppliers.repository import SUPPLIERS, supplier_key


class TraderAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Where a trader has its seat."""

    street_lines: tuple[str, ...]
    city: str
    postal_code: str
    region: str | None
    country: str


class TraderView(msgspec.Struct, frozen=True, kw_only=True):
    """What a storefront shows of a trader beside its offers.

    ``must_show_in_union`` is what Article 30(7) of the Digital Services Act wants shown to shoppers in the Union,
    ``must_show_in_united_states`` what 15 U.S.C. 45f(b) wants shown where the thresholds are reached.
    ``self_certified`` tells whether the trader has agreed to terms by which it offers only what complies with the law.
    """

    supplier_id: str
    name: str
    legal_name: str
    address: TraderAddress
    email: str
    phone: str
    register_name: str | None
    registration_number: str
    self_certified: bool
    self_certified_terms: str | None
    operator_sells: bool
    must_show_in_union: tuple[str, ...]
    must_show_in_united_states: tuple[str, ...]


_UNION = ("legal_name", "address", "phone", "email", "register_name", "registration_number", "self_certified")
_UNITED_STATES = ("legal_name", "address", "phone", "email")


class Traders:
    """Reads suppliers as traders."""

    def __init__(self, *, table: Table) -> None:
        """Take the table."""
        self._table = table

    async def supplier(self, *, supplier_id: str) -> Supplier:
        """Return the supplier; raises SupplierMissing."""
        item = await self._table.get(key=supplier_key(supplier_id=supplier_id))
        if item is None:
            raise SupplierMissing(detail=f"There is no supplier {supplier_id[:40]}.")
        return SUPPLIERS.decode(item).record


def standing_of(*, supplier: Supplier) -> TraderStanding:
    """Return what the duties depend on in a supplier. Pure."""
    facts, sealed = supplier.facts, supplier.sealed
    has_tax_id = supplier.tax_id is not None or bool(sealed is not None and sealed.tax_ids)
    has_account = sealed is not None and sealed.bank_account is not None
    told = {
        "legal_name": bool(facts.legal_name),
        "address": bool(facts.address.street_lines and facts.address.city),
        "email": bool(facts.email),
        "phone": bool(facts.phone),
        "registration_number": bool(facts.registration_number),
        "bank_account": has_account,
        "tax_id": has_tax_id,
        "agreement": facts.dossier.agreement is not None,
    }
    for_inform = ("legal_name", "email", "phone", "bank_account", "tax_id")
    for_traders = ("legal_name", "address", "email", "phone", "registration_number", "bank_account", "agreement")
    left: date | None = supplier.changed_at.date() if supplier.state is SupplierState.OFFBOARDED else None
    return TraderStanding(
        missing_for_inform=tuple(name for name in for_inform if not told[name]),
        missing_for_traders=tuple(name for name in for_traders if not told[name]),
        is_verified=supplier.state in {SupplierState.ACTIVE, SupplierState.SUSPENDED},
        sells_itself=facts.business_model is BusinessModel.MARKETPLACE,
        may_sell=supplier.state is SupplierState.ACTIVE,
        left_on=left,
    )


def trader_view(*, supplier: Supplier, must_disclose: bool) -> TraderView:
    """Return what a storefront shows of the supplier. Pure."""
    facts = supplier.facts
    agreement = facts.dossier.agreement
    sells_itself = facts.business_model is BusinessModel.MARKETPLACE
    return TraderView(
        supplier_id=supplier.supplier_id,
        name=facts.name,
        legal_name=facts.legal_name,
        address=TraderAddress(
            street_lines=facts.address.street_lines,
            city=facts.address.city,
            postal_code=facts.address.postal_code,
            region=facts.address.region,
            country=facts.address.country or facts.country,
        ),
        email=facts.email,
        phone=facts.phone,
        register_name=facts.dossier.register_name,
        registration_number=facts.registration_number,
        self_certified=agreement is not None,
        self_certified_terms=agreement.terms_version if agreement is not None else None,
        operator_sells=not sells_itself,
        must_show_in_union=_UNION if sells_itself else (),
        must_show_in_united_states=_UNITED_STATES if must_disclose and sells_itself else (),
    )
