"""What about a supplier no single reviewer may settle: where its money goes."""

from __future__ import annotations

from openaisle.reviews.policy import RiskyFacts

RISKY_FACTS = RiskyFacts(causes=("bank-account*",), fields=("bank_account*",))
