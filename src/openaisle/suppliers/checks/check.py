"""The protocol that every check follows, and what it is told beside the facts."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Protocol

import msgspec

from openaisle.kernel.outbound import HttpCaller
from openaisle.suppliers.dossier import NO_SECRETS, SealedSecrets, Secrets, SupplierDocument
from openaisle.suppliers.facts import SupplierFacts
from openaisle.suppliers.model import ConfirmedMailbox
from openaisle.suppliers.verification import STANDARD_POLICY, CheckResult, VerificationPolicy


class CheckContext(msgspec.Struct, frozen=True, kw_only=True):
    """What a check may go by beside the facts.

    Tax ids, bank account and birth dates are in clear and must not get into evidence. ``documents`` are those uploaded
    so far; ``documents.SupplierDocuments.content`` reads their bytes.
    """

    supplier_id: str
    tax_id: str | None
    tax_id_fingerprint: str | None
    at: datetime
    secrets: Secrets = NO_SECRETS
    sealed: SealedSecrets | None = None
    documents: tuple[SupplierDocument, ...] = ()
    confirmed_mailbox: ConfirmedMailbox | None = None
    policy: VerificationPolicy = STANDARD_POLICY


class CheckTools(msgspec.Struct, frozen=True, kw_only=True):
    """What the marketplace lends to a check of a plug-in: guarded calls to addresses that strangers gave."""

    caller: HttpCaller


class Check(Protocol):
    """One test of one kind of fact.

    ``name`` is stable: results, approvals and the policy go by it. Each try of ``examine`` has ``timeout_seconds``; a
    check that raises or does not end in time is inconclusive, so it never stops a verification.
    """

    name: ClassVar[str]
    timeout_seconds: ClassVar[float]

    async def examine(self, *, facts: SupplierFacts, context: CheckContext) -> CheckResult:
        """Return what the check found; may run twice on the same facts."""
        ...
