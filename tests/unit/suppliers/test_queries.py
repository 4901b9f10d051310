"""Standing and connection, as the rooms above ask for them on every order."""

from __future__ import annotations

from openaisle.suppliers.connection_settings import ConnectionSettings
from openaisle.suppliers.model import SupplierState
from tests.factories.suppliers import make_application
from tests.support.supplier_stage import SupplierStage


async def test_an_unknown_supplier_has_no_standing_and_no_connection(stage: SupplierStage) -> None:
    assert await stage.queries.standing(supplier_id="sup_unknown", at=stage.clock.now()) is None
    assert await stage.queries.connection(supplier_id="sup_unknown", at=stage.clock.now()) is None


async def test_a_standing_is_at_most_a_second_old(stage: SupplierStage) -> None:
    supplier = await stage.verified(make_application(doing_business_as="Flores"))
    at = stage.clock.now()
    standing = await stage.queries.standing(supplier_id=supplier.supplier_id, at=at)
    assert standing is not None
    assert (standing.name, standing.may_sell) == ("Flores", True)
    await stage.suppliers.suspend(supplier_id=supplier.supplier_id, reason="x", context=stage.operator())
    later = stage.clock.go_on(seconds=1.001)
    standing = await stage.queries.standing(supplier_id=supplier.supplier_id, at=later)
    assert standing is not None
    assert (standing.state, standing.may_sell) == (SupplierState.SUSPENDED, False)


async def test_within_a_second_a_standing_is_not_read_again(stage: SupplierStage) -> None:
    supplier = await stage.verified(make_application())
    at = stage.clock.now()
    first = await stage.queries.standing(supplier_id=supplier.supplier_id, at=at)
    await stage.suppliers.suspend(supplier_id=supplier.supplier_id, reason="x", context=stage.operator())
    assert await stage.queries.standing(supplier_id=supplier.supplier_id, at=at) is first


async def test_who_connects_or_is_reinstated_is_met_so_at_once(stage: SupplierStage) -> None:
    supplier = await stage.verified(make_application())
    supplier_id, at = supplier.supplier_id, stage.clock.now()
    assert await stage.queries.connection(supplier_id=supplier_id, at=at) is None
    settings = ConnectionSettings(order_acceptance_url="https://93.184.215.14/orders")
    await stage.connections.connect(supplier_id=supplier_id, settings=settings, context=stage.operator())
    assert await stage.queries.connection(supplier_id=supplier_id, at=at) is not None

    await stage.suppliers.suspend(supplier_id=supplier_id, reason="x", context=stage.operator())
    assert not await stage.queries.is_active(supplier_id=supplier_id, at=at)
    await stage.suppliers.reinstate(supplier_id=supplier_id, reason="y", context=stage.operator())
    assert await stage.queries.is_active(supplier_id=supplier_id, at=at)


async def test_a_connection_comes_with_its_secret_in_clear(stage: SupplierStage) -> None:
    supplier = await stage.verified(make_application())
    settings = ConnectionSettings(order_acceptance_url="https://93.184.215.14/orders", timeout_seconds=7)
    connected = await stage.connections.connect(
        supplier_id=supplier.supplier_id, settings=settings, context=stage.operator()
    )
    found = await stage.queries.connection(supplier_id=supplier.supplier_id, at=stage.clock.now())
    assert found is not None
    assert found.signing_secrets == (connected.signing_secret,)
    assert (found.order_acceptance_url, found.timeout_seconds) == ("https://93.184.215.14/orders", 7)


async def test_counts_stop_at_their_maximum(stage: SupplierStage) -> None:
    for name in ("A Ltda", "B Ltda", "C Ltda"):
        await stage.applied(make_application(legal_name=name))
    assert (await stage.queries.counts())[SupplierState.APPLIED] == 3
    assert (await stage.queries.counts(maximum=2))[SupplierState.APPLIED] == 2
