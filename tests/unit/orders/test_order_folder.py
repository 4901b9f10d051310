"""Files of orders that storefronts leave in folders: each taken once, when it is whole, its report beside it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from openaisle.adapters.files.markup import DefusedMarkupReader
from openaisle.adapters.local.blobs import LocalBlobs
from openaisle.adapters.local.inbox import FolderInbox
from openaisle.kernel.identifiers import TimeOrderedIdentifiers
from openaisle.orders.arriving.arrivals import OrderArrivals
from openaisle.orders.arriving.files import OrderFiles
from openaisle.orders.arriving.folder import OrderFolder
from tests.factories.orders import OrderRoom, storefront_context
from tests.support.clocks import FakeClock

OWNER = storefront_context().principal
ADDRESS = {"name": "Ada", "street_lines": ["Weg 4"], "city": "Bremen", "postal_code": "28195", "country": "DE"}


def order_json(*, offer_id: str, reference: str) -> bytes:
    line = {"offer_id": offer_id, "quantity": 1, "unit_price_minor": 1299}
    return msgspec.json.encode({"reference": reference, "currency": "EUR", "lines": [line], "ship_to": ADDRESS})


class Watched:
    """A watched folder with what takes its files in."""

    def __init__(self, *, room: OrderRoom, path: Path) -> None:
        self.room = room
        self.clock = FakeClock()
        self.path = path / "orders"
        self.own = self.path / OWNER.subject_id
        self.own.mkdir(parents=True)
        self.files = OrderFiles(
            table=room.table,
            blobs=LocalBlobs(folder=path / "blobs"),
            cipher=room.cipher,
            identifiers=TimeOrderedIdentifiers(clock=self.clock, entropy=lambda count: bytes(range(count))),
            markup=DefusedMarkupReader(),
            arrivals=OrderArrivals(orders=room.orders),
        )
        self.folder = self.restarted()

    def restarted(self) -> OrderFolder:
        """Return what another process would watch with."""
        return OrderFolder(
            inbox=FolderInbox(folder=self.path),
            files=self.files,
            checkpoints=self.room.table,
            clock=self.clock,
            holder="test",
        )

    async def look(self) -> int:
        """Look twice, so that files which stay as they are count as whole."""
        first = await self.folder.look()
        self.clock.go_on(seconds=6)
        return first + await self.folder.look()

    async def place_all(self) -> None:
        for file in (await self.files.listed(principal=OWNER)).order_files:
            await self.files.go_on(file_id=file.file_id, now=self.clock.now())


@pytest.fixture
def watched(room: OrderRoom, tmp_path: Path) -> Watched:
    return Watched(room=room, path=tmp_path)


async def test_a_file_is_taken_when_it_is_whole_and_its_report_lies_beside_it(room: OrderRoom, watched: Watched):
    mug = await room.stock()
    whole = order_json(offer_id=mug.offer_id, reference="F-1") + b"\n" + order_json(offer_id="off_x", reference="F-2")
    file = watched.own / "orders.jsonl"
    file.write_bytes(whole[:20])
    assert await watched.folder.look() == 0
    watched.clock.go_on(seconds=6)
    file.write_bytes(whole)
    assert await watched.look() == 0
    assert file.exists(), "it stays until each of its orders has its result"
    await watched.place_all()
    watched.folder = watched.restarted()
    assert await watched.look() == 1
    (listed,) = (await watched.files.listed(principal=OWNER)).order_files
    assert (listed.storefront_id, listed.placed, listed.refused) == (OWNER.subject_id, 1, 1)
    taken = watched.own / "taken"
    assert (taken / f"orders.{listed.file_id}.jsonl").read_bytes() == whole
    report = (taken / f"orders.{listed.file_id}.jsonl.report.csv").read_text()
    assert "F-1,placed," in report
    assert "F-2,refused,,order-offer-unknown" in report
    assert (file.exists(), await watched.look()) == (False, 0)


async def test_the_same_content_left_again_places_nothing_twice(room: OrderRoom, watched: Watched):
    mug = await room.stock()
    for name in ("one.jsonl", "two.jsonl"):
        (watched.own / name).write_bytes(order_json(offer_id=mug.offer_id, reference="F-1"))
        await watched.look()
        await watched.place_all()
        assert await watched.look() == 1
    files = (await watched.files.listed(principal=OWNER)).order_files
    assert sorted((one.placed, one.known) for one in files) == [(0, 1), (1, 0)]
    assert (await room.level(mug)).reserved == 1


async def test_what_is_no_file_of_orders_is_refused_with_its_reason(watched: Watched):
    (watched.own / "picture.csv").write_bytes(b"\xff\xd8\xff\xe0")
    strange = watched.path / "no storefront"
    strange.mkdir()
    (strange / "orders.csv").write_bytes(b"reference\nA\n")
    assert await watched.look() == 2
    (reason,) = (watched.own / "refused").glob("picture.*.reason.txt")
    assert "cannot be read" in reason.read_text()
    (reason,) = (strange / "refused").glob("orders.*.reason.txt")
    assert "no identifier" in reason.read_text()
    assert (await watched.files.listed(principal=OWNER)).order_files == []
