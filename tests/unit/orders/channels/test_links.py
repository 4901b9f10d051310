from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.adapters.local.encryption import KeyFileCipher
from openaisle.orders.channels.links import LINKS_HOLD, AnswerLinkInvalid, AnswerLinks
from openaisle.suppliers.connection_settings import Transport
from tests.factories.contexts import NOON
from tests.factories.orders import FakeSuppliers, make_connection


def made(folder: Path, *, transport: Transport = Transport.EMAIL) -> AnswerLinks:
    suppliers = FakeSuppliers()
    suppliers.connections["sup_a"] = make_connection(supplier_id="sup_a", transport=transport)
    cipher = KeyFileCipher(path=folder / "key")
    return AnswerLinks(cipher=cipher, suppliers=suppliers, public_address="https://shop.example/")


def token_of(links: AnswerLinks) -> str:
    address = links.address(purchase_order_id="po_a_01", supplier_id="sup_a", acknowledge_by=NOON)
    assert address.startswith("https://shop.example/portal/purchase-order?token=")
    return address.partition("token=")[2]


async def test_a_link_opens_its_purchase_order_and_no_other(tmp_path):
    links = made(tmp_path)
    token = token_of(links)
    link = await links.opened(token=token, at=NOON)
    assert (link.purchase_order_id, link.supplier_id) == ("po_a_01", "sup_a")
    assert token.isascii()
    assert not set(token) & set("/+=&?# ")


async def test_a_link_ends_by_its_day_and_with_the_road(tmp_path):
    token = token_of(made(tmp_path))
    links = made(tmp_path)
    await links.opened(token=token, at=NOON + LINKS_HOLD - timedelta(seconds=1))
    with pytest.raises(AnswerLinkInvalid):
        await links.opened(token=token, at=NOON + LINKS_HOLD)
    with pytest.raises(AnswerLinkInvalid):
        await made(tmp_path, transport=Transport.PORTAL).opened(token=token, at=NOON)


async def test_a_link_of_another_marketplace_opens_nothing(tmp_path):
    (tmp_path / "other").mkdir()
    with pytest.raises(AnswerLinkInvalid):
        await made(tmp_path / "other").opened(token=token_of(made(tmp_path)), at=NOON)


@pytest.fixture(scope="module")
def house(tmp_path_factory) -> AnswerLinks:
    return made(tmp_path_factory.mktemp("links"))


@given(text=st.text(max_size=300), place=st.integers(0, 200), letter=st.sampled_from("AZaz09-_."))
async def test_whatever_is_altered_opens_nothing(house, text, place, letter):
    token = token_of(house)
    place %= len(token) - 1
    altered = token[:place] + letter + token[place + 1 :]
    for strange in (text, altered if altered != token else token + "A"):
        with pytest.raises(AnswerLinkInvalid):
            await house.opened(token=strange, at=NOON)
