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
    street: str
    character: str
    goods: str
    price_percent: int = 100
    lead_time_days: int = 2

    @property
    def application(self) -> dict[str, Any]:
        """The body of its supplier application."""
        return {
            "legal_name": self.legal_name,
            "country": self.country,
            "registration_number": self.registration_number,
            "email": f"orders@{self.handle}.example.com",
            "phone": self.phone,
            "website": f"https://{self.handle}.example.com",
            "address": {
                "street_lines": [self.street],
                "city": self.city,
                "postal_code": self.postal_code,
                "country": self.country,
            },
        }
