"""The checks that every installation has. A retailer's own follow the same protocol and are added beside them."""

from __future__ import annotations

from openaisle.kernel.outbound import HttpCaller
from openaisle.kernel.pictures import PictureMeasurer
from openaisle.suppliers.checks.address import AddressCheck
from openaisle.suppliers.checks.bank_account import BankAccountCheck
from openaisle.suppliers.checks.characters import CharactersCheck
from openaisle.suppliers.checks.check import Check
from openaisle.suppliers.checks.country import CountryCheck
from openaisle.suppliers.checks.documents import DocumentContents, DocumentsCheck
from openaisle.suppliers.checks.duplicate import DuplicateCheck
from openaisle.suppliers.checks.email import EmailCheck
from openaisle.suppliers.checks.image_standard import ImageStandardCheck
from openaisle.suppliers.checks.legal_entity_identifier import LegalEntityIdentifierCheck
from openaisle.suppliers.checks.mailbox import MailboxCheck
from openaisle.suppliers.checks.phone import PhoneCheck
from openaisle.suppliers.checks.registration_number import RegistrationNumberCheck
from openaisle.suppliers.checks.sanctions import SanctionsCheck
from openaisle.suppliers.checks.similar_name import SimilarNameCheck
from openaisle.suppliers.checks.tax_id import TaxIdCheck
from openaisle.suppliers.checks.website import WebsiteCheck
from openaisle.suppliers.checks.website_answer import WebsiteAnswerCheck
from openaisle.suppliers.claims import ClaimHolders
from openaisle.suppliers.name_index import SimilarNames
from openaisle.suppliers.screening.screening import NameScreening


def standard_checks(
    *,
    claim_holders: ClaimHolders,
    names: SimilarNames | None = None,
    caller: HttpCaller | None = None,
    contents: DocumentContents | None = None,
    pictures: PictureMeasurer | None = None,
    screening: NameScreening | None = None,
) -> tuple[Check, ...]:
    """Return the standard checks, in the order in which their results are shown.

    Without ``names`` none compares names, without ``caller`` none calls a website, without ``contents`` and
    ``pictures`` none looks into uploaded files, without ``screening`` none looks names up.
    """
    checks: list[Check] = [
        CountryCheck(),
        RegistrationNumberCheck(),
        TaxIdCheck(),
        CharactersCheck(),
        EmailCheck(),
        MailboxCheck(),
        PhoneCheck(),
        WebsiteCheck(),
        AddressCheck(),
        BankAccountCheck(),
        DuplicateCheck(claim_holders=claim_holders),
    ]
    if names is not None:
        checks.append(SimilarNameCheck(names=names))
    if screening is not None:
        checks += [SanctionsCheck(screening=screening), LegalEntityIdentifierCheck(screening=screening)]
    if caller is not None:
        checks.append(WebsiteAnswerCheck(caller=caller))
    if contents is not None and pictures is not None:
        checks.append(DocumentsCheck(contents=contents, pictures=pictures))
        checks.append(ImageStandardCheck(contents=contents, pictures=pictures))
    return tuple(checks)
