"""Money is an integer of minor units: no fraction of a cent may ever come to be by accident."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.tidy.tree import PACKAGE, SHIPPED, parsed, place, python_files, told

MONEY_SUFFIX = "_minor"
MONEY_MODULE = PACKAGE / "kernel" / "money.py"


def name_of(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
            return name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return name
        case _:
            return ""


def is_money(node: ast.AST) -> bool:
    return name_of(node).endswith(MONEY_SUFFIX)


def speaks_of_money(node: ast.AST) -> bool:
    return any(is_money(inner) for inner in ast.walk(node))


def speaks_of_float(node: ast.AST | None) -> bool:
    return node is not None and any(name_of(inner) == "float" for inner in ast.walk(node))


def findings_in(tree: ast.Module, *, strictly: bool = False) -> Iterator[tuple[int, str]]:
    """What is wrong with money in a file; strictly, when the whole file is about money."""
    for node in ast.walk(tree):
        match node:
            case ast.AnnAssign(target=target, annotation=annotation) if is_money(target) and speaks_of_float(
                annotation
            ):
                yield node.lineno, f"{name_of(target)} is annotated float"
            case ast.arg(annotation=annotation) if is_money(node) and speaks_of_float(annotation):
                yield node.lineno, f"{node.arg} is annotated float"
            case ast.FunctionDef(returns=returns) | ast.AsyncFunctionDef(returns=returns):
                if is_money(node) and speaks_of_float(returns):
                    yield node.lineno, f"{node.name} returns float"
            case ast.Call(func=ast.Name(id="float")) if strictly or speaks_of_money(node):
                yield node.lineno, "float() is given money"
            case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()) if strictly or speaks_of_money(node):
                yield node.lineno, "money is divided with /; use // and say where the rest goes"
            case ast.Constant(value=float()) if strictly:
                yield node.lineno, "a float stands in the money module"
            case _:
                pass


@pytest.mark.parametrize(
    "source",
    [
        "price_minor: float = 0",
        "def pay(amount_minor: float | None): ...",
        "def total_minor() -> float: ...",
        "share = line.total_minor / 3",
        "total_minor /= 2",
        "shown = float(order.total_minor)",
    ],
)
def test_a_float_near_money_is_found(source: str) -> None:
    assert list(findings_in(ast.parse(source)))


def test_whole_numbers_and_other_floats_are_left_alone() -> None:
    source = "share_minor = total_minor // 3\nratio: float = done / total\npath = folder / 'name'"
    assert not list(findings_in(ast.parse(source)))


def test_no_float_touches_money() -> None:
    findings = [
        f"{place(path, line)} {finding}"
        for path in python_files(*SHIPPED)
        for line, finding in findings_in(parsed(path), strictly=path == MONEY_MODULE)
    ]
    assert not findings, told(findings)
