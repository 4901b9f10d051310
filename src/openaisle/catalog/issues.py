"""Issues and corrections: what was found in a submission, and what was mended and by which rule.

Every code is explained in docs/reference/product-issues.md; a test fails if one is missing there.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

import msgspec

_SHOWN_CHARACTERS = 200


class Severity(StrEnum):
    """How much an issue weighs: an error rejects, a warning is accepted but should be mended, info just tells."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class IssueCode(StrEnum):
    """Every issue there is; the code is stable and part of the API."""

    SUPPLIER_SKU_MISSING = "supplier_sku_missing"
    SUPPLIER_SKU_INVALID = "supplier_sku_invalid"
    SUPPLIER_SKU_REPEATED = "supplier_sku_repeated"
    TITLE_MISSING = "title_missing"
    TITLE_TOO_SHORT = "title_too_short"
    TITLE_TOO_LONG = "title_too_long"
    TEXT_TOO_LONG = "text_too_long"
    HTML_FORBIDDEN = "html_forbidden"
    HTML_REMOVED = "html_removed"
    BRAND_UNKNOWN = "brand_unknown"
    FORMULA_CELL = "formula_cell"
    GTIN_MISSING = "gtin_missing"
    GTIN_INVALID = "gtin_invalid"
    GTIN_RESTRICTED = "gtin_restricted"
    CONTACT_DATA = "contact_data"
    PRICE_MISSING = "price_missing"
    PRICE_UNREADABLE = "price_unreadable"
    PRICE_NOT_POSITIVE = "price_not_positive"
    PRICE_TOO_HIGH = "price_too_high"
    PRICE_JUMPED = "price_jumped"
    PRICE_UNUSUAL = "price_unusual"
    CURRENCY_MISSING = "currency_missing"
    CURRENCY_UNKNOWN = "currency_unknown"
    CURRENCY_CONTRADICTED = "currency_contradicted"
    ON_HAND_MISSING = "on_hand_missing"
    ON_HAND_UNREADABLE = "on_hand_unreadable"
    ON_HAND_OUT_OF_RANGE = "on_hand_out_of_range"
    ON_HAND_BELOW_RESERVED = "on_hand_below_reserved"
    LOCATION_INVALID = "location_invalid"
    LEAD_TIME_INVALID = "lead_time_invalid"
    CONDITION_UNKNOWN = "condition_unknown"
    CATEGORY_MISSING = "category_missing"
    MEASURES_MISSING = "measures_missing"
    MEASURE_UNREADABLE = "measure_unreadable"
    MEASURE_OUT_OF_RANGE = "measure_out_of_range"
    IMAGE_URL_INVALID = "image_url_invalid"
    IMAGE_URLS_TOO_MANY = "image_urls_too_many"
    TITLE_DIFFERS = "title_differs"
    PRODUCT_CHANGED = "product_changed"
    SUBMISSION_SUPERSEDED = "submission_superseded"
    OFFER_UNKNOWN = "offer_unknown"
    REJECTED_BY_REVIEWER = "rejected_by_reviewer"
    SETTLED_BY_RULE = "settled_by_rule"
    ENCODING_GUESSED = "encoding_guessed"
    ENCODING_BROKEN = "encoding_broken"
    ENCODING_UNSUPPORTED = "encoding_unsupported"
    NUL_BYTES_REMOVED = "nul_bytes_removed"
    FILE_EMPTY = "file_empty"
    HEADER_MISSING = "header_missing"
    HEADER_REPEATED = "header_repeated"
    COLUMN_UNKNOWN = "column_unknown"
    COLUMNS_TOO_MANY = "columns_too_many"
    CELL_TOO_LARGE = "cell_too_large"
    ROW_TOO_LARGE = "row_too_large"
    ROW_TOO_LONG = "row_too_long"
    ROW_TOO_SHORT = "row_too_short"
    QUOTE_NOT_CLOSED = "quote_not_closed"
    FILE_TRUNCATED = "file_truncated"
    FILE_CHANGED = "file_changed"
    FILE_TOO_LARGE = "file_too_large"
    ARCHIVE_REFUSED = "archive_refused"
    FORMAT_UNSUPPORTED = "format_unsupported"
    DOCUMENT_BROKEN = "document_broken"
    ROWS_TOO_MANY = "rows_too_many"
    ROWS_BEFORE_HEADER = "rows_before_header"
    RECORD_UNREADABLE = "record_unreadable"
    MACROS_IGNORED = "macros_ignored"
    SHEETS_IGNORED = "sheets_ignored"
    NUMBER_ROUNDED = "number_rounded"
    CELL_IN_ERROR = "cell_in_error"


class CorrectionRule(StrEnum):
    """Every automatic mend there is, and the mend by a person."""

    WHITE_SPACE_TIDIED = "white_space_tidied"
    CONTROL_CHARACTERS_REMOVED = "control_characters_removed"
    MARKUP_REMOVED = "markup_removed"
    HTML_CLEANED = "html_cleaned"
    BRAND_SPELLING = "brand_spelling"
    CATEGORY_NAMED = "category_named"
    CAPITALS_LOWERED = "capitals_lowered"
    GTIN_SEPARATORS_REMOVED = "gtin_separators_removed"
    GTIN_ZEROS_RESTORED = "gtin_zeros_restored"
    ISBN_CONVERTED = "isbn_converted"
    PRICE_TEXT_READ = "price_text_read"
    CURRENCY_READ_FROM_PRICE = "currency_read_from_price"
    CURRENCY_CAPITALIZED = "currency_capitalized"
    NUMBER_TEXT_READ = "number_text_read"
    CONDITION_SYNONYM = "condition_synonym"
    UNIT_CONVERTED = "unit_converted"
    VALUE_MAPPED = "value_mapped"
    CATEGORY_MAPPED = "category_mapped"
    REVIEWER = "reviewer"
    KEPT_RULE = "kept_rule"


class Issue(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One finding about one field of a submission; ``row`` is the row of the feed, the header being row 1.

    ``code`` is an IssueCode, or that of a rule over tables: schemas and operators have codes of their own.
    """

    field: str
    code: str
    severity: Severity
    message: str
    row: int | None = None
    suggestion: str | None = None


class Correction(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One mend of one field: what stood there, what stands there now, by which rule, and who applied it."""

    field: str
    before: str
    after: str
    rule: CorrectionRule
    who: str = "openaisle"
    row: int | None = None


class _Kind(NamedTuple):
    severity: Severity
    suggestion: str | None = None


_ERROR = _Kind(Severity.ERROR)

# Only what is not a plain error without a suggestion stands here.
_KINDS: Mapping[IssueCode, _Kind] = {
    IssueCode.SUPPLIER_SKU_MISSING: _Kind(Severity.ERROR, "Give each product your own stable article number."),
    IssueCode.SUPPLIER_SKU_REPEATED: _Kind(Severity.ERROR, "Keep one row per article; the first one counts."),
    IssueCode.TITLE_TOO_SHORT: _Kind(Severity.WARNING, "Say what the product is in a few words."),
    IssueCode.HTML_FORBIDDEN: _Kind(Severity.ERROR, "Send plain text."),
    IssueCode.HTML_REMOVED: _Kind(Severity.WARNING, "Send plain text, or tags of plain formatting without attributes."),
    IssueCode.BRAND_UNKNOWN: _Kind(Severity.INFO, "Check the spelling of the brand."),
    IssueCode.FORMULA_CELL: _Kind(Severity.WARNING, "Begin the text with a letter or a digit."),
    IssueCode.GTIN_INVALID: _Kind(Severity.ERROR, "Send the digits under the bar code, as text."),
    IssueCode.GTIN_RESTRICTED: _Kind(Severity.WARNING, "Send the number that GS1 gave to the maker, or leave it out."),
    IssueCode.CONTACT_DATA: _Kind(Severity.WARNING, "Take mail addresses, phone numbers and links out of the text."),
    IssueCode.PRICE_UNREADABLE: _Kind(Severity.ERROR, "Send whole minor units, or a plain decimal such as 12.99."),
    IssueCode.PRICE_JUMPED: _Kind(Severity.WARNING, "Check the decimal separator."),
    IssueCode.PRICE_UNUSUAL: _Kind(Severity.WARNING, "Check the price, its currency and how many pieces it is for."),
    IssueCode.CURRENCY_UNKNOWN: _Kind(Severity.ERROR, "Send a three-letter code in capitals, such as EUR."),
    IssueCode.ON_HAND_BELOW_RESERVED: _Kind(Severity.WARNING),
    IssueCode.CONDITION_UNKNOWN: _Kind(Severity.ERROR, "Send new, refurbished or used."),
    IssueCode.CATEGORY_MISSING: _Kind(Severity.WARNING, "Name a category so that shoppers find the product."),
    IssueCode.MEASURES_MISSING: _Kind(Severity.WARNING, "Send weight, length, width and height of the package."),
    IssueCode.MEASURE_UNREADABLE: _Kind(Severity.WARNING, "Send a whole number."),
    IssueCode.MEASURE_OUT_OF_RANGE: _Kind(Severity.WARNING, "Check the unit: grams and millimeters."),
    IssueCode.IMAGE_URL_INVALID: _Kind(Severity.WARNING, "Send addresses that begin with https:// and hold no spaces."),
    IssueCode.IMAGE_URLS_TOO_MANY: _Kind(Severity.WARNING),
    IssueCode.TITLE_DIFFERS: _Kind(Severity.INFO),
    IssueCode.PRODUCT_CHANGED: _Kind(Severity.INFO),
    IssueCode.SUBMISSION_SUPERSEDED: _Kind(Severity.INFO),
    IssueCode.SETTLED_BY_RULE: _Kind(Severity.INFO),
    IssueCode.ENCODING_GUESSED: _Kind(Severity.INFO, "Save the file as UTF-8."),
    IssueCode.ENCODING_BROKEN: _Kind(Severity.WARNING, "Save the file as UTF-8."),
    IssueCode.ENCODING_UNSUPPORTED: _Kind(Severity.ERROR, "Save the file as UTF-8."),
    IssueCode.NUL_BYTES_REMOVED: _Kind(Severity.WARNING),
    IssueCode.HEADER_MISSING: _Kind(Severity.ERROR, "Let the first row name the columns."),
    IssueCode.HEADER_REPEATED: _Kind(Severity.WARNING, "Name each column once; the first one counts."),
    IssueCode.COLUMN_UNKNOWN: _Kind(Severity.INFO),
    IssueCode.ROW_TOO_LONG: _Kind(Severity.ERROR, "Put quotes around values that hold the delimiter."),
    IssueCode.ROW_TOO_SHORT: _Kind(Severity.WARNING, "Give every row as many cells as the header."),
    IssueCode.QUOTE_NOT_CLOSED: _Kind(Severity.ERROR, "Close the quote, or double it inside a quoted value."),
    IssueCode.FILE_TRUNCATED: _Kind(Severity.ERROR, "Send the whole file again."),
    IssueCode.FILE_CHANGED: _Kind(Severity.ERROR, "Send the file again once it is finished."),
    IssueCode.FILE_TOO_LARGE: _Kind(Severity.ERROR, "Split the file into several feeds."),
    IssueCode.ARCHIVE_REFUSED: _Kind(Severity.ERROR, "Pack one file alone, without a password."),
    IssueCode.FORMAT_UNSUPPORTED: _Kind(
        Severity.ERROR, "Send CSV, TSV, XLSX, JSON Lines or Google Merchant XML, also packed by gzip or zip."
    ),
    IssueCode.DOCUMENT_BROKEN: _Kind(Severity.ERROR, "Write the file anew with the program that made it."),
    IssueCode.ROWS_TOO_MANY: _Kind(Severity.ERROR, "Split the file into several feeds."),
    IssueCode.ROWS_BEFORE_HEADER: _Kind(Severity.INFO, "Let the first row name the columns."),
    IssueCode.RECORD_UNREADABLE: _Kind(Severity.ERROR, "Write one JSON object to a line."),
    IssueCode.MACROS_IGNORED: _Kind(Severity.INFO, "Save the workbook without macros (.xlsx)."),
    IssueCode.SHEETS_IGNORED: _Kind(Severity.INFO, "Send each sheet as a feed of its own."),
    IssueCode.NUMBER_ROUNDED: _Kind(Severity.WARNING, "Format the column as text and enter the digits again."),
    IssueCode.CELL_IN_ERROR: _Kind(Severity.WARNING, "Mend the formula, or enter the value itself."),
}

# Doubtful: a person decides. They are not errors, since a person may find that all is well.
DOUBTS = frozenset(
    {
        IssueCode.TITLE_TOO_SHORT,
        IssueCode.FORMULA_CELL,
        IssueCode.PRICE_JUMPED,
        IssueCode.PRICE_UNUSUAL,
        IssueCode.CONTACT_DATA,
    }
)


def issue(
    *,
    code: IssueCode,
    field: str,
    message: str,
    row: int | None = None,
    severity: Severity | None = None,
) -> Issue:
    """Return an issue of a code, with the severity and suggestion that belong to the code."""
    kind = _KINDS.get(code, _ERROR)
    return Issue(
        field=field,
        code=code,
        severity=severity or kind.severity,
        message=message,
        row=row,
        suggestion=kind.suggestion,
    )


def correction(*, field: str, before: str, after: str, rule: CorrectionRule, row: int | None = None) -> Correction:
    """Return a correction; of long texts the first 200 characters are kept."""
    return Correction(
        field=field, before=before[:_SHOWN_CHARACTERS], after=after[:_SHOWN_CHARACTERS], rule=rule, row=row
    )
