"""Headers and first rows as real systems and suppliers write them, with what each column means."""

from __future__ import annotations

from typing import NamedTuple

GTINS = ("4006381333931", "5901234123457", "9780306406157", "4012345678901", "8711253001202", "3017620422003")


class HeaderSet(NamedTuple):
    """``columns`` gives each header its meaning and a few cells; ``asked`` are the fields that must be asked for."""

    name: str
    columns: tuple[tuple[str, str | None, tuple[str, ...]], ...]
    asked: frozenset[str] = frozenset()
    kind: str = "products"
    constants: tuple[tuple[str, str], ...] = ()


SKUS = ("A-100", "A-101", "A-102", "A-103", "A-104", "A-105")
TITLES = ("Blue kettle", "Oak desk lamp", "Garden chair set", "Wool scarf", "Steel pan 28 cm", "Paper notebook")
PRICES = ("12.99", "5.00", "129.90", "18.5", "39.95", "2.49")
COMMA_PRICES = ("12,99", "5,00", "1.129,90", "18,50", "39,95", "2,49")
STOCKS = ("5", "0", "12", "100", "3", "44")
CATEGORIES = ("Home > Kitchen", "Home > Lighting", "Garden", "Apparel", "Home > Kitchen", "Office")
BRANDS = ("Acme", "Lumen", "Acme", "Woolly", "Acme", "Paperco")
URLS = tuple(f"https://cdn.example.com/{number}.jpg" for number in range(6))
PAGES = tuple(f"https://www.example.com/p/{number}" for number in range(6))
TEXTS = tuple(f"A fine product with the number {number}, made to last for many years." for number in range(6))
EURO = ("EUR",) * 6
NEW = ("new",) * 6
COLORS = ("red", "blue", "green", "black", "white", "red")
SIZES = ("S", "M", "L", "XL", "S", "M")
KILOS = ("0.5", "1.25", "3.0", "0.2", "1.8", "0.35")
GRAMS = ("500", "1250", "3000", "200", "1800", "350")
MEASURES = ("10", "20.5", "30", "15", "28", "21")
NOTHING: tuple[str, ...] = ("",) * 6


def columns(*columns: tuple[str, str | None, tuple[str, ...]]) -> tuple[tuple[str, str | None, tuple[str, ...]], ...]:
    return columns


SYSTEMS = (
    HeaderSet(
        "our own names",
        columns(
            ("supplier_sku", "supplier_sku", SKUS),
            ("title", "title", TITLES),
            ("gtin", "gtin", GTINS),
            ("price_minor", "price_minor", ("1299", "500", "12990", "1850", "3995", "249")),
            ("currency", "currency", EURO),
            ("on_hand", "on_hand", STOCKS),
            ("weight_grams", "weight_grams", GRAMS),
            ("length_mm", "length_mm", GRAMS),
            ("lead_time_days", "lead_time_days", ("2",) * 6),
            ("attribute.color", "attribute.color", COLORS),
            ("attribute.energy_class", "attribute.energy_class", ("A",) * 6),
        ),
    ),
    HeaderSet(
        "UCI Online Retail: a list of sales",
        columns(
            ("InvoiceNo", None, ("536365", "536365", "536366", "536367", "C536379", "536368")),
            ("StockCode", "supplier_sku", ("85123A", "71053", "84406B", "84029G", "D", "22752")),
            ("Description", "description", TITLES),
            ("Quantity", None, ("6", "6", "8", "6", "-1", "2")),
            ("InvoiceDate", None, ("2010-12-01 08:26:00",) * 6),
            ("UnitPrice", "price", ("2.55", "3.39", "2.75", "3.39", "27.5", "7.65")),
            ("CustomerID", None, ("17850.0",) * 6),
            ("Country", None, ("United Kingdom",) * 6),
        ),
        asked=frozenset({"title", "currency", "on_hand"}),
    ),
    HeaderSet(
        "Olist products",
        columns(
            ("product_id", "supplier_sku", tuple(f"1e9e8ef04dbcff4541ed26657ea517e{one}" for one in "012345")),
            (
                "product_category_name",
                "category",
                ("perfumaria", "artes", "bebes", "bebes", "bebes", "perfumaria"),
            ),
            ("product_name_lenght", None, ("40", "44", "46", "27", "37", "60")),
            ("product_description_lenght", None, ("287", "276", "250", "261", "402", "745")),
            ("product_photos_qty", "image_count", ("1", "1", "1", "1", "4", "1")),
            ("product_weight_g", "weight_grams", ("225", "1000", "154", "371", "625", "200")),
            ("product_length_cm", "length_mm", ("16", "30", "18", "26", "20", "38")),
            ("product_height_cm", "height_mm", ("10", "18", "9", "4", "17", "5")),
            ("product_width_cm", "width_mm", ("14", "20", "15", "26", "13", "11")),
        ),
        asked=frozenset({"title", "price", "currency", "on_hand"}),
    ),
    HeaderSet(
        "Google Merchant TSV",
        columns(
            ("id", "supplier_sku", SKUS),
            ("title", "title", TITLES),
            ("description", "description", TEXTS),
            ("link", None, PAGES),
            ("image_link", "image_urls", URLS),
            ("additional_image_link", "image_urls", URLS),
            ("availability", None, ("in_stock", "out_of_stock", "in_stock", "in_stock", "preorder", "in_stock")),
            ("price", "price", tuple(f"{price} EUR" for price in PRICES)),
            ("sale_price", None, NOTHING),
            ("google_product_category", "category", ("638", "4636", "443", "177", "3381", "961")),
            ("brand", "brand", BRANDS),
            ("gtin", "gtin", GTINS),
            ("mpn", "part_number", SKUS),
            ("identifier_exists", None, ("yes",) * 6),
            ("condition", "condition", NEW),
            ("adult", None, ("no",) * 6),
            ("color", "attribute.color", COLORS),
            ("size", "attribute.size", SIZES),
            ("gender", "attribute.gender", ("male", "female", "unisex", "male", "female", "male")),
            ("age_group", "attribute.age_group", ("adult",) * 6),
            ("material", "attribute.material", ("cotton",) * 6),
            ("item_group_id", "variant_group", ("G1", "G1", "G2", "G2", "G3", "G3")),
            ("shipping", None, ("DE:::4.95 EUR",) * 6),
            ("shipping_weight", "weight_grams", tuple(f"{kilos} kg" for kilos in KILOS)),
            ("custom_label_0", None, ("summer",) * 6),
        ),
        asked=frozenset({"on_hand"}),
    ),
    HeaderSet(
        "Google Merchant XML names",
        columns(
            ("g:id", "supplier_sku", SKUS),
            ("g:title", "title", TITLES),
            ("g:price", "price", tuple(f"{price} USD" for price in PRICES)),
            ("g:product_type", "category", CATEGORIES),
            ("g:gtin", "gtin", GTINS),
            ("g:sell_on_google_quantity", "on_hand", STOCKS),
        ),
    ),
    HeaderSet(
        "Shopify product export",
        columns(
            ("Handle", "variant_group", ("kettle", "kettle", "lamp", "lamp", "chair", "chair")),
            ("Title", "title", TITLES),
            ("Body (HTML)", "description", tuple(f"<p>{text}</p>" for text in TEXTS)),
            ("Vendor", "brand", BRANDS),
            ("Product Category", "category", CATEGORIES),
            ("Type", None, ("Kettle", "Lamp", "Chair", "Scarf", "Pan", "Notebook")),
            ("Tags", None, ("a, b",) * 6),
            ("Published", None, ("true",) * 6),
            ("Option1 Name", None, ("Size",) * 6),
            ("Option1 Value", None, SIZES),
            ("Variant SKU", "supplier_sku", SKUS),
            ("Variant Grams", "weight_grams", GRAMS),
            ("Variant Inventory Tracker", None, ("shopify",) * 6),
            ("Variant Inventory Qty", "on_hand", STOCKS),
            ("Variant Inventory Policy", None, ("deny",) * 6),
            ("Variant Fulfillment Service", None, ("manual",) * 6),
            ("Variant Price", "price", PRICES),
            ("Variant Compare At Price", None, PRICES),
            ("Variant Requires Shipping", None, ("true",) * 6),
            ("Variant Taxable", None, ("true",) * 6),
            ("Variant Barcode", "gtin", GTINS),
            ("Image Src", "image_urls", URLS),
            ("Image Position", None, ("1",) * 6),
            ("Image Alt Text", None, TITLES),
            ("Gift Card", None, ("false",) * 6),
            ("SEO Title", None, TITLES),
            ("Variant Image", "image_urls", URLS),
            ("Variant Weight Unit", None, ("kg",) * 6),
            ("Cost per item", None, PRICES),
            ("Status", None, ("active",) * 6),
        ),
        asked=frozenset({"currency"}),
    ),
    HeaderSet(
        "Amazon inventory template",
        columns(
            ("feed_product_type", None, ("kitchen",) * 6),
            ("item_sku", "supplier_sku", SKUS),
            ("external_product_id", "gtin", GTINS),
            ("external_product_id_type", None, ("EAN",) * 6),
            ("item_name", "title", TITLES),
            ("brand_name", "brand", BRANDS),
            ("manufacturer", None, BRANDS),
            ("part_number", "part_number", SKUS),
            ("standard_price", "price", PRICES),
            ("currency", "currency", EURO),
            ("quantity", "on_hand", STOCKS),
            ("main_image_url", "image_urls", URLS),
            ("other_image_url1", "image_urls", URLS),
            ("parent_child", None, ("parent", "child", "child", "parent", "child", "child")),
            ("parent_sku", "variant_group", ("A-100",) * 6),
            ("relationship_type", None, ("variation",) * 6),
            ("variation_theme", None, ("Size",) * 6),
            ("update_delete", None, ("Update",) * 6),
            ("product_description", "description", TEXTS),
            ("bullet_point1", None, TEXTS),
            ("generic_keywords", None, TITLES),
            ("color_name", "attribute.color", COLORS),
            ("size_name", "attribute.size", SIZES),
            ("item_weight", "weight_grams", KILOS),
            ("item_weight_unit_of_measure", None, ("KG",) * 6),
            ("item_length", "length_mm", MEASURES),
            ("item_width", "width_mm", MEASURES),
            ("item_height", "height_mm", MEASURES),
            ("item_dimensions_unit_of_measure", None, ("CM",) * 6),
            ("condition_type", "condition", NEW),
            ("fulfillment_latency", "lead_time_days", ("2",) * 6),
            ("list_price", None, PRICES),
            ("country_of_origin", None, ("DE",) * 6),
        ),
    ),
    HeaderSet(
        "Magento product export",
        columns(
            ("sku", "supplier_sku", SKUS),
            ("store_view_code", None, NOTHING),
            ("attribute_set_code", None, ("Default",) * 6),
            ("product_type", None, ("simple", "simple", "configurable", "simple", "virtual", "simple")),
            ("categories", "category", CATEGORIES),
            ("product_websites", None, ("base",) * 6),
            ("name", "title", TITLES),
            ("description", "description", TEXTS),
            ("short_description", None, TITLES),
            ("weight", None, ("0.5000", "1.2500", "3.0000", "0.2000", "1.8000", "0.3500")),
            ("product_online", None, ("1",) * 6),
            ("tax_class_name", None, ("Taxable Goods",) * 6),
            ("visibility", None, ("Catalog, Search",) * 6),
            ("price", "price", tuple(f"{price}00" for price in PRICES)),
            ("special_price", None, NOTHING),
            ("url_key", None, ("blue-kettle",) * 6),
            ("meta_title", None, TITLES),
            ("base_image", None, ("/b/l/blue.jpg",) * 6),
            ("created_at", None, ("1/1/26, 8:00 AM",) * 6),
            ("qty", "on_hand", STOCKS),
            ("out_of_stock_qty", None, ("0",) * 6),
            ("is_in_stock", None, ("1",) * 6),
            ("min_cart_qty", None, ("1",) * 6),
            ("additional_attributes", None, ("color=red,size=M",) * 6),
        ),
        asked=frozenset({"currency"}),
    ),
    HeaderSet(
        "WooCommerce product export",
        columns(
            ("ID", None, ("11", "12", "13", "14", "15", "16")),
            ("Type", None, ("simple", "variable", "variation", "simple", "simple", "simple")),
            ("SKU", "supplier_sku", SKUS),
            ("GTIN, UPC, EAN, or ISBN", "gtin", GTINS),
            ("Name", "title", TITLES),
            ("Published", None, ("1",) * 6),
            ("Is featured?", None, ("0",) * 6),
            ("Visibility in catalog", None, ("visible",) * 6),
            ("Short description", None, TITLES),
            ("Description", "description", TEXTS),
            ("Tax status", None, ("taxable",) * 6),
            ("In stock?", None, ("1",) * 6),
            ("Stock", "on_hand", STOCKS),
            ("Low stock amount", None, NOTHING),
            ("Backorders allowed?", None, ("0",) * 6),
            ("Weight (kg)", "weight_grams", KILOS),
            ("Length (cm)", "length_mm", MEASURES),
            ("Width (cm)", "width_mm", MEASURES),
            ("Height (cm)", "height_mm", MEASURES),
            ("Allow customer reviews?", None, ("1",) * 6),
            ("Sale price", None, NOTHING),
            ("Regular price", "price", PRICES),
            ("Categories", "category", CATEGORIES),
            ("Shipping class", None, NOTHING),
            ("Images", "image_urls", URLS),
            ("Parent", None, NOTHING),
            ("Position", None, ("0",) * 6),
            ("Brands", "brand", BRANDS),
            ("Attribute 1 name", None, ("Color",) * 6),
            ("Attribute 1 value(s)", None, COLORS),
        ),
        asked=frozenset({"currency"}),
    ),
)
