"""Identifiers and hashes as SQL: what the kernel derives of one row, derived of a million rows at once.

Each expression gives what its Python counterpart gives, which tests prove; so a row may go either way.
"""

from __future__ import annotations

from collections.abc import Sequence

from openaisle.kernel.tabular import quoted_text

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = "".join(high + low for high in _ALPHABET for low in _ALPHABET)
_SEPARATOR = "chr(31)"
# The first 128 bits of the hash as hexadecimal digits: one byte, then three groups of 40 bits (eight characters).
_GROUPS = ((3, 10), (13, 10), (23, 10))


def identifier_sql(*, prefix: str, parts: Sequence[str]) -> str:
    """Return the expression of ``derived_identifier``; ``parts`` are expressions of texts that are not NULL."""
    return identifier_of_hash_sql(prefix=prefix, hash_sql=f"sha256(concat_ws({_SEPARATOR}, {', '.join(parts)}))")


def identifier_of_hash_sql(*, prefix: str, hash_sql: str) -> str:
    """Return the expression of an identifier made of the first 128 bits of a hash in hexadecimal digits."""
    pieces = [_pair(f"('0x' || substr({hash_sql}, 1, 2))::BIGINT")]
    for start, length in _GROUPS:
        number = f"('0x' || substr({hash_sql}, {start}, {length}))::BIGINT"
        pieces += [_pair(f"{number} >> {shift}") for shift in (30, 20, 10, 0)]
    return f"concat({quoted_text(prefix + '_')}, {', '.join(pieces)})"


def offer_identifier_sql(*, supplier_id: str, supplier_sku: str) -> str:
    """Return the expression of the offer's identifier; ``supplier_sku`` is an expression, ``supplier_id`` a text."""
    return identifier_sql(prefix="off", parts=(quoted_text(supplier_id), supplier_sku))


def product_identifier_sql(*, supplier_id: str, supplier_sku: str, gtin: str, product_reference: str) -> str:
    """Return the expression of the product's identifier; all but ``supplier_id`` are expressions, NULL where absent."""
    supplier = quoted_text(supplier_id)
    text = f"""CASE
        WHEN {gtin} <> '' THEN concat_ws({_SEPARATOR}, 'gtin', {gtin})
        WHEN {product_reference} <> '' THEN concat_ws({_SEPARATOR}, 'reference', {product_reference})
        ELSE concat_ws({_SEPARATOR}, 'supplier', {supplier}, {supplier_sku}) END"""
    return identifier_of_hash_sql(prefix="prd", hash_sql=f"sha256({text})")


def _pair(number: str) -> str:
    # The place in a fixed text is the fastest table that the engine knows; two characters a step.
    return f"substr('{_PAIRS}', 2 * (({number}) & 1023) + 1, 2)"
