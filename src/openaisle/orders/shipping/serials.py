"""Serial numbers that were shipped: one item each, so that the store itself refuses one that is shipped again."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from openaisle.kernel.errors import Finding, TransitionRefused
from openaisle.kernel.records import RecordType
from openaisle.kernel.table import CommitRefused, Key, RefusalReason, Table, Write
from openaisle.orders.purchase_order import SerialClaim

_PREFIX = "SERIAL#"


class ShippedSerial(msgspec.Struct, frozen=True, kw_only=True):
    """A unit that left: which one, of whom, and with which shipment."""

    supplier_id: str
    product_id: str
    serial_number: str
    purchase_order_id: str
    shipment_id: str


class SerialNumberTaken(TransitionRefused):
    """A unit with that serial number was shipped before; no two units of a product have the same."""

    code = "serial-number-taken"
    title = "That serial number was shipped before"
    mend = "Correct the serial numbers named in findings; each unit has its own."


def serial_key(*, supplier_id: str, product_id: str, serial_number: str) -> Key:
    """Return the key of a serial number. Access pattern: which shipment a unit left with."""
    return Key(f"{_PREFIX}{supplier_id}#{product_id}#{serial_number}", "SERIAL")


SERIALS = RecordType[ShippedSerial](
    kind="shipped_serial",
    model=ShippedSerial,
    key=lambda one: serial_key(supplier_id=one.supplier_id, product_id=one.product_id, serial_number=one.serial_number),
    streamed=False,
)


def claim_writes(*, claims: Sequence[SerialClaim]) -> list[Write]:
    """Return the writes that claim serial numbers."""
    return [SERIALS.create(ShippedSerial(**claim._asdict())) for claim in claims]


def require_unclaimed(*, claims: Sequence[SerialClaim], known: Sequence[SerialClaim]) -> None:
    """Raise SerialNumberTaken if one of ``claims`` is among those ``known`` already."""
    if claims and known:
        keys = {_key_of(claim) for claim in known}
        taken = [claim.serial_number for claim in claims if _key_of(claim) in keys]
        if taken:
            raise _taken(taken)


def serial_number_taken(*, refused: CommitRefused) -> SerialNumberTaken | None:
    """Return the error that a refused commit means if a serial number was the reason, else None."""
    taken = [
        refusal.key.partition.split("#", 3)[3]
        for refusal in refused.refusals
        if refusal.reason is RefusalReason.EXISTS and refusal.key.partition.startswith(_PREFIX)
    ]
    return _taken(taken) if taken else None


async def shipped_serial(
    *, table: Table, supplier_id: str, product_id: str, serial_number: str
) -> ShippedSerial | None:
    """Return with which shipment a unit left, None if no such unit was named."""
    item = await table.get(
        key=serial_key(supplier_id=supplier_id, product_id=product_id, serial_number=serial_number.upper())
    )
    return None if item is None else SERIALS.record(item.body)


def _taken(numbers: Sequence[str]) -> SerialNumberTaken:
    findings = tuple(Finding(pointer="/serials", detail=f"{one} was shipped before.", code="taken") for one in numbers)
    return SerialNumberTaken(detail=" ".join(one.detail for one in findings), findings=findings)


def _key_of(claim: SerialClaim) -> Key:
    return serial_key(supplier_id=claim.supplier_id, product_id=claim.product_id, serial_number=claim.serial_number)
