"""Apply the rules to a supplier's facts: certain mends are made, the others proposed."""

from __future__ import annotations

import msgspec

from openaisle.suppliers.corrections.mend import Mend
from openaisle.suppliers.corrections.rules import RULES
from openaisle.suppliers.facts import ClearFacts, FactInvalid, require_fact, text_of, with_fact

_PASSES_MAXIMUM = 4


class MadeMend(msgspec.Struct, frozen=True, kw_only=True):
    """A mend with what stood in the field before it; in clear, so for memory only."""

    field: str
    before: str | None
    after: str | None
    rule: str
    confidence: float = 1.0


class CorrectedFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The facts as corrected, what was corrected in order, and what is only proposed."""

    clear: ClearFacts
    made: tuple[MadeMend, ...]
    proposed: tuple[MadeMend, ...]


def corrected(*, clear: ClearFacts) -> CorrectedFacts:
    """Return the facts with every certain mend made; corrected facts are not corrected again.

    The rules run until none has anything left to mend: what one puts right, another may then understand.
    """
    made: list[MadeMend] = []
    for _ in range(_PASSES_MAXIMUM):
        mended, mends = _one_pass(clear)
        made += mends
        if mended == clear:
            break
        clear = mended
    proposed = tuple(
        MadeMend(
            field=mend.field,
            before=_text(clear, mend.field),
            after=mend.after,
            rule=mend.rule,
            confidence=mend.confidence,
        )
        for rule in RULES
        for mend in rule(clear)
        if not mend.certain and _fits(mend)
    )
    return CorrectedFacts(clear=clear, made=tuple(made), proposed=proposed)


def _one_pass(clear: ClearFacts) -> tuple[ClearFacts, list[MadeMend]]:
    made: list[MadeMend] = []
    for rule in RULES:
        # A rule may mend several fields; each mend is made before the next rule looks.
        for mend in tuple(rule(clear)):
            before = _text(clear, mend.field)
            if mend.certain and mend.after != before and _fits(mend):
                clear = with_fact(clear=clear, field=mend.field, value=mend.after)
                made.append(
                    MadeMend(
                        field=mend.field, before=before, after=mend.after, rule=mend.rule, confidence=mend.confidence
                    )
                )
    return clear, made


def _fits(mend: Mend) -> bool:
    try:
        require_fact(field=mend.field, value=mend.after)
    except FactInvalid:
        return False
    return True


def _text(clear: ClearFacts, field: str) -> str | None:
    return text_of(clear=clear, field=field)
