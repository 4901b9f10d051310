"""Sales by day, and the thresholds of the INFORM Consumers Act in them (15 U.S.C. 45f). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

# 15 U.S.C. 45f(f)(3)(A): 200 or more discrete sales and an aggregate total of $5,000 or more in gross revenues.
SALES_MINIMUM = 200
REVENUE_MINIMUM_MINOR = 500_000
# 15 U.S.C. 45f(b)(1): $20,000 or more in annual gross revenues must tell shoppers who they are.
DISCLOSURE_MINIMUM_MINOR = 2_000_000
CURRENCY = "USD"
_YEARS_LOOKED_AT = 2


class SalesDay(msgspec.Struct, kw_only=True):
    """What one supplier sold on one UTC day, by currency; revenues in minor units.

    A sale is a line of a purchase order, on the day the order was placed, once its goods have left. ``position`` is the
    sequence of the newest change that is counted in.
    """

    supplier_id: str
    day: date
    position: int = 0
    sales: dict[str, int] = msgspec.field(default_factory=dict)
    revenue_minor: dict[str, int] = msgspec.field(default_factory=dict)


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """Sales and revenues in US dollars from the day ``first`` through the day ``last``."""

    first: date
    last: date
    sales: int
    revenue_minor: int

    @property
    def reaches_thresholds(self) -> bool:
        """Whether both the number of sales and the revenues make a high-volume supplier."""
        return self.sales >= SALES_MINIMUM and self.revenue_minor >= REVENUE_MINIMUM_MINOR


class Volume(msgspec.Struct, frozen=True, kw_only=True):
    """What two years of sales come to.

    ``deciding`` is the first twelve months that reach the thresholds, else those that come nearest; ``highest`` those
    of the highest revenues. Both are None without sales in US dollars. ``not_counted`` are other currencies' sales.
    """

    deciding: Window | None
    highest: Window | None
    not_counted: dict[str, int]

    @property
    def is_high(self) -> bool:
        """Whether the supplier is a high-volume third-party one."""
        return self.deciding is not None and self.deciding.reaches_thresholds

    @property
    def must_disclose(self) -> bool:
        """Whether the supplier is a high-volume one that must tell shoppers who it is."""
        return self.is_high and self.highest is not None and self.highest.revenue_minor >= DISCLOSURE_MINIMUM_MINOR


def years_before(*, day: date, years: int = 1) -> date:
    """Return the same day of an earlier year; of a 29 February, the 28th where the year has none."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def months_after(*, day: date, months: int) -> date:
    """Return the day so many months later, at the latest the last day of its month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), following - timedelta(days=1))


def volume_of(*, days: Sequence[SalesDay], today: date) -> Volume:
    """Return what the days come to, looking at each continuous twelve months within the two years before ``today``.

    A window ends on a day with sales, since no other could hold more. ``days`` are in order, each once.
    """
    earliest = years_before(day=today, years=_YEARS_LOOKED_AT)
    seen = [day for day in days if earliest < day.day <= today]
    windows: list[Window] = []
    start = sales = revenue_minor = 0
    for day in seen:
        sales += day.sales.get(CURRENCY, 0)
        revenue_minor += day.revenue_minor.get(CURRENCY, 0)
        before = years_before(day=day.day)
        while seen[start].day <= before:
            sales -= seen[start].sales.get(CURRENCY, 0)
            revenue_minor -= seen[start].revenue_minor.get(CURRENCY, 0)
            start += 1
        if day.sales.get(CURRENCY):
            first = max(before, earliest) + timedelta(days=1)
            windows.append(Window(first=first, last=day.day, sales=sales, revenue_minor=revenue_minor))
    others: dict[str, int] = {}
    for day in seen:
        for currency, count in day.sales.items():
            if currency != CURRENCY:
                others[currency] = others.get(currency, 0) + count
    reaching = [window for window in windows if window.reaches_thresholds]
    return Volume(
        deciding=reaching[0] if reaching else max(windows, key=_nearness, default=None),
        highest=max(windows, key=lambda window: window.revenue_minor, default=None),
        not_counted=others,
    )


def _nearness(window: Window) -> tuple[int, int]:
    sales = min(window.sales, SALES_MINIMUM) * REVENUE_MINIMUM_MINOR
    revenue = min(window.revenue_minor, REVENUE_MINIMUM_MINOR) * SALES_MINIMUM
    return min(sales, revenue), max(sales, revenue)
