"""What happens to submissions and products."""

from __future__ import annotations

from typing import ClassVar

from openaisle.kernel.records import Event


class ProductSubmissionSubmitted(Event, frozen=True, kw_only=True):
    """A supplier handed in a product; it waits for validation."""

    TYPE: ClassVar[str] = "product_submission.submitted"

    submission_id: str


class ProductSubmissionAccepted(Event, frozen=True, kw_only=True):
    """A submission passed; its product, offer and stock level stand."""

    TYPE: ClassVar[str] = "product_submission.accepted"

    submission_id: str
    product_id: str
    offer_id: str


class ProductSubmissionReviewRequested(Event, frozen=True, kw_only=True):
    """A submission is doubtful and waits for a person."""

    TYPE: ClassVar[str] = "product_submission.review_requested"

    submission_id: str


class ProductSubmissionRejected(Event, frozen=True, kw_only=True):
    """A submission was refused; its issues say why."""

    TYPE: ClassVar[str] = "product_submission.rejected"

    submission_id: str


class ProductStateChanged(Event, frozen=True, kw_only=True):
    """The operator withdrew a product or brought it back."""

    TYPE: ClassVar[str] = "product.state_changed"

    product_id: str
    state: str
