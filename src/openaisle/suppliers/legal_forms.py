"""Legal forms of companies by country: how they are written short, and in how many ways people write them.

Source: the GLEIF's code list of entity legal forms (ISO 20275, CC0), reduced to the forms that suppliers have most.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

import msgspec

# The short form, then the long one.
_FORMS: Mapping[str, Mapping[str, str]] = {
    "AR": {"S.A.": "Sociedad Anónima", "S.R.L.": "Sociedad de Responsabilidad Limitada"},
    "AT": {"GmbH": "Gesellschaft mit beschränkter Haftung", "AG": "Aktiengesellschaft", "KG": "Kommanditgesellschaft"},
    "AU": {"Pty Ltd": "Proprietary Limited", "Ltd": "Limited"},
    "BE": {"BV": "Besloten Vennootschap", "NV": "Naamloze Vennootschap", "SRL": "Société à responsabilité limitée"},
    "BR": {
        "Ltda": "Limitada",
        "S.A.": "Sociedade Anônima",
        "EIRELI": "Empresa Individual de Responsabilidade Limitada",
    },
    "CA": {"Inc.": "Incorporated", "Ltd.": "Limited", "Corp.": "Corporation"},
    "CH": {"GmbH": "Gesellschaft mit beschränkter Haftung", "AG": "Aktiengesellschaft", "SA": "Société anonyme"},
    "CL": {"Ltda.": "Limitada", "S.A.": "Sociedad Anónima", "SpA": "Sociedad por Acciones"},
    "CN": {"Co., Ltd.": "Company Limited"},
    "CO": {"S.A.S.": "Sociedad por Acciones Simplificada", "Ltda.": "Limitada", "S.A.": "Sociedad Anónima"},
    "CZ": {"s.r.o.": "společnost s ručením omezeným", "a.s.": "akciová společnost"},
    "DE": {
        "GmbH": "Gesellschaft mit beschränkter Haftung",
        "GmbH & Co. KG": "Gesellschaft mit beschränkter Haftung & Compagnie Kommanditgesellschaft",
        "AG": "Aktiengesellschaft",
        "KG": "Kommanditgesellschaft",
        "OHG": "Offene Handelsgesellschaft",
        "UG (haftungsbeschränkt)": "Unternehmergesellschaft (haftungsbeschränkt)",
        "e.K.": "eingetragener Kaufmann",
    },
    "DK": {"ApS": "Anpartsselskab", "A/S": "Aktieselskab"},
    "EE": {"OÜ": "Osaühing", "AS": "Aktsiaselts"},
    "ES": {"S.L.": "Sociedad Limitada", "S.A.": "Sociedad Anónima", "S.L.U.": "Sociedad Limitada Unipersonal"},
    "FI": {"Oy": "Osakeyhtiö", "Oyj": "Julkinen osakeyhtiö"},
    "FR": {
        "SARL": "Société à responsabilité limitée",
        "SA": "Société anonyme",
        "SAS": "Société par actions simplifiée",
        "EURL": "Entreprise unipersonnelle à responsabilité limitée",
    },
    "GB": {"Ltd": "Limited", "PLC": "Public Limited Company", "LLP": "Limited Liability Partnership"},
    "HU": {"Kft.": "Korlátolt felelősségű társaság", "Zrt.": "Zártkörűen működő részvénytársaság"},
    "IE": {"Ltd": "Limited", "DAC": "Designated Activity Company", "PLC": "Public Limited Company"},
    "IN": {"Pvt. Ltd.": "Private Limited", "Ltd.": "Limited", "LLP": "Limited Liability Partnership"},
    "IT": {"S.r.l.": "Società a responsabilità limitata", "S.p.A.": "Società per azioni"},
    "LT": {"UAB": "Uždaroji akcinė bendrovė", "AB": "Akcinė bendrovė"},
    "LU": {"S.à r.l.": "Société à responsabilité limitée", "S.A.": "Société anonyme"},
    "LV": {"SIA": "Sabiedrība ar ierobežotu atbildību", "AS": "Akciju sabiedrība"},
    "MX": {"S.A. de C.V.": "Sociedad Anónima de Capital Variable"},
    "NL": {"B.V.": "Besloten Vennootschap", "N.V.": "Naamloze Vennootschap", "V.O.F.": "Vennootschap onder firma"},
    "NO": {"AS": "Aksjeselskap", "ASA": "Allmennaksjeselskap"},
    "NZ": {"Ltd": "Limited"},
    "PL": {"Sp. z o.o.": "Spółka z ograniczoną odpowiedzialnością", "S.A.": "Spółka Akcyjna"},
    "PT": {"Lda.": "Limitada", "S.A.": "Sociedade Anónima"},
    "RO": {"S.R.L.": "Societate cu răspundere limitată", "S.A.": "Societate pe acțiuni"},
    "SE": {"AB": "Aktiebolag", "HB": "Handelsbolag"},
    "SG": {"Pte. Ltd.": "Private Limited", "Ltd.": "Limited"},
    "SI": {"d.o.o.": "družba z omejeno odgovornostjo"},
    "SK": {"s.r.o.": "spoločnosť s ručením obmedzeným", "a.s.": "akciová spoločnosť"},
    "TR": {"Ltd. Şti.": "Limited Şirketi", "A.Ş.": "Anonim Şirketi"},
    "US": {"Inc.": "Incorporated", "LLC": "Limited Liability Company", "Corp.": "Corporation", "Ltd.": "Limited"},
    "ZA": {"(Pty) Ltd": "Proprietary Limited"},
}
_NO_LETTERS = re.compile(r"[\W_]+")


class FormReading(msgspec.Struct, frozen=True, kw_only=True):
    """A company's name with its legal form at the end: the name before it, the usual short form, how it was written.

    ``written_out`` says that the form stood there in full, which is a choice of the company and no slip.
    """

    stem: str
    short: str
    written_out: bool


def form_of(*, name: str, country: str) -> FormReading | None:
    """Return how the legal form at the end of a name reads; None if the country's known forms do not end it."""
    words = name.split(" ")
    forms = _by_squeezed(country)
    for count in range(min(len(words) - 1, 9), 0, -1):
        found = forms.get(squeezed(text="".join(words[-count:])))
        if found is not None:
            stem = " ".join(words[:-count]).rstrip(" ,;")
            return FormReading(stem=stem, short=found[0], written_out=found[1]) if stem else None
    return None


def squeezed(*, text: str) -> str:
    """Return a text with only its letters and digits, in lower case."""
    return _NO_LETTERS.sub("", text).casefold()


@cache
def _by_squeezed(country: str) -> dict[str, tuple[str, bool]]:
    forms = _FORMS.get(country, {})
    long = {squeezed(text=form): (short, True) for short, form in forms.items()}
    return {**long, **{squeezed(text=short): (short, False) for short in forms}}


@cache
def every_form() -> frozenset[str]:
    """Return each word of a short form, in lower case without punctuation: what names do not differ by."""
    return frozenset(squeezed(text=short) for forms in _FORMS.values() for short in forms) | frozenset(
        {"company", "co", "limited", "incorporated", "corporation", "pty", "pvt", "pte", "private", "sti"}
    )
