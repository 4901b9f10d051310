"""Validation of a table of submissions at once: rows in, findings and mended facts out. Pure, and it never raises.

A row is a table of one. The checks stand in the order in which a person would read the facts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import msgspec

from openaisle.catalog.active_html import is_active, is_plain
from openaisle.catalog.cells import IMAGE_URLS_MAXIMUM
from openaisle.catalog.correction import (
    Mend,
    corrected_condition,
    corrected_gtin,
    lowered_capitals,
    tidied_line,
    tidied_text,
)
from openaisle.catalog.issues import DOUBTS, Correction, CorrectionRule, Issue, IssueCode, Severity, correction, issue
from openaisle.catalog.model import SubmissionFacts
from openaisle.catalog.policy import CatalogPolicy
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.gtin import is_restricted
from openaisle.kernel.money import Money, minor_digits

# Written in what Python's expressions and those of the tables' engine have in common, so that both find the same.
CONTACT_PATTERN = (
    r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+[.][A-Za-z]{2}"
    r"|[Hh][Tt][Tt][Pp][Ss]?://|[Ww][Ww][Ww][.][A-Za-z0-9-]+[.]"
    r"|(?:[+]|(?:^|[^0-9])00)[1-9][0-9]{0,2}(?:[ /().-]{0,2}[0-9]){7}"
    r"|(?:[Ww][Hh][Aa][Tt][Ss][Aa][Pp][Pp]|[Pp][Hh][Oo][Nn][Ee]|[Tt][Ee][Ll][.]?|[Tt][Ee][Ll][Ee][Ff][Oo][Nn])"
    r"[ :]{1,3}[+(]{0,2}[0-9](?:[ /().-]{0,2}[0-9]){5}"
)
CONTACT_MESSAGE = "The text holds a mail address, a phone number or a link."
GTIN_MISSING_MESSAGE = "There is no GTIN, and this marketplace asks for one."
RESTRICTED_MESSAGE = (
    "The prefix of this GTIN is kept for use within one company or for coupons; the number was left out."
)
CONDITIONS = frozenset({"new", "refurbished", "used"})

_CONTACT = re.compile(CONTACT_PATTERN)
_SKU_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LOCATION = re.compile(r"[A-Za-z0-9._:-]{1,60}")
# The wide forms count too: some spreadsheets read them as the narrow ones.
_FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# Printable ASCII: other characters of an address are written with percent signs.
_IMAGE_URL = re.compile(r"https?://[A-Za-z0-9](?:[!#-;=?-\[\]_a-z~]{1,1990})", re.IGNORECASE)
_MEASURES = ("weight_grams", "length_mm", "width_mm", "height_mm")
_TEXTS = ("brand", "category", "product_reference", "part_number", "variant_group")


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """One row to validate.

    ``issues`` and ``corrections`` are those of reading it. ``last_price`` is that of the supplier's own offer
    today. ``settled`` means that a person has decided: doubts are no longer raised.
    """

    facts: SubmissionFacts
    row: int | None = None
    issues: tuple[Issue, ...] = ()
    corrections: tuple[Correction, ...] = ()
    last_price: Money | None = None
    repeated: bool = False
    settled: bool = False


class Validated(msgspec.Struct, frozen=True, kw_only=True):
    """A row with its mended facts and everything found; at most one of ``rejected`` and ``doubtful`` holds."""

    facts: SubmissionFacts
    issues: tuple[Issue, ...]
    corrections: tuple[Correction, ...]

    @property
    def rejected(self) -> bool:
        """Return whether an error stands against the row."""
        return any(one.severity is Severity.ERROR for one in self.issues)

    @property
    def doubtful(self) -> bool:
        """Return whether no error but a doubt stands against the row."""
        return not self.rejected and any(one.code in DOUBTS for one in self.issues)

    @property
    def mended(self) -> bool:
        """Return whether anything was corrected."""
        return bool(self.corrections)


def validate(*, table: Sequence[Candidate], policy: CatalogPolicy) -> list[Validated]:
    """Return each row of the table validated, in its order."""
    return [_Row(candidate=candidate, policy=policy).validated() for candidate in table]


class _Row:
    """The findings of one row while they are gathered."""

    def __init__(self, *, candidate: Candidate, policy: CatalogPolicy) -> None:
        self._candidate = candidate
        self._facts = candidate.facts
        self._policy = policy
        self._issues = list(candidate.issues)
        self._corrections = list(candidate.corrections)
        self._changes: dict[str, object] = {}

    def validated(self) -> Validated:
        for check in _CHECKS:
            check(self)
        facts = msgspec.structs.replace(self._facts, **self._changes) if self._changes else self._facts
        issues = self._issues
        if self._candidate.settled:
            issues = [one for one in issues if one.code not in DOUBTS]
        return Validated(facts=facts, issues=tuple(issues), corrections=tuple(self._corrections))

    def check_supplier_sku(self) -> None:
        sku = self._facts.supplier_sku
        if not sku.strip():
            self._found(IssueCode.SUPPLIER_SKU_MISSING, "supplier_sku", "There is no supplier SKU.")
            return
        sku = self._mended("supplier_sku", sku, sku.strip(), CorrectionRule.WHITE_SPACE_TIDIED)
        if len(sku) > self._policy.supplier_sku_length_maximum or _SKU_FORBIDDEN.search(sku):
            message = f"A supplier SKU has at most {self._policy.supplier_sku_length_maximum} printable characters."
            self._found(IssueCode.SUPPLIER_SKU_INVALID, "supplier_sku", message)
        if self._candidate.repeated:
            message = f"An earlier row of the feed has the SKU {sku[:80]!r} already."
            self._found(IssueCode.SUPPLIER_SKU_REPEATED, "supplier_sku", message)
        self._check_formula("supplier_sku", sku)

    def check_title(self) -> None:
        policy = self._policy
        title, mends = tidied_line(text=self._facts.title)
        title = self._apply("title", self._facts.title, title, mends)
        title = self._mended("title", title, lowered_capitals(title=title), CorrectionRule.CAPITALS_LOWERED)
        if not title:
            self._found(IssueCode.TITLE_MISSING, "title", "There is no title.")
        elif len(title) < policy.title_length_minimum:
            message = f"The title {title!r} has fewer than {policy.title_length_minimum} characters."
            self._found(IssueCode.TITLE_TOO_SHORT, "title", message)
        elif len(title) > policy.title_length_maximum:
            message = f"The title has {len(title)} characters; {policy.title_length_maximum} are allowed."
            self._found(IssueCode.TITLE_TOO_LONG, "title", message)
        self._check_formula("title", title)
        self._check_contact("title", title)

    def check_texts(self) -> None:
        description = self._facts.description
        if description:
            tidy, mends = tidied_text(text=description)
            tidy = self._apply("description", description, tidy, mends)
            if "<" in tidy:
                tidy = self._without_active_html(tidy)
            self._check_length("description", len(tidy), self._policy.text_length_maximum)
            self._check_formula("description", tidy)
            self._check_contact("description", tidy)
        for field in _TEXTS:
            text = getattr(self._facts, field)
            if text:
                tidy, mends = tidied_line(text=text)
                tidy = self._named(field, self._apply(field, text, tidy, mends))
                self._check_length(field, len(tidy), self._policy.short_text_length_maximum)
                self._check_formula(field, tidy)
        if self._facts.attributes:
            self._check_attributes(self._facts.attributes)

    def _without_active_html(self, text: str) -> str:
        active, cleaner = is_active(text=text), self._policy.html_cleaner
        if cleaner is None:
            if active:
                self._found(IssueCode.HTML_FORBIDDEN, "description", "The description holds active HTML.")
            return text
        if not active and is_plain(text=text):
            return text
        clean = self._mended("description", text, cleaner.cleaned(text=text), CorrectionRule.HTML_CLEANED)
        if active and clean != text:
            self._found(IssueCode.HTML_REMOVED, "description", "The description held active HTML; it was taken out.")
        return clean

    def _named(self, field: str, text: str) -> str:
        """Return a brand or category as the operator spells it."""
        brands, categories = self._policy.brands, self._policy.categories
        if field == "category" and categories:
            return self._mended(field, text, categories.name_of(text=text) or text, CorrectionRule.CATEGORY_NAMED)
        if field == "brand" and brands:
            name = brands.name_of(text=text)
            if name is not None:
                return self._mended(field, text, name, CorrectionRule.BRAND_SPELLING)
            if text:
                message = f"The brand {text[:80]!r} is not on the marketplace's list."
                self._found(IssueCode.BRAND_UNKNOWN, field, message)
        return text

    def _check_attributes(self, attributes: Mapping[str, str]) -> None:
        # One issue of each kind tells enough: a row may have 200 attributes.
        length = sum(len(name) + len(text) for name, text in attributes.items())
        self._check_length("attributes", length, self._policy.attributes_length_maximum)
        for text in attributes.values():
            if text.startswith(_FORMULA_STARTS):
                self._check_formula("attributes", text)
                break
        for name, text in attributes.items():
            if is_active(text=text):
                self._found(IssueCode.HTML_FORBIDDEN, "attributes", f"The attribute {name[:80]} holds active HTML.")
                break

    def check_image_urls(self) -> None:
        urls = self._facts.image_urls
        if not urls:
            return
        sound = tuple(url for url in urls if _IMAGE_URL.fullmatch(url))
        if len(sound) != len(urls):
            wrong = next(url for url in urls if _IMAGE_URL.fullmatch(url) is None)
            message = f"{len(urls) - len(sound)} addresses of pictures were left out, the first is {wrong[:120]!r}."
            self._found(IssueCode.IMAGE_URL_INVALID, "image_urls", message)
        if len(sound) > IMAGE_URLS_MAXIMUM:
            message = f"There are {len(sound)} pictures; the first {IMAGE_URLS_MAXIMUM} were kept."
            self._found(IssueCode.IMAGE_URLS_TOO_MANY, "image_urls", message)
        self._changes["image_urls"] = sound[:IMAGE_URLS_MAXIMUM]

    def check_gtin(self) -> None:
        gtin = self._facts.gtin
        if gtin is None or not gtin.strip():
            self._changes["gtin"] = None
            if self._policy.gtin_required:
                self._found(IssueCode.GTIN_MISSING, "gtin", GTIN_MISSING_MESSAGE)
            return
        try:
            number, mends = corrected_gtin(text=gtin)
        except OpenAisleError as error:
            self._found(IssueCode.GTIN_INVALID, "gtin", error.detail)
            return
        if is_restricted(gtin=number):
            self._found(IssueCode.GTIN_RESTRICTED, "gtin", RESTRICTED_MESSAGE)
            self._changes["gtin"] = None
            if self._policy.gtin_required:
                self._found(IssueCode.GTIN_MISSING, "gtin", GTIN_MISSING_MESSAGE)
            return
        self._apply("gtin", gtin, number, mends)
        self._changes["gtin"] = number

    def check_price(self) -> None:
        price_minor, policy, field = self._facts.price_minor, self._policy, "price_minor"
        if price_minor is None:
            if not self._was_found(field):
                self._found(IssueCode.PRICE_MISSING, field, "There is no price.")
        elif price_minor <= 0:
            self._found(IssueCode.PRICE_NOT_POSITIVE, field, f"A price of {price_minor} cannot be charged.")
        elif price_minor > policy.price_minor_maximum:
            message = f"{price_minor} minor units are more than the {policy.price_minor_maximum} allowed."
            self._found(IssueCode.PRICE_TOO_HIGH, field, message)
        else:
            self._check_jump(price_minor)

    def _check_jump(self, price_minor: int) -> None:
        last, factor = self._candidate.last_price, self._policy.price_jump_factor
        if last is None or last.currency != self._facts.currency.strip().upper():
            return
        if price_minor >= last.amount_minor * factor or price_minor * factor <= last.amount_minor:
            message = f"The price was {last.amount_minor} and is now {price_minor}: {factor} times more or less."
            self._found(IssueCode.PRICE_JUMPED, "price_minor", message)

    def check_currency(self) -> None:
        currency = self._facts.currency
        if not currency.strip():
            self._found(IssueCode.CURRENCY_MISSING, "currency", "There is no currency.")
            return
        currency = self._mended("currency", currency, currency.strip().upper(), CorrectionRule.CURRENCY_CAPITALIZED)
        try:
            minor_digits(currency=currency)
        except OpenAisleError as error:
            self._found(IssueCode.CURRENCY_UNKNOWN, "currency", error.detail)

    def check_stock(self) -> None:
        on_hand, maximum = self._facts.on_hand, self._policy.on_hand_maximum
        if on_hand is None:
            if not self._was_found("on_hand"):
                self._found(IssueCode.ON_HAND_MISSING, "on_hand", "The quantity on hand is missing.")
        elif not 0 <= on_hand <= maximum:
            message = f"A quantity is a whole number from 0 to {maximum}; {on_hand} is none."
            self._found(IssueCode.ON_HAND_OUT_OF_RANGE, "on_hand", message)
        if _LOCATION.fullmatch(self._facts.location) is None:
            message = "A location has 1 to 60 letters, digits, dots, colons, hyphens and underscores."
            self._found(IssueCode.LOCATION_INVALID, "location", message)

    def check_terms(self) -> None:
        lead_time_days, maximum = self._facts.lead_time_days, self._policy.lead_time_days_maximum
        if not 0 <= lead_time_days <= maximum:
            message = f"A lead time is 0 to {maximum} days, not {lead_time_days}."
            self._found(IssueCode.LEAD_TIME_INVALID, "lead_time_days", message)
        condition = self._facts.condition
        if condition not in CONDITIONS:
            meant = corrected_condition(text=condition)
            if meant in CONDITIONS:
                self._mended("condition", condition, meant, CorrectionRule.CONDITION_SYNONYM)
            else:
                self._found(IssueCode.CONDITION_UNKNOWN, "condition", f"{condition[:80]!r} is no condition.")

    def check_completeness(self) -> None:
        facts = self._facts
        if not facts.category:
            self._found(IssueCode.CATEGORY_MISSING, "category", "There is no category.")
        missing = []
        for field in _MEASURES:
            number = getattr(facts, field)
            maximum = (
                self._policy.weight_grams_maximum if field == "weight_grams" else self._policy.dimension_mm_maximum
            )
            if number is None:
                missing.append(field)
            elif not 0 < number <= maximum:
                message = f"{number} is not between 1 and {maximum}; it was left out."
                self._found(IssueCode.MEASURE_OUT_OF_RANGE, field, message)
                self._changes[field] = None
        if missing:
            self._found(IssueCode.MEASURES_MISSING, missing[0], f"Missing: {', '.join(missing)}.")
        if facts.image_count is not None and not 0 <= facts.image_count <= 1000:
            message = f"{facts.image_count} pictures cannot be; the number was left out."
            self._found(IssueCode.MEASURE_OUT_OF_RANGE, "image_count", message)
            self._changes["image_count"] = None

    def _check_length(self, field: str, length: int, maximum: int) -> None:
        if length > maximum:
            message = f"The text has {length} characters; {maximum} are allowed."
            self._found(IssueCode.TEXT_TOO_LONG, field, message)

    def _check_contact(self, field: str, text: str) -> None:
        if self._policy.contact_data_doubted and _CONTACT.search(text):
            self._found(IssueCode.CONTACT_DATA, field, CONTACT_MESSAGE)

    def _check_formula(self, field: str, text: str) -> None:
        if text.startswith(_FORMULA_STARTS):
            message = f"The text starts with {text[0]!r}; a spreadsheet would run it as a formula."
            self._found(IssueCode.FORMULA_CELL, field, message)

    def _apply(self, field: str, before: str, after: str, mends: Sequence[Mend]) -> str:
        for text, rule in mends:
            self._corrections.append(
                correction(field=field, before=before, after=text, rule=rule, row=self._candidate.row)
            )
            before = text
        if mends:
            self._changes[field] = after
        return after

    def _mended(self, field: str, before: str, after: str, rule: CorrectionRule) -> str:
        return before if before == after else self._apply(field, before, after, [(after, rule)])

    def _found(self, code: IssueCode, field: str, message: str) -> None:
        self._issues.append(issue(code=code, field=field, message=message, row=self._candidate.row))

    def _was_found(self, field: str) -> bool:
        return any(one.field == field for one in self._issues)


_CHECKS: tuple[Callable[[_Row], None], ...] = (
    _Row.check_supplier_sku,
    _Row.check_title,
    _Row.check_texts,
    _Row.check_image_urls,
    _Row.check_gtin,
    _Row.check_price,
    _Row.check_currency,
    _Row.check_stock,
    _Row.check_terms,
    _Row.check_completeness,
)


def with_person_corrections(
    *, facts: SubmissionFacts, corrections: Mapping[str, str | int | bool | None]
) -> tuple[SubmissionFacts, list[Correction]]:
    """Return the facts with what a person put in; raises msgspec.ValidationError for a wrong type or field."""
    changed = msgspec.convert(msgspec.to_builtins(facts) | dict(corrections), _PersonFacts)
    result = msgspec.structs.replace(
        facts, **{field: getattr(changed, field) for field in corrections if field in facts.__struct_fields__}
    )
    made = [
        Correction(
            field=field,
            before=str(getattr(facts, field))[:200],
            after=str(getattr(result, field))[:200],
            rule=CorrectionRule.REVIEWER,
        )
        for field in corrections
    ]
    return result, made


class _PersonFacts(SubmissionFacts, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """SubmissionFacts that refuse a field that does not exist."""
