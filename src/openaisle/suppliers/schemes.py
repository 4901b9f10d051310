"""The numbering schemes of company registers and tax offices, by country.

The check digits are python-stdnum's; only forms it lacks are stated here.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Mapping
from functools import cache
from types import ModuleType

import msgspec
from stdnum.exceptions import InvalidChecksum, InvalidComponent, InvalidFormat, InvalidLength, ValidationError

# Source: Companies House, list of company number prefixes: eight digits, or a register's two characters and six digits.
_GB_COMPANY = re.compile(
    r"\d{8}|(?:AC|CE|CS|FC|FE|GE|GN|GS|IC|IP|LP|NA|NC|NF|NI|NL|NO|NP|NR|NV|NZ|OC|OE|PC|R0|RC|RS|SA|SC|SE|SF|SG|SI|SL|SO"
    r"|SP|SR|SZ|ZC)\d{6}"
)
_NL_COMPANY = re.compile(r"\d{8}")
_TELLING_LENGTH = 10
_PUNCTUATION = re.compile(r"[\s.\-/]+")


class Scheme(msgspec.Struct, frozen=True, kw_only=True):
    """One numbering scheme: a short ``name``, what people call it, and python-stdnum's module for it."""

    name: str
    label: str
    module: str


class Recognition(msgspec.Struct, frozen=True, kw_only=True):
    """A number that fits a scheme, in its compact form."""

    scheme: Scheme
    compact: str


def _scheme(module: str, label: str) -> Scheme:
    return Scheme(name=module.replace("in_.", "in."), label=label, module=module)


_GB_COMPANY_SCHEME = _scheme("gb.company", "United Kingdom company number")
_NL_COMPANY_SCHEME = _scheme("nl.kvk", "Dutch Chamber of Commerce number (KvK)")

_REGISTRATION: Mapping[str, tuple[Scheme, ...]] = {
    "AR": (_scheme("ar.cuit", "Argentinian CUIT"),),
    "AT": (_scheme("at.businessid", "Austrian company register number"), _scheme("at.uid", "Austrian VAT number")),
    "AU": (_scheme("au.abn", "Australian Business Number"), _scheme("au.acn", "Australian Company Number")),
    "BE": (_scheme("be.vat", "Belgian enterprise number"),),
    "BG": (_scheme("bg.vat", "Bulgarian VAT number"),),
    "BR": (_scheme("br.cnpj", "Brazilian CNPJ"),),
    "CA": (_scheme("ca.bn", "Canadian Business Number"),),
    "CH": (_scheme("ch.uid", "Swiss UID"),),
    "CL": (_scheme("cl.rut", "Chilean RUT"),),
    "CN": (_scheme("cn.uscc", "Chinese Unified Social Credit Code"),),
    "CO": (_scheme("co.nit", "Colombian NIT"),),
    "CR": (_scheme("cr.cpj", "Costa Rican cédula jurídica"),),
    "CY": (_scheme("cy.vat", "Cypriot VAT number"),),
    "CZ": (_scheme("cz.dic", "Czech DIČ or IČO"),),
    "DE": (_scheme("de.handelsregisternummer", "German register number"), _scheme("de.vat", "German VAT number")),
    "DK": (_scheme("dk.cvr", "Danish CVR number"),),
    "EC": (_scheme("ec.ruc", "Ecuadorian RUC"),),
    "EE": (_scheme("ee.registrikood", "Estonian registry code"), _scheme("ee.kmkr", "Estonian VAT number")),
    "ES": (_scheme("es.nif", "Spanish NIF"),),
    "FI": (_scheme("fi.ytunnus", "Finnish business identity code"), _scheme("fi.alv", "Finnish VAT number")),
    "FO": (_scheme("fo.vn", "Faroese V-number"),),
    "FR": (
        _scheme("fr.siren", "French SIREN"),
        _scheme("fr.siret", "French SIRET"),
        _scheme("fr.tva", "French VAT number"),
    ),
    "GB": (_GB_COMPANY_SCHEME,),
    "GR": (_scheme("gr.vat", "Greek VAT number"),),
    "HR": (_scheme("hr.oib", "Croatian OIB"),),
    "HU": (_scheme("hu.anum", "Hungarian VAT number"),),
    "ID": (_scheme("id.npwp", "Indonesian NPWP"),),
    "IE": (_scheme("ie.vat", "Irish VAT number"),),
    "IL": (_scheme("il.hp", "Israeli company number"),),
    "IN": (_scheme("in_.gstin", "Indian GSTIN"),),
    "IT": (_scheme("it.iva", "Italian partita IVA"), _scheme("it.codicefiscale", "Italian codice fiscale")),
    "JP": (_scheme("jp.cn", "Japanese Corporate Number"),),
    "KE": (_scheme("ke.pin", "Kenyan PIN"),),
    "KR": (_scheme("kr.brn", "South Korean business registration number"),),
    "LT": (_scheme("lt.pvm", "Lithuanian VAT number"),),
    "LU": (_scheme("lu.tva", "Luxembourgian VAT number"),),
    "LV": (_scheme("lv.pvn", "Latvian VAT number"),),
    "MD": (_scheme("md.idno", "Moldovan IDNO"),),
    "ME": (_scheme("me.pib", "Montenegrin PIB"),),
    "MK": (_scheme("mk.edb", "North Macedonian EDB"),),
    "MT": (_scheme("mt.vat", "Maltese VAT number"),),
    "MX": (_scheme("mx.rfc", "Mexican RFC"),),
    "NL": (_NL_COMPANY_SCHEME, _scheme("nl.btw", "Dutch VAT number")),
    "NO": (_scheme("no.orgnr", "Norwegian organization number"), _scheme("no.mva", "Norwegian VAT number")),
    "PE": (_scheme("pe.ruc", "Peruvian RUC"),),
    "PL": (_scheme("pl.nip", "Polish NIP"), _scheme("pl.regon", "Polish REGON")),
    "PT": (_scheme("pt.nif", "Portuguese NIF"),),
    "RO": (_scheme("ro.cf", "Romanian CUI"), _scheme("ro.onrc", "Romanian trade register number")),
    "RS": (_scheme("rs.pib", "Serbian PIB"),),
    "RU": (_scheme("ru.inn", "Russian INN"), _scheme("ru.ogrn", "Russian OGRN")),
    "SE": (_scheme("se.orgnr", "Swedish organization number"), _scheme("se.vat", "Swedish VAT number")),
    "SG": (_scheme("sg.uen", "Singaporean UEN"),),
    "SI": (_scheme("si.maticna", "Slovenian registration number"), _scheme("si.ddv", "Slovenian VAT number")),
    "SK": (_scheme("sk.dph", "Slovak VAT number"),),
    "TH": (_scheme("th.moa", "Thai memorandum of association number"), _scheme("th.tin", "Thai tax id")),
    "TR": (_scheme("tr.vkn", "Turkish VKN"),),
    "TW": (_scheme("tw.ubn", "Taiwanese UBN"),),
    "UA": (_scheme("ua.edrpou", "Ukrainian EDRPOU"),),
    "US": (_scheme("us.ein", "United States EIN"),),
    "UY": (_scheme("uy.rut", "Uruguayan RUT"),),
    "VN": (_scheme("vn.mst", "Vietnamese MST"),),
    "ZA": (_scheme("za.tin", "South African tax reference number"),),
}

# Where the tax office has numbers of its own beside those of the register; elsewhere the register's serve.
_TAX: Mapping[str, tuple[Scheme, ...]] = {
    "AT": (_scheme("at.uid", "Austrian VAT number"), _scheme("at.tin", "Austrian tax number")),
    "AU": (_scheme("au.abn", "Australian Business Number"), _scheme("au.tfn", "Australian tax file number")),
    "BR": (_scheme("br.cnpj", "Brazilian CNPJ"), _scheme("br.cpf", "Brazilian CPF")),
    "CH": (_scheme("ch.vat", "Swiss VAT number"), _scheme("ch.uid", "Swiss UID")),
    "DE": (
        _scheme("de.vat", "German VAT number"),
        _scheme("de.stnr", "German tax number"),
        _scheme("de.idnr", "German tax id"),
    ),
    "EE": (_scheme("ee.kmkr", "Estonian VAT number"),),
    "FI": (_scheme("fi.alv", "Finnish VAT number"),),
    "FR": (_scheme("fr.tva", "French VAT number"), _scheme("fr.siren", "French SIREN")),
    "GB": (_scheme("gb.vat", "United Kingdom VAT number"), _scheme("gb.utr", "United Kingdom UTR")),
    "IN": (_scheme("in_.gstin", "Indian GSTIN"), _scheme("in_.pan", "Indian PAN")),
    "NL": (_scheme("nl.btw", "Dutch VAT number"),),
    "NO": (_scheme("no.mva", "Norwegian VAT number"), _scheme("no.orgnr", "Norwegian organization number")),
    "NZ": (_scheme("nz.ird", "New Zealand IRD number"),),
    "PL": (_scheme("pl.nip", "Polish NIP"),),
    "RO": (_scheme("ro.cf", "Romanian CUI"),),
    "RU": (_scheme("ru.inn", "Russian INN"),),
    "SE": (_scheme("se.vat", "Swedish VAT number"), _scheme("se.orgnr", "Swedish organization number")),
    "SI": (_scheme("si.ddv", "Slovenian VAT number"),),
    "TH": (_scheme("th.tin", "Thai tax id"),),
    "US": (_scheme("us.ein", "United States EIN"), _scheme("us.tin", "United States TIN")),
}

_REASONS: tuple[tuple[type[ValidationError], str], ...] = (
    (InvalidChecksum, "its check digit does not fit the digits before it"),
    (InvalidLength, "it has the wrong number of characters"),
    (InvalidComponent, "a part of it names something that does not exist"),
    (InvalidFormat, "it holds characters that do not belong there"),
)


def registration_schemes(*, country: str) -> tuple[Scheme, ...]:
    """Return the schemes of a country's company registers (ISO 3166, two letters); empty if none is known."""
    return _REGISTRATION.get(country, ())


def tax_schemes(*, country: str) -> tuple[Scheme, ...]:
    """Return the schemes of a country's tax offices; empty if none is known."""
    return _TAX.get(country, _REGISTRATION.get(country, ()))


def recognized(*, schemes: tuple[Scheme, ...], number: str) -> Recognition | None:
    """Return the first scheme the number fits, with its compact form; None if it fits none."""
    for scheme in schemes:
        try:
            return Recognition(scheme=scheme, compact=_validator(scheme.module)(number))
        except ValidationError:
            continue
    return None


def recognized_elsewhere(*, country: str, number: str) -> dict[str, Recognition]:
    """Return by country how a number reads in registers of other countries; short numbers fit many by chance."""
    found = {}
    for other, schemes in _REGISTRATION.items():
        recognition = recognized(schemes=schemes, number=number) if other != country else None
        if recognition is not None and len(recognition.compact) >= _TELLING_LENGTH:
            found[other] = recognition
    return found


def reason_against(*, scheme: Scheme, number: str) -> str:
    """Return, as the end of a sentence, why a number does not fit a scheme."""
    try:
        _validator(scheme.module)(number)
    except ValidationError as error:
        return next(reason for kind, reason in _REASONS if isinstance(error, kind))
    return "it fits"


def comparable(*, number: str) -> str:
    """Return a number so that two writings of it are equal: letters and digits only, in upper case."""
    return "".join(character for character in number.upper() if character.isalnum())


@cache
def _validator(module: str) -> Callable[[str], str]:
    if module == _GB_COMPANY_SCHEME.module:
        return _gb_company
    if module == _NL_COMPANY_SCHEME.module:
        return _nl_company
    loaded: ModuleType = importlib.import_module(f"stdnum.{module}")
    validate: Callable[[str], str] = loaded.validate
    return validate


def _gb_company(number: str) -> str:
    compact = _PUNCTUATION.sub("", number).upper()
    # The register itself writes short numbers with zeros before them.
    if compact.isdigit():
        compact = compact.zfill(8)
    if len(compact) != 8:
        raise InvalidLength
    if not _GB_COMPANY.fullmatch(compact):
        raise InvalidFormat
    return compact


def _nl_company(number: str) -> str:
    compact = _PUNCTUATION.sub("", number)
    if len(compact) != 8:
        raise InvalidLength
    if not _NL_COMPANY.fullmatch(compact):
        raise InvalidFormat
    return compact
