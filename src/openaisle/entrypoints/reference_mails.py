"""The reference of mail templates, derived from what each mail is told."""

from __future__ import annotations

from openaisle.mail.catalog import FIRST_LANGUAGE, load_templates
from openaisle.mail.specification import SPECIFICATIONS, Filling

_HEAD = """\
# Mail templates

Each mail has a template in English and its translation into German. Write your own in `mail-templates` of the
marketplace's home: `mail-templates/<language>/<name>.txt`, and beside it, if you want a page of your own,
`<name>.html`. A file goes over the shipped template of that language and name; restart to have it read. A template in
another language is used as soon as it is there; a person whose language has none gets English.

```text
Subject: Welcome to {marketplace_name}

{supplier_name} has passed verification and may sell on {marketplace_name}.

You can register products now.
```

The first line is the subject, a blank line divides paragraphs, and `{name}` stands for a value. Nothing else is
evaluated. Without an `.html` file a page is made from the paragraphs; in one, values are escaped for HTML. A template
that names an unknown placeholder, or leaves out one that the mail is of no use without (marked *needed*), is refused
with [mail-template-invalid](errors.md); `openaisle doctor` checks them all.

The shipped translations are gettext catalogs (`src/openaisle/mail/translations/<language>.po`) whose messages are the
subjects and paragraphs of the English templates; a test tells what a catalog lacks.

What a mail holds is kept encrypted, and forgotten once a mail server took it. A mail that is not taken is tried again
after half a minute, then ever later, for a day and a half; then it is *failed*, told by the event `mail.failed`, listed
in the console, and can be sent again there. Records of mails go after 30 days.
"""
_FILLINGS = {
    Filling.LINE: "a line of at most 200 characters",
    Filling.TEXT: "text of several lines",
    Filling.LINK: "an address of the web",
}


def mail_templates_page() -> str:
    """Return the document."""
    shipped = load_templates(overrides=None)
    parts = [_HEAD]
    for specification in SPECIFICATIONS.values():
        english = shipped.template(name=specification.name, language=FIRST_LANGUAGE)
        rows = [
            f"| `{{{one.name}}}` | {one.meaning} | {_FILLINGS[one.filling]} "
            f"| {'needed' if one.filling is not Filling.LINE else ''} |"
            for one in specification.by_name.values()
        ]
        parts.append(
            f"\n## {specification.name}\n\n{specification.purpose} Its subject: *{english.subject}*\n\n"
            "| placeholder | stands for | holds | |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"
        )
    return "".join(parts)
