"""How a supplier is written to, and where goods go back to: what the rooms that follow an order ask of this one."""

from __future__ import annotations

import msgspec

from openaisle.kernel.table import Table
from openaisle.suppliers.facts import SupplierFacts
from openaisle.suppliers.mails import language_of
from openaisle.suppliers.repository import SUPPLIERS, supplier_key


class ReturnAddress(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a supplier takes goods back."""

    name: str
    street_lines: tuple[str, ...]
    city: str
    postal_code: str
    country: str
    region: str | None = None


class SupplierContact(msgspec.Struct, frozen=True, kw_only=True):
    """A supplier's name, the mailbox and language it is written to in, and where it takes goods back."""

    supplier_id: str
    name: str
    email: str
    language: str
    returns_to: ReturnAddress


class SupplierContacts:
    """Finds out how suppliers are written to."""

    def __init__(self, *, table: Table) -> None:
        """Take the table of the suppliers' records."""
        self._table = table

    async def contact(self, *, supplier_id: str) -> SupplierContact | None:
        """Return how a supplier is written to, None if there is no such supplier."""
        item = await self._table.get(key=supplier_key(supplier_id=supplier_id))
        if item is None:
            return None
        facts = SUPPLIERS.record(item.body).facts
        return SupplierContact(
            supplier_id=supplier_id,
            name=facts.name,
            email=facts.email,
            language=language_of(facts=facts),
            returns_to=_returns_to(facts),
        )


def _returns_to(facts: SupplierFacts) -> ReturnAddress:
    """Return the address for goods that come back: the seat, where the supplier has named no other."""
    place = facts.dossier.return_address or facts.address
    return ReturnAddress(
        name=facts.name,
        street_lines=tuple(place.street_lines),
        city=place.city,
        postal_code=place.postal_code,
        country=place.country or facts.country,
        region=place.region,
    )
