"""The templates of a marketplace: those it ships, in every language there is a translation of, and a retailer's own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po

from openaisle.kernel.errors import Finding
from openaisle.mail.specification import SPECIFICATIONS, MailTemplateUnknown
from openaisle.mail.template import TEMPLATE_LENGTH_MAXIMUM, MailTemplate, MailTemplateInvalid, read_template

FIRST_LANGUAGE = "en"
_SHIPPED = Path(__file__).with_name("templates")
_TRANSLATIONS = Path(__file__).with_name("translations")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class MailTemplates:
    """Every template in every language, read and checked once."""

    def __init__(self, *, templates: Mapping[tuple[str, str], MailTemplate]) -> None:
        """Take the templates by language and name."""
        self._templates = templates

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that at least one template is in."""
        return tuple(sorted({language for language, _ in self._templates}))

    def template(self, *, name: str, language: str) -> MailTemplate:
        """Return the template in the language, else in the language without its country, else in English.

        Raises MailTemplateUnknown.
        """
        if name not in SPECIFICATIONS:
            raise MailTemplateUnknown(detail=f"There is no mail template {name[:60]!r}.")
        wanted = language.replace("_", "-").lower()
        for candidate in (wanted, wanted.partition("-")[0], FIRST_LANGUAGE):
            found = self._templates.get((candidate, name))
            if found is not None:
                return found
        raise AssertionError(name)


def load_templates(*, overrides: Path | None) -> MailTemplates:
    """Return the shipped templates, over which go the files of ``overrides`` (``<language>/<name>.txt`` and ``.html``).

    Raises MailTemplateInvalid, naming the first file that cannot be used.
    """
    templates = {(FIRST_LANGUAGE, one.name): one for one in _in_folder(_SHIPPED / FIRST_LANGUAGE, FIRST_LANGUAGE)}
    shipped = list(templates.values())
    for file in sorted(_TRANSLATIONS.glob("*.po")):
        translated = _translations(file)
        for template in shipped:
            templates[file.stem, template.name] = _in_language(template, file.stem, translated)
    if overrides is not None and overrides.is_dir():
        for folder in sorted(path for path in overrides.iterdir() if path.is_dir()):
            if not _LANGUAGE.fullmatch(folder.name):
                raise _invalid(folder.name, "the folder is not named by a language, such as 'de'")
            for template in _in_folder(folder, folder.name.lower()):
                templates[folder.name.lower(), template.name] = template
    return MailTemplates(templates=templates)


def translatable() -> tuple[str, ...]:
    """Return every text of the shipped templates that a translation has to give, each once."""
    texts = [text for one in _in_folder(_SHIPPED / FIRST_LANGUAGE, FIRST_LANGUAGE) for text in _texts(one)]
    return tuple(dict.fromkeys(text for text in texts if not re.fullmatch(r"\{\w+\}", text)))


def untranslated(*, language: str) -> tuple[str, ...]:
    """Return the texts that the shipped translation into the language lacks."""
    translated = _translations(_TRANSLATIONS / f"{language}.po")
    return tuple(text for text in translatable() if text not in translated)


def _texts(template: MailTemplate) -> tuple[str, ...]:
    return (template.subject, *template.paragraphs)


def _in_language(template: MailTemplate, language: str, translated: Mapping[str, str]) -> MailTemplate:
    subject, *paragraphs = (translated.get(text, text) for text in _texts(template))
    # Read as a file would be, so that a translation cannot name a placeholder that is not there.
    text = "\n\n".join([f"Subject: {subject}", *paragraphs])
    return read_template(
        specification=SPECIFICATIONS[template.name],
        language=language,
        text=text,
        page=None,
        file=f"{language}.po ({template.name})",
    )


def _translations(file: Path) -> dict[str, str]:
    try:
        catalog: Catalog = read_po(BytesIO(file.read_bytes()), locale=file.stem, abort_invalid=True)
    except (PoFileError, UnicodeDecodeError) as error:
        raise _invalid(file.name, str(error)) from None
    return {str(one.id): str(one.string) for one in catalog if one.id and one.string and not one.fuzzy}


def _in_folder(folder: Path, language: str) -> Iterator[MailTemplate]:
    for file in sorted(folder.iterdir()):
        if file.suffix not in {".txt", ".html"}:
            continue
        place = f"{folder.name}/{file.name}"
        if file.stem not in SPECIFICATIONS:
            raise _invalid(place, "no mail has this name")
        text_file = file.with_suffix(".txt")
        if file.suffix == ".html":
            # The page goes with its text, because not every mail program shows pages.
            if not text_file.is_file():
                raise _invalid(place, f"{text_file.name} is missing beside it")
            continue
        page_file = file.with_suffix(".html")
        yield read_template(
            specification=SPECIFICATIONS[file.stem],
            language=language,
            text=_content(file, place),
            page=_content(page_file, place) if page_file.is_file() else None,
            file=place,
        )


def _content(file: Path, place: str) -> str:
    if file.stat().st_size > 4 * TEMPLATE_LENGTH_MAXIMUM:
        raise _invalid(place, "the file is too large")
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise _invalid(place, "it is not UTF-8") from None


def _invalid(place: str, detail: str) -> MailTemplateInvalid:
    return MailTemplateInvalid(detail=f"{place}: {detail}.", findings=[Finding(pointer=place, detail=detail)])
