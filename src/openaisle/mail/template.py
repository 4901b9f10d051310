"""What a template is, and how it becomes a mail. Pure.

The syntax is as small as it can be: a first line ``Subject: …``, a blank line, then paragraphs divided by blank
lines, in which ``{name}`` stands for a value. Nothing is evaluated, and a value is never read as a template.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping

import msgspec

from openaisle.kernel.errors import Finding, OpenAisleError
from openaisle.mail.specification import Filling, MailDataMissing, MailSpecification

SUBJECT_LENGTH_MAXIMUM = 200
_LINE_LENGTH_MAXIMUM = 200
_TEXT_LENGTH_MAXIMUM = 20_000
TEMPLATE_LENGTH_MAXIMUM = 50_000
_SUBJECT = "Subject: "
_PLACE = re.compile(r"\{([^{}\n]*)\}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028-\u202e\u2066-\u2069]")
_WEB = ("https://", "http://")


class MailTemplateInvalid(OpenAisleError):
    """A template file cannot be used; findings name the file and what is wrong in it."""

    code = "mail-template-invalid"
    title = "A mail template cannot be used"
    mend = "Correct the file; docs/reference/mail-templates.md lists the placeholders of each template."


class MailTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """A template in one language. ``html`` is a page of its own; None makes one from the paragraphs."""

    name: str
    language: str
    subject: str
    paragraphs: tuple[str, ...]
    html: str | None = None


class RenderedMail(msgspec.Struct, frozen=True, kw_only=True):
    """A mail in words."""

    subject: str
    text: str
    html: str


def read_template(
    *, specification: MailSpecification, language: str, text: str, page: str | None, file: str
) -> MailTemplate:
    """Return the template that the ``text`` of a file and the HTML ``page`` beside it state.

    Raises MailTemplateInvalid, naming ``file``: no subject, no paragraph, a place that no value fills, too long.
    """
    head, _, rest = text.replace("\r\n", "\n").strip().partition("\n")
    paragraphs = tuple(part.strip() for part in re.split(r"\n\s*\n", rest) if part.strip())
    problems = []
    if not head.startswith(_SUBJECT) or not head.removeprefix(_SUBJECT).strip():
        problems.append("its first line is not 'Subject: …'")
    if not paragraphs:
        problems.append("it has no paragraph")
    known = specification.by_name
    for written in (text, page or ""):
        if len(written) > TEMPLATE_LENGTH_MAXIMUM:
            problems.append(f"it has more than {TEMPLATE_LENGTH_MAXIMUM} characters")
        problems += [
            f"{{{name[:40]}}} is no placeholder of {specification.name}"
            for name in _PLACE.findall(written)
            if name not in known
        ]
    written = text + (page or "")
    problems += [
        f"{{{one.name}}} is missing: without it the mail is of no use"
        for one in specification.placeholders
        if one.filling is not Filling.LINE and f"{{{one.name}}}" not in written
    ]
    if problems:
        findings = [Finding(pointer=file, detail=problem) for problem in problems]
        raise MailTemplateInvalid(detail=f"{file}: {'; '.join(problems)}.", findings=findings)
    return MailTemplate(
        name=specification.name,
        language=language,
        subject=head.removeprefix(_SUBJECT).strip(),
        paragraphs=paragraphs,
        html=page,
    )


def require_data(*, specification: MailSpecification, data: Mapping[str, str]) -> dict[str, str]:
    """Return the values as a mail may hold them; raises MailDataMissing.

    A line keeps its first 200 characters and no address that a mail program would make a link of, since it may come
    from a stranger; a link is an address of the web or nothing.
    """
    missing = [one.name for one in specification.by_name.values() if not data.get(one.name)]
    if missing:
        findings = [Finding(pointer=name, detail="is not given") for name in missing]
        raise MailDataMissing(detail=f"{specification.name} needs {', '.join(missing)}.", findings=findings)
    return {one.name: _kept(one.filling, data[one.name]) for one in specification.by_name.values()}


def _kept(filling: Filling, value: str) -> str:
    if filling is Filling.TEXT:
        return _CONTROL.sub(" ", value.replace("\r\n", "\n").replace("\r", "\n"))[:_TEXT_LENGTH_MAXIMUM]
    line = " ".join(_CONTROL.sub(" ", value).split())
    if filling is Filling.LINK:
        return line if line.startswith(_WEB) and " " not in line else ""
    return line.replace("://", ": ").replace("www.", "www ")[:_LINE_LENGTH_MAXIMUM]


def rendered(*, template: MailTemplate, values: Mapping[str, str]) -> RenderedMail:
    """Return the mail that the template and the values make."""
    subject = " ".join(_filled(template.subject, values).split())[:SUBJECT_LENGTH_MAXIMUM]
    text = "\n\n".join(_filled(paragraph, values) for paragraph in template.paragraphs) + "\n"
    safe = {name: html.escape(value) for name, value in values.items()}
    if template.html is not None:
        return RenderedMail(subject=subject, text=text, html=_filled(template.html, safe))
    body = "\n".join(_html_paragraph(paragraph, values) for paragraph in template.paragraphs)
    page = (
        f'<!doctype html>\n<html lang="{html.escape(template.language)}">\n<head><meta charset="utf-8">'
        f"<title>{html.escape(subject)}</title></head>\n"
        '<body style="font-family: sans-serif; line-height: 1.5; max-width: 40em; margin: 2em auto; padding: 0 1em">\n'
        f"{body}\n</body>\n</html>\n"
    )
    return RenderedMail(subject=subject, text=text, html=page)


def _html_paragraph(paragraph: str, values: Mapping[str, str]) -> str:
    alone = _PLACE.fullmatch(paragraph)
    value = values.get(alone.group(1), "") if alone else ""
    if value.startswith(_WEB) and " " not in value and "\n" not in value:
        shown = html.escape(value)
        return f'<p><a href="{shown}">{shown}</a></p>'
    written = _filled_with(html.escape(paragraph, quote=False), lambda name: html.escape(values[name]))
    return f"<p>{written}</p>".replace("\n", "<br>\n")


def _filled(written: str, values: Mapping[str, str]) -> str:
    return _filled_with(written, values.__getitem__)


def _filled_with(written: str, value_of: Callable[[str], str]) -> str:
    # One pass: what a value holds is never looked at again.
    return _PLACE.sub(lambda found: value_of(found.group(1)), written)
