"""Corrections and proposals as records keep them: with rule, confidence, who and when; what is secret only masked."""

from __future__ import annotations

from collections.abc import Sequence

from openaisle.kernel.context import Context
from openaisle.suppliers.corrections.apply import MadeMend
from openaisle.suppliers.dossier import Secrets
from openaisle.suppliers.facts import TAX_ID
from openaisle.suppliers.paths import is_path
from openaisle.suppliers.repository import CorrectionsMade
from openaisle.suppliers.tax_ids import masked
from openaisle.suppliers.verification import Correction, Proposal


def corrections_made(*, supplier_id: str, revision: int, made: Sequence[MadeMend], context: Context) -> CorrectionsMade:
    """Return the record of the mends that the rules made to one revision."""
    return CorrectionsMade(
        supplier_id=supplier_id,
        revision=revision,
        by_person=False,
        corrections=tuple(
            Correction(
                field=mend.field,
                before=_shown(mend.field, mend.before),
                after=_shown(mend.field, mend.after),
                rule=mend.rule,
                who=context.principal.actor,
                at=context.at,
                confidence=mend.confidence,
            )
            for mend in made
        ),
    )


def proposals_of(*, made: Sequence[MadeMend]) -> tuple[Proposal, ...]:
    """Return the mends that a person decides about."""
    return tuple(
        Proposal(
            field=mend.field,
            before=_shown(mend.field, mend.before),
            after=_shown(mend.field, mend.after),
            rule=mend.rule,
            confidence=mend.confidence,
        )
        for mend in made
    )


def _shown(field: str, text: str | None) -> str | None:
    secret = field == TAX_ID or is_path(part=Secrets, field=field)
    return masked(text=text) if secret and text is not None else text
