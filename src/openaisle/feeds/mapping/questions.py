"""What a mapping must say before a feed of a kind can be used, and what is told of the columns it leaves out."""

from __future__ import annotations

from openaisle.catalog.issues import Issue, IssueCode, issue
from openaisle.feeds.mapping.fields import REQUIRED, label_of
from openaisle.feeds.mapping.model import FeedMapping

_COLUMNS_TOLD = 50


def left_out(*, mapping: FeedMapping) -> tuple[Issue, ...]:
    """Return what is told of the columns that the mapping does not use, as issues of the file as a whole."""
    issues = []
    columns = [one for one in mapping.columns if one.field is None and one.header.strip()]
    for column in columns[:_COLUMNS_TOLD]:
        message = f"The column {column.header[:80]!r} was left out."
        if column.suggestion is not None:
            message = f"{message} It may be the {label_of(field=column.suggestion).lower()}: say so in the mapping."
        issues.append(issue(code=IssueCode.COLUMN_UNKNOWN, field="", message=message))
    if len(columns) > _COLUMNS_TOLD:
        message = f"{len(columns) - _COLUMNS_TOLD} more columns were left out."
        issues.append(issue(code=IssueCode.COLUMN_UNKNOWN, field="", message=message))
    return tuple(issues)


def missing_fields(*, mapping: FeedMapping, kind: str, prices_name_currency: bool = False) -> tuple[str, ...]:
    """Return the fields that a feed of this kind must tell and that the mapping does not fill.

    Of alternatives the first is named. ``prices_name_currency`` tells that every price was seen with its currency.
    """
    fields = mapping.fields
    return tuple(
        alternatives[0]
        for alternatives in REQUIRED.get(kind, REQUIRED["products"])
        if not fields & set(alternatives) and not (alternatives == ("currency",) and prices_name_currency)
    )
