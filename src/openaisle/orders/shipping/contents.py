"""What is in a shipment: packages and serial numbers, checked against the lines that leave. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from openaisle.kernel.errors import Finding, RequestInvalid
from openaisle.orders.events import LineQuantity, PackageNotice
from openaisle.orders.purchase_order import PurchaseOrder, SerialClaim
from openaisle.orders.shipping.check_digits import gs1
from openaisle.orders.shipping.model import LineSerials, Package


class Contents(NamedTuple):
    """What a supplier told of a shipment beside its lines."""

    service: str = ""
    expected_delivery_date: str | None = None
    packages: tuple[Package, ...] = ()
    serials: tuple[LineSerials, ...] = ()


class PackagesInvalid(RequestInvalid):
    """Packages that hold other units than the shipment, or an SSCC whose check digit is wrong."""

    code = "packages-invalid"
    title = "The packages do not make the shipment"
    mend = "Let the lines of the packages sum up to those of the shipment, or leave them out."


class SerialNumbersInvalid(RequestInvalid):
    """More serial numbers than units, one twice, or too many for one shipment."""

    code = "serial-numbers-invalid"
    title = "The serial numbers do not fit the units"
    mend = "Name each serial number once and no more than units; report very many in several shipments."


def packed_lines(*, packages: Sequence[Package]) -> tuple[LineQuantity, ...]:
    """Return what the packages hold together, by line; nothing where they do not tell."""
    held = _summed(line for package in packages for line in package.lines)
    return tuple(LineQuantity(line_number=number, quantity=quantity) for number, quantity in sorted(held.items()))


def require_packages(*, packages: Sequence[Package], shipped: Mapping[int, int]) -> None:
    """Raise PackagesInvalid unless what the packages tell fits the quantities that leave, by line."""
    findings = []
    for position, package in enumerate(packages):
        if package.sscc and gs1(package.sscc[:-1]) != package.sscc[-1]:
            detail = f"{package.sscc} is no SSCC: its check digit would be {gs1(package.sscc[:-1])}."
            findings.append(Finding(pointer=f"/packages/{position}/sscc", detail=detail, code="check_digit"))
    held = _summed(line for package in packages for line in package.lines)
    if held and held != dict(shipped):
        wrong = sorted(number for number in held.keys() | shipped.keys() if held.get(number) != shipped.get(number))
        named = ", ".join(str(number) for number in wrong)
        detail = f"The packages hold other quantities than the shipment of the lines {named}."
        findings.append(Finding(pointer="/packages", detail=detail, code="other_quantities"))
    if findings:
        raise PackagesInvalid(detail=" ".join(one.detail for one in findings), findings=findings)


def serial_claims(
    *,
    purchase_order: PurchaseOrder,
    shipment_id: str,
    serials: Sequence[LineSerials],
    shipped: Mapping[int, int],
    room: int,
) -> tuple[SerialClaim, ...]:
    """Return what is claimed for the serial numbers; raises SerialNumbersInvalid. ``room`` is how many fit."""
    products = {line.line_number: line.product_id for line in purchase_order.lines}
    findings = []
    claims: dict[SerialClaim, None] = {}
    count = 0
    units = dict(shipped)
    for position, one in enumerate(serials):
        count += len(one.serial_numbers)
        left = units.get(one.line_number, 0)
        units[one.line_number] = left - len(one.serial_numbers)
        if units[one.line_number] < 0:
            detail = f"{len(one.serial_numbers)} serial numbers for {left} units of line {one.line_number}."
            findings.append(Finding(pointer=f"/serials/{position}", detail=detail, code="more_than_units"))
            continue
        product_id, named = products[one.line_number], purchase_order.purchase_order_id
        for serial in one.serial_numbers:
            # Printed in capitals or not, it is the same unit.
            claims[SerialClaim(purchase_order.supplier_id, product_id, serial.upper(), named, shipment_id)] = None
    if not findings and len(claims) < count:
        detail = "A serial number is named twice."
        findings.append(Finding(pointer="/serials", detail=detail, code="repeated"))
    if count > room:
        detail = f"{count} serial numbers are more than the {room} that one shipment of so many lines can hold."
        findings.append(Finding(pointer="/serials", detail=detail, code="too_many"))
    if findings:
        raise SerialNumbersInvalid(detail=" ".join(one.detail for one in findings), findings=findings)
    return tuple(claims)


def package_notices(*, packages: Sequence[Package]) -> tuple[PackageNotice, ...]:
    """Return the packages as a shipment announces them."""
    return tuple(
        PackageNotice(
            package_number=one.package_number,
            tracking_number=one.tracking_number,
            sscc=one.sscc,
            weight_grams=one.weight_grams,
            lines=one.lines,
        )
        for one in packages
    )


def _summed(lines: Iterable[LineQuantity]) -> dict[int, int]:
    summed: dict[int, int] = {}
    for line in lines:
        summed[line.line_number] = summed.get(line.line_number, 0) + line.quantity
    return summed
