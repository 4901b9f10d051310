"""A supplier's page in the console tells its shipping terms."""

from __future__ import annotations

from openaisle.kernel.context import Role
from openaisle.suppliers.shipping_terms import Origin, ShippingTerms, ShippingZone
from openaisle.suppliers.shipping_terms_use_cases import SupplierShippingTerms
from tests.factories.contexts import make_context
from tests.support.console_stage import Browser, ConsoleStage

PAGE = "/suppliers/sup_bergmann"


async def test_a_supplier_without_terms_is_said_to_ship_everywhere(stage: ConsoleStage, operator: Browser) -> None:
    await stage.supplier()
    assert "None stated: it ships everywhere" in (await operator.get(PAGE)).body.decode()


async def test_terms_are_told_in_words_and_long_lists_are_cut(stage: ConsoleStage, operator: Browser) -> None:
    await stage.supplier()
    terms = ShippingTerms(
        supplier_id="sup_bergmann",
        zones=(
            ShippingZone(countries=("DE",), transit_days=2, options={"express": 1}),
            ShippingZone(countries=("AT",), postal_prefixes=tuple(str(code) for code in range(10, 50)), transit_days=3),
        ),
        excluded=(ShippingZone(countries=("DE",), regions=("Helgo<b>land",), transit_days=0),),
        origins={f"shed {number}": Origin(country="DE", postal_code="28199") for number in range(20)},
        time_zone="Europe/Berlin",
        cut_off="14:30",
        daily_capacity=400,
        hazardous_goods=False,
    )
    context = make_context(role=Role.OPERATOR)
    await SupplierShippingTerms(table=stage.table).state(terms=terms, own_stock=True, context=context)
    page = (await operator.get(PAGE)).body.decode()
    for text in (
        "2 days, express 1 day",
        "and 28 more",
        "Helgo&lt;b&gt;land",
        "not shipped there",
        "14:30 (Europe/Berlin)",
        "400 purchase orders",
        "own stock<",
        "8 more locations",
    ):
        assert text in page, text
