"""How a supplier that speaks X12 is addressed: the facts that both sides agree upon before the first interchange."""

from __future__ import annotations

from typing import Annotated

import msgspec

from openaisle.kernel.errors import Finding, RequestInvalid
from openaisle.kernel.texts import END

Qualifier = Annotated[str, msgspec.Meta(pattern=rf"^[0-9A-Z]{{2}}{END}")]
# What stands in ISA06 and ISA08: up to 15 printable characters that are no separator anywhere.
PartyIdentifier = Annotated[
    str, msgspec.Meta(min_length=2, max_length=15, pattern=rf"^[0-9A-Za-z][0-9A-Za-z ._/-]{{0,13}}[0-9A-Za-z]{END}")
]
Separator = Annotated[str, msgspec.Meta(min_length=1, max_length=1, pattern=rf"^[!-/:-@\[-`{{-~\n\x1c-\x1f]{END}")]


class X12SeparatorsInvalid(RequestInvalid):
    """Two of the separators are the same character, or one of them cannot be told from text."""

    code = "x12-separators-invalid"
    title = "The separators cannot be told apart"
    mend = "Give three different characters that never stand in data; * > and ~ are usual."


class X12Settings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Who we and the supplier are in interchanges, and how ours are written; theirs may be written otherwise.

    ``own_identifier`` is the operator's (ISA06 of what we send), ``partner_identifier`` the supplier's. A ``test``
    partner's interchanges carry T in ISA15. ``acknowledge_within_hours`` is how long a functional acknowledgment
    (997) of what we sent may be missing before it is told.
    """

    own_identifier: PartyIdentifier
    partner_identifier: PartyIdentifier
    own_qualifier: Qualifier = "ZZ"
    partner_qualifier: Qualifier = "ZZ"
    # Some partners name another application in the group than in the envelope; empty takes the envelope's.
    own_application: Annotated[str, msgspec.Meta(max_length=15, pattern=rf"^[0-9A-Za-z ._/-]*{END}")] = ""
    partner_application: Annotated[str, msgspec.Meta(max_length=15, pattern=rf"^[0-9A-Za-z ._/-]*{END}")] = ""
    test: bool = False
    element_separator: Separator = "*"
    component_separator: Separator = ">"
    segment_terminator: Separator = "~"
    line_breaks: bool = False
    acknowledge_within_hours: Annotated[int, msgspec.Meta(ge=1, le=720)] = 24


def require_separators(*, settings: X12Settings) -> None:
    """Raise X12SeparatorsInvalid unless the separators differ from each other and from what stands in identifiers."""
    separators = (settings.element_separator, settings.component_separator, settings.segment_terminator)
    used = settings.own_identifier + settings.partner_identifier + settings.own_application
    used += settings.partner_application
    if len(set(separators)) != len(separators) or any(one in used for one in separators):
        finding = Finding(pointer="/x12", detail="Separators must differ, and none may stand in an identifier.")
        raise X12SeparatorsInvalid(detail=finding.detail, findings=(finding,))
