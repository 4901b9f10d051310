"""A small history in the form of the Olist dataset, invented here: three sellers, four products, three orders."""

from __future__ import annotations

from pathlib import Path

_PRODUCT_COLUMNS = (
    "product_id",
    "product_category_name",
    "product_name_lenght",
    "product_description_lenght",
    "product_photos_qty",
    "product_weight_g",
    "product_length_cm",
    "product_height_cm",
    "product_width_cm",
)
_ITEM_COLUMNS = (
    "order_id",
    "order_item_id",
    "product_id",
    "seller_id",
    "shipping_limit_date",
    "price",
    "freight_value",
)
_CUSTOMER_COLUMNS = (
    "customer_id",
    "customer_unique_id",
    "customer_zip_code_prefix",
    "customer_city",
    "customer_state",
)


def _table(*, columns: tuple[str, ...], rows: str) -> str:
    return ",".join(f'"{column}"' for column in columns) + "\n" + rows


FILES = {
    "olist_sellers_dataset": """seller_id,seller_zip_code_prefix,seller_city,seller_state
aaaaaaaaaaaaaaaa,13023,campinas,SP
bbbbbbbbbbbbbbbb,1001,sao paulo - sp,SP
cccccccccccccccc,22790,4482255,RJ
""",
    "olist_products_dataset": _table(
        columns=_PRODUCT_COLUMNS,
        rows="""p1p1p1p1p1,perfumaria,40,287,1,225,16,10,14
p2p2p2p2p2,artes,44,276,1,1000,30,18,20
p3p3p3p3p3,,,,,,,,
p4p4p4p4p4,sem_traducao,44,276,2,500,30,18,20
""",
    ),
    "olist_order_items_dataset": _table(
        columns=_ITEM_COLUMNS,
        rows="""o1,1,p1p1p1p1p1,aaaaaaaaaaaaaaaa,2017-09-19 09:45:35,58.90,13.29
o2,1,p2p2p2p2p2,bbbbbbbbbbbbbbbb,2017-09-19 09:45:35,10.00,1.00
o2,2,p2p2p2p2p2,bbbbbbbbbbbbbbbb,2017-09-19 09:45:35,10.00,1.00
o2,3,p3p3p3p3p3,cccccccccccccccc,2017-09-19 09:45:35,0.85,0.00
o3,1,p4p4p4p4p4,cccccccccccccccc,2017-09-19 09:45:35,6735.00,194.31
""",
    ),
    "olist_customers_dataset": _table(
        columns=_CUSTOMER_COLUMNS,
        rows="""k1k1k1k1k1,u1,"14409",franca,SP
k2k2k2k2k2,u2,"09790",sao bernardo do campo,SP
k3k3k3k3k3,u3,"01151",sao paulo,SP
""",
    ),
    "olist_orders_dataset.first4071": "order_id,customer_id,order_status\no1,k3k3k3k3k3,delivered\n",
    "product_category_name_translation": "product_category_name,product_category_name_english\n"
    "perfumaria,perfumery\nartes,art",
}


def olist_folder(*, folder: Path, **replaced: str) -> Path:
    """Write the history into ``folder``; a file given by name is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {**FILES, **replaced}.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8-sig" if "translation" in name else "utf-8")
    return folder
