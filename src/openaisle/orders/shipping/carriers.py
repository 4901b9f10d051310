"""Carriers: by which names they are known, which forms their tracking numbers have, and where one looks a number up.

The table is data. A form without a check digit tells only what cannot be a number of the carrier.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import NamedTuple
from urllib.parse import quote

from openaisle.orders.shipping import check_digits
from openaisle.orders.shipping.model import TrackingState

_NOT_IN_NUMBERS = re.compile(r"[\s._/-]+")
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
_S10 = r"[A-Z]{2}(?P<payload>\d{8})(?P<check>\d)"


class Form(NamedTuple):
    """How numbers look (groups ``payload`` and ``check``), and the rule of the check digit if there is one."""

    pattern: str
    rule: Callable[[str], str] | None = None


class Carrier(NamedTuple):
    """A carrier: ``link`` is where a shopper looks a number up, with ``{}`` for the number."""

    key: str
    name: str
    names: tuple[str, ...]
    forms: tuple[Form, ...]
    link: str


_DHL_EXPRESS = (
    Form(r"(?P<payload>\d{9,10})(?P<check>\d)", check_digits.remainder_of_seven),
    Form(r"J[A-Z]{2,3}\d{9,20}"),
)
_DHL_PAKET = (
    Form(r"00(?P<payload>\d{17})(?P<check>\d)", check_digits.gs1),
    Form(r"(?P<payload>\d{11})(?P<check>\d)", check_digits.ident_code),
    Form(r"JJD\d{10,20}"),
    Form(_S10 + "DE", check_digits.postal_item),
)
_DHL_ECOMMERCE = (
    Form(r"(?:GM|LX|RX|UV|CN|SG|TH|IN|HK|MY)[0-9A-Z]{10,39}"),
    Form(r"\d{14}"),
    Form(r"(?:420\d{5}|420\d{9})?(?P<payload>9[0-9]{20}|9[0-9]{24})(?P<check>\d)", check_digits.gs1),
)
_DHL_LINK = "https://www.dhl.com/global-en/home/tracking.html?tracking-id={}"

CARRIERS: tuple[Carrier, ...] = (
    Carrier(
        "ups",
        "UPS",
        ("ups", "united parcel service"),
        (
            Form(r"1Z(?P<payload>[0-9A-Z]{15})(?P<check>\d)", check_digits.ups),
            Form(r"(?P<payload>[AHJKTV]\d{9})(?P<check>\d)", lambda payload: check_digits.ups(payload[1:])),
            Form(r"T\d{10}|\d{9}|\d{12}|\d{26}"),
        ),
        "https://www.ups.com/track?tracknum={}",
    ),
    Carrier(
        "fedex",
        "FedEx",
        ("fedex", "federal express"),
        (
            Form(r"(?P<payload>\d{11})(?P<check>\d)", check_digits.fedex_express),
            Form(r"(?P<payload>\d{14})(?P<check>\d)", check_digits.gs1),
            Form(r"96\d{5}(?P<payload>\d{14})(?P<check>\d)", check_digits.gs1),
            Form(r"(?P<payload>\d{19})(?P<check>\d)", lambda payload: check_digits.gs1("92" + payload)),
            Form(r"(?P<payload>92\d{19})(?P<check>\d)", check_digits.gs1),
            Form(r"\d{20}(?P<payload>\d{13})(?P<check>\d)", check_digits.fedex_long),
        ),
        "https://www.fedex.com/fedextrack/?trknbr={}",
    ),
    Carrier(
        "usps",
        "USPS",
        ("usps", "us postal service", "united states postal service"),
        (
            # The routing code that may stand before it, 420 and the postal code, is not part of the number.
            Form(r"(?:420\d{5}|420\d{9})?(?P<payload>9[1-5]\d{19}|9[1-5]\d{23})(?P<check>\d)", check_digits.gs1),
            # A number of 20 digits is the old form; one of 22 leaves its 91 out in print.
            Form(r"(?P<payload>\d{19})(?P<check>\d)", check_digits.gs1),
            Form(r"(?P<payload>\d{19})(?P<check>\d)", lambda payload: check_digits.gs1("91" + payload)),
            Form(_S10 + "US", check_digits.postal_item),
        ),
        "https://tools.usps.com/go/TrackConfirmAction?tLabels={}",
    ),
    Carrier("dhl_express", "DHL Express", ("dhl express", "dhl worldwide"), _DHL_EXPRESS, _DHL_LINK),
    Carrier("dhl_paket", "DHL Paket", ("dhl paket", "dhl parcel germany", "deutsche post"), _DHL_PAKET, _DHL_LINK),
    Carrier("dhl_ecommerce", "DHL eCommerce", ("dhl ecommerce", "dhl global mail"), _DHL_ECOMMERCE, _DHL_LINK),
    Carrier("dhl", "DHL", ("dhl",), (*_DHL_PAKET, *_DHL_EXPRESS, *_DHL_ECOMMERCE), _DHL_LINK),
    Carrier(
        "royal_mail",
        "Royal Mail",
        ("royal mail", "parcelforce"),
        (Form(_S10 + "GB", check_digits.postal_item), Form(r"[0-9A-Z]{21}|\d{16}")),
        "https://www.royalmail.com/track-your-item#/tracking-results/{}",
    ),
    Carrier(
        "dpd",
        "DPD",
        ("dpd", "dynamic parcel distribution"),
        (
            Form(r"(?P<payload>\d{14})(?P<check>[0-9A-Z])", check_digits.dpd),
            Form(r"(?P<payload>\d{27})(?P<check>[0-9A-Z])", check_digits.dpd),
            Form(r"\d{14}"),
        ),
        "https://tracking.dpd.de/status/en_US/parcel/{}",
    ),
    Carrier(
        "gls",
        "GLS",
        ("gls", "general logistics systems"),
        (Form(r"(?P<payload>\d{11})(?P<check>\d)", check_digits.gls), Form(r"\d{11}|[0-9A-Z]{8}|\d{14}")),
        "https://gls-group.com/track/{}",
    ),
    Carrier(
        "hermes",
        "Hermes",
        ("hermes", "myhermes"),
        (Form(r"(?P<payload>\d{13})(?P<check>\d)", check_digits.gs1), Form(r"H[0-9A-Z]{19}|\d{20}")),
        "https://www.myhermes.de/empfangen/sendungsverfolgung/sendungsinformation#{}",
    ),
    Carrier("evri", "Evri", ("evri",), (Form(r"[0-9A-Z]{16}"),), "https://www.evri.com/track/parcel/{}"),
    Carrier("yodel", "Yodel", ("yodel",), (Form(r"JJ?D\d{16}"),), "https://www.yodel.co.uk/tracking/{}"),
    Carrier(
        "canada_post",
        "Canada Post",
        ("canada post", "postes canada"),
        (
            Form(r"(?P<payload>\d{15})(?P<check>\d)", check_digits.gs1),
            Form(_S10 + "CA", check_digits.postal_item),
        ),
        "https://www.canadapost-postescanada.ca/track-reperage/en#/search?searchFor={}",
    ),
    Carrier(
        "ontrac",
        "OnTrac",
        ("ontrac",),
        (
            # The letter counts as the digit that UPS counts it as: C is 4, D is 5.
            Form(r"(?P<payload>[CD]\d{13})(?P<check>\d)", check_digits.ups),
            Form(r"1LS[0-9A-Z]{10,20}"),
        ),
        "https://www.ontrac.com/tracking/?number={}",
    ),
    Carrier(
        "amazon",
        "Amazon Logistics",
        ("amazon logistics", "amazon"),
        (Form(r"TB[ACM]\d{12}"),),
        "https://track.amazon.com/tracking/{}",
    ),
    Carrier(
        "postnl",
        "PostNL",
        ("postnl",),
        (Form(_S10 + "NL", check_digits.postal_item), Form(r"3S[0-9A-Z]{9,15}")),
        "https://postnl.nl/tracktrace/?B={}",
    ),
    Carrier(
        "la_poste",
        "La Poste",
        ("la poste", "colissimo"),
        (Form(_S10 + "FR", check_digits.postal_item), Form(r"[0-9A-Z]{2}\d{11}|[0-9A-Z]{15}")),
        "https://www.laposte.fr/outils/suivre-vos-envois?code={}",
    ),
)


def carrier_named(*, name: str) -> Carrier | None:
    """Return the carrier that a supplier means: by name, also with a service after it (``UPS Ground``)."""
    return _carrier_named(name)


def tracking_state(*, carrier: str, tracking_number: str) -> TrackingState:
    """Return what the form and the check digit of a number say."""
    number = normalized(tracking_number=tracking_number)
    if not number:
        return TrackingState.MISSING
    known = carrier_named(name=carrier)
    if known is None:
        return TrackingState.UNVERIFIED
    found = TrackingState.INVALID
    for form in known.forms:
        match = _compiled(form.pattern).fullmatch(number)
        if match is None:
            continue
        if form.rule is None:
            found = TrackingState.UNVERIFIED
        elif form.rule(match["payload"]) == match["check"]:
            return TrackingState.VERIFIED
    return found


def tracking_url(*, carrier: str, tracking_number: str) -> str | None:
    """Return where the shopper follows the parcel; None for a carrier that is not in the table, or a wrong number."""
    known = carrier_named(name=carrier)
    if known is None or tracking_state(carrier=carrier, tracking_number=tracking_number) in _NOT_TO_FOLLOW:
        return None
    return known.link.format(quote(normalized(tracking_number=tracking_number), safe=""))


def normalized(*, tracking_number: str) -> str:
    """Return a number as carriers compare it: capital letters and digits, without what people put in between."""
    return _NOT_IN_NUMBERS.sub("", tracking_number).upper()


_NOT_TO_FOLLOW = frozenset({TrackingState.MISSING, TrackingState.INVALID})


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


def _plain(name: str) -> str:
    return _NOT_IN_NAMES.sub(" ", name.casefold()).strip()


_BY_NAME = {known: carrier for carrier in CARRIERS for known in (*carrier.names, _plain(carrier.key))}
# The longest first, so that DHL Express Worldwide is not just DHL.
_NAMES = sorted(_BY_NAME, key=len, reverse=True)


@lru_cache(maxsize=1_000)
def _carrier_named(name: str) -> Carrier | None:
    plain = _plain(name)
    known = _BY_NAME.get(plain)
    if known is not None:
        return known
    return next((_BY_NAME[name] for name in _NAMES if plain.startswith(f"{name} ")), None)
