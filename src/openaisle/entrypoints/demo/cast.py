"""The suppliers of the demonstration: invented companies, one for each thing a retailer meets."""

from __future__ import annotations

from typing import Any

import msgspec


class DemoSupplier(msgspec.Struct, frozen=True, kw_only=True):
    """An invented supplier: who it says it is, and how its server behaves (``character``)."""

    handle: str
    legal_name: str
    country: str
    registration_number: str
    phone: str
    city: str
    postal_code: str
    character: str
    goods: str
    price_percent: int = 100
    lead_time_days: int = 2
    region: str | None = None
    website_prefix: str = "https://"

    @property
    def application(self) -> dict[str, Any]:
        """The body of its supplier application."""
        return {
            "legal_name": self.legal_name,
            "country": self.country,
            "registration_number": self.registration_number,
            "email": f"orders@{self.handle}.example.com",
            "phone": self.phone,
            "website": f"{self.website_prefix}{self.handle}.example.com",
            "address": {
                "street_lines": ["Example street 1"],
                "city": self.city,
                "postal_code": self.postal_code,
                "region": self.region,
                "country": self.country,
            },
        }


# Numbers are valid in form and beyond those that registers have given out; telephone numbers are of ranges kept for
# fiction where the country has one. Some facts are dirty on purpose: verification mends them, and shows that it did.
CAST = (
    DemoSupplier(
        handle="harbor-lamps",
        legal_name="Harbor Lamps Ltd",
        country="GB",
        registration_number="99000001",
        phone="+44 20 7946 0958",
        city="London",
        postal_code="SE1 2AA",
        character="prompt",
        goods="lighting",
        lead_time_days=3,
    ),
    DemoSupplier(
        handle="messing-und-eiche",
        legal_name="  Messing und  Eiche GmbH ",
        country="Germany",
        registration_number="DE 299 990 003",
        phone="030 23125001",
        city="Berlin",
        postal_code="10115",
        character="choosy",
        goods="lighting",
        price_percent=97,
        lead_time_days=2,
    ),
    DemoSupplier(
        handle="cuisine-du-port",
        legal_name="Cuisine du Port SAS",
        country="FR",
        registration_number="900 000 001",
        phone="+33 1 99 00 12 34",
        city="Bordeaux",
        postal_code="33000",
        character="prompt",
        goods="kitchen",
        website_prefix="",
    ),
    DemoSupplier(
        handle="keukenhuis",
        legal_name="Keukenhuis BV",
        country="NL",
        registration_number="99000002",
        phone="+31 20 555 0123",
        city="Utrecht",
        postal_code="3511 AB",
        character="slow",
        goods="kitchen",
        price_percent=95,
        lead_time_days=1,
    ),
    DemoSupplier(
        handle="fern-works",
        legal_name="Fern Works Ltd",
        country="IE",
        registration_number="9900000T",
        phone="+353 1 555 0123",
        city="Dublin",
        postal_code="D02 AF30",
        character="later",
        goods="garden",
    ),
    DemoSupplier(
        handle="orto-verde",
        legal_name="Orto Verde SRL",
        country="IT",
        registration_number="99999000013",
        phone="+39 06 555 0123",
        city="Torino",
        postal_code="10121",
        character="flapping",
        goods="garden",
        price_percent=92,
    ),
    DemoSupplier(
        handle="papelaria-douro",
        legal_name="Papelaria Douro Lda",
        country="PT",
        registration_number="599990007",
        phone="+351 21 555 0123",
        city="Porto",
        postal_code="4000-322",
        character="prompt",
        goods="writing",
    ),
    DemoSupplier(
        handle="atelier-papier",
        legal_name="Atelier Papier BV",
        country="BE",
        registration_number="0999.990.024",
        phone="+32 2 555 12 12",
        city="Antwerpen",
        postal_code="2000",
        character="choosy",
        goods="writing",
        price_percent=99,
        lead_time_days=1,
    ),
    # A city that is no city, as real marketplaces meet it: no reading of it is certain, so a person decides.
    DemoSupplier(
        handle="luz-da-serra",
        legal_name="Luz da Serra Ltda",
        country="BR",
        registration_number="99.000.001/0001-01",
        phone="+55 21 95000 0001",
        city="4482255",
        postal_code="22790-001",
        region="RJ",
        character="prompt",
        goods="lighting",
    ),
    # A number whose check digit does not hold: refused, with the reason.
    DemoSupplier(
        handle="too-good-deals",
        legal_name="Too Good Deals SARL",
        country="FR",
        registration_number="900 000 002",
        phone="+33 1 99 00 43 21",
        city="Lyon",
        postal_code="69001",
        character="prompt",
        goods="kitchen",
    ),
)
