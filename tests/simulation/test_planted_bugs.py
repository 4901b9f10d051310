"""The simulation is only worth what it finds: each bug planted here must be found within some worlds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import apsw
import msgspec
import pytest

from openaisle.adapters.local.committer import Committer
from openaisle.kernel.identifiers import derived_identifier
from openaisle.kernel.records import RecordType
from openaisle.kernel.table import Adjust
from openaisle.orders import placement, shipment, stock_writes, use_cases
from openaisle.orders.cancellation import OrderStep
from openaisle.orders.placement import PlaceOrder
from openaisle.orders.purchase_order import MovementKind
from openaisle.orders.use_cases import OrderUseCases
from tests.simulation.ground import SUPPLIERS_COUNT, Ground, prepared_ground
from tests.simulation.world import SimulationFailed, planned, simulated

WORLDS_MAXIMUM = 150


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return prepared_ground(directory=tmp_path_factory.mktemp("ground"))


@pytest.fixture
def found(ground: Ground, tmp_path: Path) -> Callable[[], str]:
    """Return what lives through worlds until one fails, and tells why."""

    def live() -> str:
        for seed in range(WORLDS_MAXIMUM):
            plan = planned(seed=seed, suppliers=SUPPLIERS_COUNT, whole=False)
            try:
                simulated(plan=plan, ground=ground, store_file=tmp_path / "store.db")
            except SimulationFailed as failed:
                return str(failed)
        pytest.fail(f"{WORLDS_MAXIMUM} worlds did not show the bug")

    return live


def with_movement(monkeypatch: pytest.MonkeyPatch, kind: MovementKind, write: Callable[..., Adjust]) -> None:
    monkeypatch.setitem(stock_writes._WRITES, kind, write)


def test_a_reservation_without_its_limit_is_found(monkeypatch: pytest.MonkeyPatch, found: Callable[[], str]) -> None:
    real = stock_writes._WRITES[MovementKind.RESERVE]

    def unlimited(**given: Any) -> Adjust:
        return msgspec.structs.replace(real(**given), minimums={})

    with_movement(monkeypatch, MovementKind.RESERVE, unlimited)
    assert "oversold" in found()


def test_a_reservation_that_is_not_given_back_is_found(
    monkeypatch: pytest.MonkeyPatch, found: Callable[[], str]
) -> None:
    real = stock_writes._WRITES[MovementKind.RELEASE]

    def forgotten(**given: Any) -> Adjust:
        nothing: Mapping[str, int] = {"reserved": 0}
        return msgspec.structs.replace(real(**given), changes=nothing)

    with_movement(monkeypatch, MovementKind.RELEASE, forgotten)
    assert "reserved is not the sum" in found()


def test_a_write_over_another_write_is_found(monkeypatch: pytest.MonkeyPatch, found: Callable[[], str]) -> None:
    def blind(self: RecordType[Any], record: Any, *, version: int, events: Any = ()) -> Any:
        return self._put(record, expected_version=None, events=events)

    monkeypatch.setattr(RecordType, "replace", blind)
    assert "seed" in found()


def test_an_answer_that_is_forgotten_is_found(monkeypatch: pytest.MonkeyPatch, found: Callable[[], str]) -> None:
    async def nothing(self: PlaceOrder, **_given: Any) -> None:
        return None

    monkeypatch.setattr(PlaceOrder, "_earlier", nothing)
    assert "the key sto_" in found()


def test_two_orders_of_one_reference_are_found(monkeypatch: pytest.MonkeyPatch, found: Callable[[], str]) -> None:
    made: list[str] = []

    def another(*, storefront_id: str, reference: str) -> str:
        made.append(reference)
        return derived_identifier(prefix="ord", parts=(storefront_id, reference, str(len(made))))

    monkeypatch.setattr(placement, "order_identifier", another)
    assert "reference" in found()


def test_a_parcel_of_more_than_was_ordered_is_found(monkeypatch: pytest.MonkeyPatch, found: Callable[[], str]) -> None:
    real = shipment._quantities_to_ship

    def whatever_is_said(*, purchase_order: Any, lines: Any) -> dict[int, int]:
        return {line.line_number: line.quantity for line in lines} or real(purchase_order=purchase_order, lines=lines)

    monkeypatch.setattr(shipment, "_quantities_to_ship", whatever_is_said)
    assert "seed" in found()


def test_a_line_that_nobody_allocates_again_is_found(monkeypatch: pytest.MonkeyPatch, found: Callable[[], str]) -> None:
    real = OrderUseCases.allocate_again

    async def only_the_first(self: OrderUseCases, *, order_ids: Any, context: Any) -> None:
        await real(self, order_ids=order_ids[1:], context=context)

    monkeypatch.setattr(OrderUseCases, "allocate_again", only_the_first)
    assert "reaches no final state" in found()


def test_a_cancellation_of_which_the_supplier_hears_nothing_is_found(
    monkeypatch: pytest.MonkeyPatch, found: Callable[[], str]
) -> None:
    real = use_cases.decide_cancellation

    def half(**given: Any) -> OrderStep:
        return real(**given)._replace(steps=())

    monkeypatch.setattr(use_cases, "decide_cancellation", half)
    assert "filled twice" in found()


def test_the_same_offer_after_its_refusal_is_found(monkeypatch: pytest.MonkeyPatch, found: Callable[[], str]) -> None:
    monkeypatch.setattr(use_cases, "refused_offers", lambda *, purchase_orders: {})
    assert "it refused before" in found()


def test_an_answer_before_the_disk_has_it_is_found(monkeypatch: pytest.MonkeyPatch, found: Callable[[], str]) -> None:
    async def hasty(self: Committer, *, batch: list[Any]) -> None:
        if not batch:
            return
        try:
            await self._begin()
        except apsw.Error:
            return
        for one in batch:
            outcome = self._run(one.work)
            if isinstance(outcome, BaseException):
                one.future.set_exception(outcome)
            else:
                one.future.set_result(outcome)
        await asyncio.get_running_loop().run_in_executor(self._thread, self._connection.execute, "COMMIT")
        self._after_commit()

    monkeypatch.setattr(Committer, "_commit", hasty)
    assert "is not in the store" in found()
