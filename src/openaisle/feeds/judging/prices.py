"""Prices and currencies by SQL: plain decimals and the usual ways of writing money; Python reads the others."""

from __future__ import annotations

from openaisle.catalog.issues import CorrectionRule, IssueCode
from openaisle.catalog.policy import CatalogPolicy
from openaisle.feeds.judging.dictionary import Dictionary
from openaisle.feeds.judging.draft import Draft, Finding, Mend
from openaisle.feeds.judging.texts import outer_spaces_removed_sql
from openaisle.kernel.money import minor_digits
from openaisle.kernel.tabular import quoted_name

# Marks that mean one currency of two decimals, whatever stands in the column beside them.
_SYMBOLS = {"€": "EUR", "£": "GBP", "US$": "USD", "R$": "BRL", "zł": "PLN", "₹": "INR", "₺": "TRY"}
_CODES = (
    "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "INR", "MXN", "NOK", "NZD", "PLN", "RON",
    "SEK", "SGD", "TRY", "USD", "ZAR",
)  # fmt: skip
_MARK = "|".join([*(symbol.replace("$", r"\$") for symbol in _SYMBOLS), *(f"(?i:{code})" for code in _CODES)])
_SPACE = r"[ \x{a0}\x{202f}]"
_NUMBER = (
    r"(?:[0-9]{1,12}|[0-9]{1,3}(?:\.[0-9]{3}){1,3}),[0-9]{1,2}"
    r"|(?:[0-9]{1,12}|[0-9]{1,3}(?:,[0-9]{3}){1,3})\.[0-9]{1,2}"
)
_WRITTEN = rf"(?:(?:{_MARK}){_SPACE}?)?(?:{_NUMBER})|(?:{_NUMBER}){_SPACE}?(?:{_MARK})"


_PLAIN = r"[0-9]{1,13}(?:\.[0-9]{1,2})?"
_NOTHING = r"[0.,]+"


def add_price(*, draft: Draft, policy: CatalogPolicy, dictionary: Dictionary) -> None:
    """Add price and currency.

    A row's price is read, in this order: what the dictionary of odd prices knows; whole minor units; a plain decimal of
    a known currency; an amount with a mark or with a comma.
    """
    minor, price = draft.raw("price_minor"), draft.raw("price")
    _add_odd_prices(draft=draft, policy=policy, dictionary=dictionary)
    _add_currencies(draft=draft, dictionary=dictionary)
    _add_reading(draft=draft)
    is_odd = "odd_price_key IS NOT NULL" if "odd_price" in draft.notes else "false"
    read = (
        f"coalesce(CASE WHEN price_plain BETWEEN 1 AND {policy.price_minor_maximum} THEN price_plain END, price_read)"
    )
    absent = f"({minor} IS NULL AND {price} IS NULL)"
    draft.fast.append(f"({absent} OR {is_odd} OR coalesce({read} BETWEEN 1 AND {policy.price_minor_maximum}, false))")
    _add_facts(draft=draft, is_odd=is_odd, read=read, absent=absent)


def _add_odd_prices(*, draft: Draft, policy: CatalogPolicy, dictionary: Dictionary) -> None:
    minor, price, currency = (
        f"c.{name}" if draft.has(name) else "NULL::VARCHAR" for name in ("price_minor", "price", "currency")
    )
    usual = f"""CASE
        WHEN {minor} IS NOT NULL THEN regexp_full_match({minor}, '[0-9]{{1,18}}')
            AND length(ltrim({minor}, '0')) BETWEEN 1 AND {len(str(policy.price_minor_maximum)) - 1}
        WHEN {price} IS NULL THEN true
        WHEN regexp_full_match({price}, '{_PLAIN}') THEN {currency} IS NOT NULL
            AND NOT regexp_full_match({price}, '{_NOTHING}')
        ELSE regexp_full_match({price}, '{_WRITTEN}') END"""
    key = f"concat_ws(chr(31), coalesce({minor}, ''), coalesce({price}, ''), coalesce({currency}, ''))"
    found = dictionary.add(
        name="odd_price",
        values_sql=f"""SELECT DISTINCT {key}, {minor}, {price}, {currency}
            FROM {quoted_name(draft.cells)} c WHERE NOT ({usual})""",
        fields=("price_minor", "price", "currency"),
        results=("price_minor", "currency"),
    )
    if found:
        draft.dictionary(
            name="odd_price", key=f"CASE WHEN NOT ({usual}) THEN {key} END", results=("price_minor", "currency")
        )


def _add_currencies(*, draft: Draft, dictionary: Dictionary) -> None:
    found = draft.has("currency") and dictionary.add(
        name="currency",
        values_sql=f"SELECT DISTINCT currency, currency FROM {quoted_name(draft.cells)} WHERE currency IS NOT NULL",
        fields=("currency",),
        results=("currency",),
    )
    if not found:
        draft.step(0, {"currency_code": "NULL::VARCHAR", "currency_digits": "NULL::BIGINT"})
        # There may be values all the same: none of them such that a dictionary takes it.
        draft.fast.append(f"{draft.raw('currency')} IS NULL")
        return
    unless = "odd_price_key IS NOT NULL" if "odd_price" in draft.notes else "false"
    draft.dictionary(name="currency", key="c.currency", results=("currency",), unless=unless)
    digits = " ".join(f"WHEN '{code}' THEN {digits}" for code, digits in _usual_digits())
    draft.step(
        0,
        {
            "currency_code": "CASE WHEN currency_weight = 0 THEN currency_final_currency END",
            "currency_digits": f"CASE currency_final_currency {digits} END",
        },
    )
    draft.fast.append(f"({draft.raw('currency')} IS NULL OR currency_key IS NOT NULL)")


def _usual_digits() -> list[tuple[str, int]]:
    codes = (*_CODES, "JPY", "KRW", "HUF", "CLP", "ISK", "COP")
    return [(code, digits) for code in codes if (digits := minor_digits(currency=code)) in {0, 2}]


def _add_reading(*, draft: Draft) -> None:
    minor, price, currency = draft.raw("price_minor"), draft.raw("price"), draft.raw("currency")
    draft.step(0, {"price_text": f"CASE WHEN {minor} IS NULL THEN {outer_spaces_removed_sql(price)} END"})
    plain = f"""CASE
        WHEN {minor} IS NOT NULL THEN CASE WHEN regexp_full_match({minor}, '[0-9]{{1,18}}') THEN {minor}::BIGINT END
        WHEN currency_digits = 2 THEN CASE
            WHEN regexp_full_match(price_text, '[0-9]{{1,13}}\\.[0-9]{{2}}')
            THEN replace(price_text, '.', '')::BIGINT
            WHEN regexp_full_match(price_text, '[0-9]{{1,13}}') THEN price_text::BIGINT * 100
            WHEN regexp_full_match(price_text, '[0-9]{{1,13}}\\.[0-9]')
            THEN replace(price_text, '.', '')::BIGINT * 10 END
        WHEN currency_digits = 0 AND regexp_full_match(price_text, '[0-9]{{1,13}}') THEN price_text::BIGINT END"""
    written = f"""CASE WHEN NOT regexp_full_match(price_text, '[0-9]+(?:\\.[0-9]+)?')
        AND regexp_full_match(price_text, '{_WRITTEN}')
        THEN regexp_replace(price_text, '[0-9.,]|{_SPACE}', '', 'g') END"""
    draft.step(1, {"price_plain": plain, "price_written": written})
    symbols = " ".join(f"WHEN '{symbol}' THEN '{code}'" for symbol, code in _SYMBOLS.items())
    mark = f"""CASE WHEN price_written IS NULL THEN NULL WHEN price_written = '' THEN currency_code
        ELSE CASE price_written {symbols} ELSE upper(price_written) END END"""
    draft.step(2, {"price_mark": mark})
    fraction = "regexp_extract(price_text, '[.,]([0-9]{1,2})[^0-9]*$', 1)"
    draft.step(
        3,
        {
            "price_read": f"""CASE WHEN price_mark IS NOT NULL
                AND ({currency} IS NULL OR (price_mark = currency_code AND currency_digits = 2)) THEN
                regexp_replace(price_text, '[^0-9]', '', 'g')::BIGINT
                * CASE strlen({fraction}) WHEN 1 THEN 10 ELSE 1 END END"""
        },
    )


def _add_facts(*, draft: Draft, is_odd: str, read: str, absent: str) -> None:
    currency = draft.raw("currency")
    read_here = f"(price_plain IS NULL AND price_read IS NOT NULL AND NOT ({is_odd}))"
    code = "currency_final_currency" if "currency" in draft.notes else "NULL::VARCHAR"
    price = {"handed": read, "final": read}
    terms = {
        "handed": f"CASE WHEN {read_here} AND {currency} IS NULL THEN price_mark ELSE {currency} END",
        "final": f"CASE WHEN {read_here} THEN price_mark ELSE {code} END",
    }
    for side, facts in (("handed", draft.handed), ("final", draft.final)):
        facts["price_minor"], facts["currency"] = price[side], terms[side]
        if "odd_price" in draft.notes:
            facts["price_minor"] = f"CASE WHEN {is_odd} THEN odd_price_{side}_price_minor ELSE {price[side]} END"
            facts["currency"] = f"CASE WHEN {is_odd} THEN odd_price_{side}_currency ELSE {terms[side]} END"
    draft.handed["currency"] = f"nullif({draft.handed['currency']}, '')"
    draft.final["currency"] = f"coalesce({draft.final['currency']}, '')"
    rule = CorrectionRule.CURRENCY_READ_FROM_PRICE
    draft.mends += [
        Mend(read_here, "price_minor", "price_text", "price_read::VARCHAR", CorrectionRule.PRICE_TEXT_READ),
        Mend(f"({read_here} AND {currency} IS NULL)", "currency", "''", "price_mark", rule),
    ]
    draft.findings += [
        Finding(absent, "'price_minor'", IssueCode.PRICE_MISSING, "'There is no price.'"),
        Finding(
            f"({currency} IS NULL AND NOT {read_here} AND NOT ({is_odd}))",
            "'currency'",
            IssueCode.CURRENCY_MISSING,
            "'There is no currency.'",
        ),
    ]
