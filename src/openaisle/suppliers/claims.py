"""Numbers that no two active suppliers may share, and who holds them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from openaisle.kernel.table import Table
from openaisle.suppliers.dossier import SealedSecrets
from openaisle.suppliers.facts import SupplierFacts
from openaisle.suppliers.repository import CLAIMS, claim_key
from openaisle.suppliers.schemes import comparable

_REGISTRATION = "registration"
_TAX_ID = "tax_id"
_BANK_ACCOUNT = "bank_account"


class ClaimHolders(Protocol):
    """Tells who holds claims."""

    async def holders(self, *, claims: Sequence[str]) -> list[str | None]:
        """Return the supplier that holds each claim, None where it is free."""
        ...


class TableClaims:
    """The claims in the table; implements ClaimHolders."""

    def __init__(self, *, table: Table) -> None:
        """Take the table."""
        self._table = table

    async def holders(self, *, claims: Sequence[str]) -> list[str | None]:
        """Return the supplier that holds each claim, None where it is free."""
        items = await self._table.get_many(keys=[claim_key(claim=claim) for claim in claims])
        return [CLAIMS.decode(item).record.supplier_id if item is not None else None for item in items]


def claims_of(
    *, facts: SupplierFacts, tax_id_fingerprint: str | None, sealed: SealedSecrets | None = None
) -> tuple[str, ...]:
    """Return the claims a supplier with these facts would hold: its number, each tax id, its bank account."""
    number = comparable(number=facts.registration_number)
    claims = [f"{_REGISTRATION}#{facts.country}#{number}"] if number else []
    if tax_id_fingerprint is not None:
        claims.append(f"{_TAX_ID}#{tax_id_fingerprint}")
    if sealed is not None:
        claims += [f"{_TAX_ID}#{one.fingerprint}" for one in sealed.tax_ids]
        if sealed.bank_account is not None:
            claims.append(f"{_BANK_ACCOUNT}#{sealed.bank_account.fingerprint}")
    return tuple(dict.fromkeys(claims))


def field_of_claim(*, claim: str) -> str:
    """Return the name of the fact a claim is about."""
    kind = claim.partition("#")[0]
    return "registration_number" if kind == _REGISTRATION else kind
