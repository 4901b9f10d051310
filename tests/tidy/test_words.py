"""One word for one thing: docs/glossary.md says which, these tests keep the others out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tidy.tree import ROOT, parsed, place, python_files, told

# The word that is not used -> the word that is.
BANNED = {
    "buyer": "shopper",
    "cart": "order",
    "customer": "shopper",
    "fulfillment": "shipment",
    "merchant": "supplier",
    "rma": "return authorization",
    "seller": "supplier",
    "shop": "supplier",
    "sub order": "purchase order",
    "suborder": "purchase order",
    "tenant": "operator",
    "ticket": "review task",
    "vendor": "supplier",
}

# These read the data of others, in which things have the names that others gave them.
SPEAKS_ANOTHER_LANGUAGE = ("src/openaisle/**/olist*.py", "src/openaisle/**/olist/**/*.py")

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def words_of(identifier: str) -> list[str]:
    """The words an identifier is made of, in lower case and singular."""
    words = [word.lower() for word in WORD.findall(identifier)]
    return [word[:-1] if word.endswith("s") and word[:-1] in BANNED else word for word in words]


def banned_in(identifier: str) -> list[str]:
    """The banned words that an identifier holds."""
    words = words_of(identifier)
    joined = f" {' '.join(words)} "
    return [banned for banned in BANNED if f" {banned} " in joined or f" {banned}s " in joined]


def identifiers_of(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every name that a file gives or uses, with its line."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                yield node.lineno, name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.arg(arg=name):
                yield node.lineno, name
            case ast.keyword(arg=str(name)):
                yield node.lineno, name
            case ast.alias(name=name, asname=asname):
                yield node.lineno, asname or name
            case _:
                pass


def speaks_another_language(path: Path) -> bool:
    return any(path in ROOT.glob(pattern) for pattern in SPEAKS_ANOTHER_LANGUAGE)


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ("seller_id", ["seller"]),
        ("SellerAccount", ["seller"]),
        ("list_vendors", ["vendor"]),
        ("SUB_ORDERS", ["sub order"]),
        ("RMANumber", ["rma"]),
        ("shopper_name", []),
        ("storefront_shop", ["shop"]),
        ("workshop", []),
        ("order_lines", []),
    ],
)
def test_a_banned_word_is_found_however_it_is_written(identifier: str, expected: list[str]) -> None:
    assert banned_in(identifier) == expected


def test_no_identifier_uses_a_banned_word() -> None:
    findings = []
    for path in python_files("src"):
        if speaks_another_language(path):
            continue
        named = [(1, path.stem), (1, path.parent.name), *identifiers_of(parsed(path))]
        findings += [
            f"{place(path, line)} {identifier}: say {BANNED[banned]}, not {banned}"
            for line, identifier in named
            for banned in banned_in(identifier)
        ]
    assert not findings, told(sorted(set(findings)))
