from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.mail.catalog import load_templates, untranslated
from openaisle.mail.specification import SPECIFICATIONS
from openaisle.mail.template import MailTemplateInvalid, rendered, require_data

SHIPPED = load_templates(overrides=None)


def values_of(name: str, **changes: str) -> dict[str, str]:
    specification = SPECIFICATIONS[name]
    data = {one: f"https://example.com/{one}" if one == "link" else f"<{one}>" for one in specification.by_name}
    return require_data(specification=specification, data={**data, **changes})


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("name", sorted(SPECIFICATIONS))
def test_every_template_makes_a_mail_in_every_shipped_language(name: str, language: str) -> None:
    mail = rendered(template=SHIPPED.template(name=name, language=language), values=values_of(name))
    assert mail.subject
    assert "{" not in mail.text + mail.html + mail.subject
    assert f'<html lang="{language}">' in mail.html
    # Whatever a value holds, it never becomes markup.
    assert "<name>" not in mail.html
    assert "<supplier_name>" not in mail.html


def test_german_is_complete() -> None:
    assert untranslated(language="de") == ()


def test_a_language_without_templates_falls_back() -> None:
    german = SHIPPED.template(name="supplier_activated", language="de")
    assert SHIPPED.template(name="supplier_activated", language="de_AT") == german
    assert SHIPPED.template(name="supplier_activated", language="fr").language == "en"


def test_a_retailers_own_template_goes_over_the_shipped_one(tmp_path: Path) -> None:
    folder = tmp_path / "fr"
    folder.mkdir()
    (folder / "supplier_activated.txt").write_text("Subject: Bienvenue, {supplier_name}\n\nVous vendez.\n")
    (folder / "supplier_activated.html").write_text("<h1>{supplier_name}</h1>")
    templates = load_templates(overrides=tmp_path)
    assert templates.languages == ("de", "en", "fr")
    template = templates.template(name="supplier_activated", language="fr-CA")
    mail = rendered(template=template, values=values_of("supplier_activated", supplier_name="A & B"))
    assert mail.subject == "Bienvenue, A & B"
    assert mail.html == "<h1>A &amp; B</h1>"


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("fr/supplier_activated.txt", "Bienvenue\n\nVous vendez.", "Subject"),
        ("fr/supplier_activated.txt", "Subject: Bienvenue", "no paragraph"),
        ("fr/supplier_activated.txt", "Subject: B\n\n{supplier_nom}", "no placeholder"),
        ("fr/supplier_activated.txt", "Subject: B\n\n{supplier_name.__class__}", "no placeholder"),
        ("fr/people-reset.txt", "Subject: B\n\nBonjour", r"\{link\} is missing"),
        ("fr/other.txt", "Subject: B\n\nBonjour", "no mail has this name"),
        ("fr/supplier_activated.html", "<p>", "is missing beside it"),
        ("fr/supplier_activated.txt", "x" * 60_000, "more than"),
        ("../fr.d/supplier_activated.txt", "Subject: B\n\nBonjour", None),
        ("French/supplier_activated.txt", "Subject: B\n\nBonjour", "not named by a language"),
    ],
)
def test_a_template_that_cannot_be_used_is_named_with_its_reason(
    tmp_path: Path, file: str, content: str, told: str | None
) -> None:
    overrides = tmp_path / "templates"
    overrides.mkdir()
    path = overrides / file
    path.parent.mkdir(parents=True)
    path.write_text(content)
    if told is None:
        load_templates(overrides=overrides)
        return
    with pytest.raises(MailTemplateInvalid, match=told):
        load_templates(overrides=overrides)


@given(name=st.text(min_size=1, max_size=400), questions=st.text(min_size=1, max_size=400))
def test_no_value_adds_a_header_or_markup_or_another_value(name: str, questions: str) -> None:
    values = values_of("supplier_questions", supplier_name=name, questions=questions)
    template = SHIPPED.template(name="supplier_questions", language="en")
    mail = rendered(template=template, values=values)
    assert "\n" not in mail.subject
    assert "\r" not in mail.subject + mail.text
    assert mail.html.count("<p>") == len(template.paragraphs)
    assert "://" not in values["supplier_name"]


def test_a_value_is_never_read_as_a_template() -> None:
    values = values_of("supplier_questions", supplier_name="{questions}", questions="{marketplace_name}")
    mail = rendered(template=SHIPPED.template(name="supplier_questions", language="en"), values=values)
    assert "{questions}" in mail.text
    assert "{marketplace_name}" in mail.text


def test_a_link_that_is_no_address_of_the_web_is_left_out() -> None:
    values = values_of("people-reset", link="javascript:alert(1)")
    mail = rendered(template=SHIPPED.template(name="people-reset", language="en"), values=values)
    assert "javascript" not in mail.html + mail.text
