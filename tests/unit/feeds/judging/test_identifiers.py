from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openaisle.catalog.model import product_identifier
from openaisle.feeds.judging.identifiers import identifier_sql, offer_identifier_sql, product_identifier_sql
from openaisle.kernel.identifiers import derived_identifier
from openaisle.offers.model import offer_identifier

WORD = st.text(st.characters(exclude_characters="\x00\x1f", exclude_categories=["Cs"]), max_size=40)
SLOWLY = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SLOWLY
@given(first=WORD, second=WORD)
def test_an_identifier_made_by_sql_is_the_kernels(lasting_workbench, first, second):
    made = lasting_workbench.value(
        sql=f"SELECT {identifier_sql(prefix='tst', parts=('a', 'b'))} FROM (SELECT ? AS a, ? AS b)",
        parameters=[first, second],
    )
    assert made == derived_identifier(prefix="tst", parts=(first, second))


@SLOWLY
@given(supplier_id=WORD, supplier_sku=WORD)
def test_an_offers_identifier_made_by_sql_is_the_offers_own(lasting_workbench, supplier_id, supplier_sku):
    expression = offer_identifier_sql(supplier_id=supplier_id, supplier_sku="sku")
    made = lasting_workbench.value(sql=f"SELECT {expression} FROM (SELECT ? AS sku)", parameters=[supplier_sku])
    assert made == offer_identifier(supplier_id=supplier_id, supplier_sku=supplier_sku)


@SLOWLY
@given(supplier_sku=WORD, gtin=st.one_of(st.none(), WORD), reference=st.one_of(st.none(), WORD))
def test_a_products_identifier_made_by_sql_is_the_catalogs(lasting_workbench, supplier_sku, gtin, reference):
    expression = product_identifier_sql(
        supplier_id="sup_bergmann", supplier_sku="sku", gtin="gtin", product_reference="reference"
    )
    made = lasting_workbench.value(
        sql=f"SELECT {expression} FROM (SELECT ?::VARCHAR AS sku, ?::VARCHAR AS gtin, ?::VARCHAR AS reference)",
        parameters=[supplier_sku, gtin, reference],
    )
    assert made == product_identifier(
        gtin=gtin, product_reference=reference, supplier_id="sup_bergmann", supplier_sku=supplier_sku
    )
