"""Papers put together: the operator's brand from the order policy, with the files that it names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from openaisle.bootstrap.engines import Engines
from openaisle.catalog.model import ProductUnknown
from openaisle.catalog.queries import CatalogQueries
from openaisle.config import Settings
from openaisle.kernel.http import Operation
from openaisle.kernel.papers import Brand, FontUnusable, LogoUnusable
from openaisle.kernel.pipe import Pipe
from openaisle.mail.use_cases import Mail
from openaisle.orders.address_reads import AddressReads
from openaisle.orders.purchase_order_use_cases import PurchaseOrderUseCases
from openaisle.orders.queries import OrderQueries
from openaisle.orders.shipping.mails import purchase_order_mails_pipe
from openaisle.orders.shipping.policy import BrandPolicy
from openaisle.orders.shipping.printing import ShippingPapers
from openaisle.orders.shipping.routes import shipping_operations
from openaisle.suppliers.contact import SupplierContacts

_LOGO_BYTES_MAXIMUM = 1_000_000
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


class CatalogTitles:
    """Titles of products as papers name them."""

    def __init__(self, *, queries: CatalogQueries) -> None:
        """Take the catalog's queries."""
        self._queries = queries

    async def titles(self, *, product_ids: Iterable[str]) -> Mapping[str, str]:
        """Return the titles of those products that exist, by identifier."""
        titles = {}
        for product_id in product_ids:
            try:
                titles[product_id] = (await self._queries.product(product_id=product_id)).record.title
            except ProductUnknown:
                continue
        return titles


@dataclass(frozen=True, kw_only=True)
class ShippingRoom:
    """What suppliers and storefronts call beside the answer and the shipment, and the papers in a parcel."""

    papers: ShippingPapers
    purchase_orders: PurchaseOrderUseCases

    def operations(self) -> tuple[Operation, ...]:
        """Return the operations of consents, withdrawals and papers."""
        return shipping_operations(use_cases=self.purchase_orders, papers=self.papers)


def shipping_over(
    *,
    engines: Engines,
    purchase_orders: PurchaseOrderUseCases,
    queries: OrderQueries,
    reads: AddressReads,
    catalog: CatalogQueries,
) -> ShippingRoom:
    """Return the room over the ports; raises LogoUnusable."""
    policy = engines.order_policies.brand
    papers = ShippingPapers(
        queries=queries,
        reads=reads,
        titles=CatalogTitles(queries=catalog),
        press=engines.press,
        brand=brand_of(policy=policy, settings=engines.settings),
        sheet=policy.paper,
    )
    return ShippingRoom(papers=papers, purchase_orders=purchase_orders)


def shipping_mails(*, engines: Engines, mail: Mail) -> Pipe:
    """Return the pipe that tells suppliers what waits for them and what is late."""
    return purchase_order_mails_pipe(
        mail=mail,
        contacts=SupplierContacts(table=engines.table),
        clock=engines.clock,
        public_address=engines.settings.reached_at,
    )


def brand_of(*, policy: BrandPolicy, settings: Settings) -> Brand:
    """Return the brand that the order policy states, with its logo; raises LogoUnusable."""
    logo = None
    if policy.logo_file:
        file = beside_policy(name=policy.logo_file, settings=settings)
        try:
            logo = file.read_bytes() if file.stat().st_size <= _LOGO_BYTES_MAXIMUM else b""
        except OSError as error:
            raise LogoUnusable(detail=f"{file.name} cannot be read: {error.strerror}.") from None
        if not logo.startswith(_PICTURES):
            raise LogoUnusable(detail=f"{file.name} is no PNG or JPEG of at most {_LOGO_BYTES_MAXIMUM:,} bytes.")
    return Brand(
        name=policy.name,
        color=policy.color,
        logo=logo,
        return_address=policy.return_address,
        footer=policy.footer,
    )


def paper_font(*, policy: BrandPolicy, settings: Settings) -> Path | None:
    """Return the font file that the order policy names; raises FontUnusable if it is not there."""
    if not policy.font_file:
        return None
    file = beside_policy(name=policy.font_file, settings=settings)
    if not file.is_file():
        raise FontUnusable(detail=f"There is no file {file}.")
    return file


def beside_policy(*, name: str, settings: Settings) -> Path:
    """Return a file that the order policy names: an absolute path, or one beside the policy's own file."""
    return settings.order_policy_path.parent / Path(name).expanduser()
