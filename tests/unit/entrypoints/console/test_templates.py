"""Every template draws its sample, and what it draws keeps the rules of the house."""

from __future__ import annotations

import itertools
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from openaisle.entrypoints.console.pages.reviews import DECISIONS
from openaisle.entrypoints.console.rendering import STATIC_FOLDER, rendered
from openaisle.entrypoints.console.visits import ROOMS
from openaisle.kernel.errors import NotFound
from tests.factories import console, mails, people, supplier_life, terms
from tests.factories import console_rules as rules

TEMPLATES = STATIC_FOLDER.with_name("templates")
VOID = {"meta", "link", "input", "br", "img", "hr"}

LIVES = {"supplier": supplier_life.life_page, "supplier given notice": supplier_life.noticed_page}

SAMPLES = {
    "overview": console.overview_page,
    "orders": console.orders_page,
    "order": console.order_page,
    "suppliers": console.suppliers_page,
    "supplier": console.supplier_page,
    "supplier given notice": console.supplier_page,
    "reviews": console.reviews_page,
    "review": console.review_page,
    "rules": rules.rules_page_sample,
    "rule": rules.rule_page_sample,
    "products": console.products_page,
    "product": console.product_page,
    "feeds": console.feeds_page,
    "feed": console.feed_page,
    "webhooks": console.webhooks_page,
    "webhook": console.webhook_page,
    "mails": mails.mails_sample,
    "mail": mails.mail_sample,
    "clocks": mails.clocks_sample,
    "terms": terms.terms_sample,
    "terms_version": terms.terms_version_sample,
    "people": people.people_page,
    "profile": people.profile_page,
    "audit": people.audit_page,
}


def drawn(template: str) -> str:
    problem = NotFound(detail="There is no order ord_x.")
    values: dict[str, Any] = {
        "now": console.NOW, "rooms": ROOMS, "here": "overview", "signed_in_as": "demo", "is_person": True, "csrf": "0",
        "notice": "Done.",
        "problem": problem, "decisions": DECISIONS, "next": "/console/", "correlation_id": "1", "back": "/console/",
        "back_label": "Back", "provider_offered": True, "challenge": "c", "token": "t", "email": "ana@example.com",
        "asked": False, "base": "/console",
        "problem_at": "", "sent": {},
    }  # fmt: skip
    if template in SAMPLES:
        values["page"] = SAMPLES[template]()
    if template in LIVES:
        values |= {"life": LIVES[template](), "problem_at": "leaving", "sent": {"reason": "<b>late</b>"}}
    return rendered(template=template.partition(" ")[0], values=values)


class Reader(HTMLParser):
    """Gathers what the rules ask about, and whether every element is closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.labels: set[str] = set()
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.attributes.append((tag, found))
        if tag == "label" and found.get("for"):
            self.labels.add(str(found["for"]))
        if tag == "input" and "label" in self.open:
            self.labels.add(str(found.get("id", id(found))))
            found.setdefault("id", str(found.get("id", id(found))))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> at {self.getpos()}")


def read(template: str) -> Reader:
    reader = Reader()
    reader.feed(drawn(template))
    reader.close()
    return reader


ALL = [*SAMPLES, "sign_in", "sign_in_code", "password", "password_reset", "problem"]


@pytest.mark.parametrize("template", ALL)
def test_a_page_is_well_formed_and_has_one_main_heading(template: str) -> None:
    reader = read(template)

    assert reader.wrong == []
    assert reader.open == []
    assert [tag for tag, _ in reader.attributes].count("h1") == 1
    levels = [int(tag[1]) for tag, _ in reader.attributes if re.fullmatch(r"h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels)), levels


@pytest.mark.parametrize("template", ALL)
def test_nothing_on_a_page_needs_more_than_the_strict_policy_allows(template: str) -> None:
    reader = read(template)

    for tag, attributes in reader.attributes:
        assert tag != "style"
        assert tag != "script" or attributes.get("src", "").startswith("/console/static/")
        assert not [name for name in attributes if name == "style" or name.startswith("on")], (tag, attributes)
        for name in ("href", "src", "action", "formaction"):
            assert str(attributes.get(name) or "/").startswith(("/console/", "#", "/")), attributes


@pytest.mark.parametrize("template", ALL)
def test_everything_that_is_filled_in_has_a_label_and_every_identifier_is_given_once(template: str) -> None:
    reader = read(template)

    identifiers = [attributes["id"] for _, attributes in reader.attributes if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))
    for tag, attributes in reader.attributes:
        if tag in {"input", "textarea", "select"} and attributes.get("type") not in {"hidden", "submit"}:
            assert attributes.get("id") in reader.labels, attributes
        for name in ("aria-labelledby", "aria-describedby", "for"):
            if attributes.get(name):
                assert attributes[name] in identifiers, attributes


@pytest.mark.parametrize("template", ALL)
def test_every_form_that_changes_something_carries_its_token(template: str) -> None:
    for form in re.findall(r'<form[^>]*method="post".*?</form>', drawn(template), re.DOTALL):
        assert 'name="csrf"' in form


def test_every_cell_tells_its_column_where_a_table_folds() -> None:
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        for table in re.findall(r'<table class="folds">.*?</table>', text, re.DOTALL):
            cells = re.findall(r"<td[^>]*>", table)
            assert [cell for cell in cells[1:] if "data-label" not in cell] == [], path.name


def test_the_script_stays_small() -> None:
    assert len((STATIC_FOLDER / "console.js").read_text(encoding="utf-8").splitlines()) < 150
