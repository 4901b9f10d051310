"""What an order keeps of its shopper, sealed and opened."""

from __future__ import annotations

import msgspec

from openaisle.kernel.encryption import FieldCipher
from openaisle.orders.caring.records import OrderNote
from openaisle.orders.commands import ShipTo, ShopperContact
from openaisle.orders.model import Order
from openaisle.orders.places import contact_place, note_place, ship_to_place

_ENCODER = msgspec.json.Encoder()
_SHIP_TO = msgspec.json.Decoder(ShipTo)
_CONTACT = msgspec.json.Decoder(ShopperContact)


def sealed_ship_to(*, order_id: str, ship_to: ShipTo, cipher: FieldCipher) -> str:
    """Return an address as an order keeps it."""
    return cipher.encrypt(plaintext=_ENCODER.encode(ship_to), place=ship_to_place(order_id))


def opened_ship_to(*, order: Order, cipher: FieldCipher) -> ShipTo:
    """Return an order's address; raises DecryptionFailed."""
    return _SHIP_TO.decode(cipher.decrypt(ciphertext=order.ship_to, place=ship_to_place(order.order_id)))


def opened_contact(*, order: Order, cipher: FieldCipher) -> ShopperContact | None:
    """Return how an order's shopper is reached, None where the storefront told nothing; raises DecryptionFailed."""
    if not order.contact:
        return None
    return _CONTACT.decode(cipher.decrypt(ciphertext=order.contact, place=contact_place(order.order_id)))


def sealed_note(*, order_id: str, note_id: str, text: str, cipher: FieldCipher) -> str:
    """Return the text of a note as an order keeps it."""
    return cipher.encrypt(plaintext=text.encode(), place=note_place(order_id=order_id, note_id=note_id))


def opened_note(*, order_id: str, note: OrderNote, cipher: FieldCipher) -> str:
    """Return the text of a note; raises DecryptionFailed."""
    return cipher.decrypt(ciphertext=note.text, place=note_place(order_id=order_id, note_id=note.note_id)).decode()
