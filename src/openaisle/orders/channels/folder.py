"""The road of suppliers that exchange files: a CSV file for each purchase order, CSV files back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from openaisle.kernel.outbox import FileNotLeft, Outbox
from openaisle.orders.channels.csv_files import cancellation_file, purchase_order_file
from openaisle.orders.channels.documents import (
    CancellationAnswer,
    CancellationDecision,
    CancellationDocument,
    PurchaseOrderDocument,
)
from openaisle.orders.channels.transport import Placed, WithoutStockLevels, taken, told
from openaisle.suppliers.queries import SupplierConnection


class FolderTransport(WithoutStockLevels):
    """Implements SupplierTransport: a file's name follows from what it is about, so leaving it twice is leaving one."""

    def __init__(self, *, outbox: Outbox | None) -> None:
        """Take where files are left, None where the operator exchanges none."""
        self._outbox = outbox

    async def place(self, *, connection: SupplierConnection, documents: Sequence[PurchaseOrderDocument]) -> Placed:
        """Leave a file for each purchase order; raises FileNotLeft."""
        for document in documents:
            name = f"purchase-order-{document.purchase_order_id}.csv"
            await self._leave(connection=connection, name=name, content=purchase_order_file(document=document))
        return taken(documents=documents, note="left as a file")

    async def cancel(
        self, *, connection: SupplierConnection, documents: Sequence[CancellationDocument]
    ) -> Mapping[str, CancellationAnswer]:
        """Leave a file for each cancellation; raises FileNotLeft."""
        for document in documents:
            name = f"cancellation-{document.cancellation_id}.csv"
            await self._leave(connection=connection, name=name, content=cancellation_file(document=document))
        return told(documents=documents, decision=CancellationDecision.TOLD)

    async def _leave(self, *, connection: SupplierConnection, name: str, content: bytes) -> None:
        if self._outbox is None:
            raise FileNotLeft(detail="The setting exchange_folder names no folder.")
        await self._outbox.leave(folder=connection.supplier_id, name=name, content=content)
