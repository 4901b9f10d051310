"""What happens to terms, and what suppliers answer."""

from __future__ import annotations

from typing import ClassVar

from openaisle.kernel.records import Event


class TermsPublished(Event, frozen=True, kw_only=True):
    """New terms were announced to every supplier, and from when on they apply."""

    TYPE: ClassVar[str] = "terms.published"

    version: str
    sha256: str
    effective_at: str


class TermsInForce(Event, frozen=True, kw_only=True):
    """New terms apply from now on."""

    TYPE: ClassVar[str] = "terms.in_force"

    version: str


class SupplierTermsAnswered(Event, frozen=True, kw_only=True):
    """A supplier has agreed to terms or left because of them, or the day of effect decided for it (``answer``)."""

    TYPE: ClassVar[str] = "supplier.terms_answered"

    version: str
    answer: str
