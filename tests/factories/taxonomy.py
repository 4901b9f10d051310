"""A small tree of categories, and texts of suppliers with the category of the Google taxonomy that they mean."""

from __future__ import annotations

from openaisle.catalog.taxonomy.model import CategoryTree
from openaisle.catalog.taxonomy.reading import read_taxonomy

SMALL_TREE = """# A version line
1 - Animals & Pet Supplies
10 - Animals & Pet Supplies > Dog Food
2 - Apparel & Accessories
20 - Apparel & Accessories > Clothing
21 - Apparel & Accessories > Clothing > Shirts & Tops
22 - Apparel & Accessories > Clothing > Pants
23 - Apparel & Accessories > Shoes
3 - Furniture
30 - Furniture > Chairs
31 - Furniture > Chairs > Kitchen & Dining Room Chairs
32 - Furniture > Sofas
4 - Home & Garden
40 - Home & Garden > Kitchen & Dining
41 - Home & Garden > Kitchen & Dining > Kitchen Knives
"""


def small_tree() -> CategoryTree:
    return read_taxonomy(text=SMALL_TREE)


# What a supplier writes, and the identifiers of the categories that a person would take for it.
SUPPLIER_TEXTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Men's T-Shirts", ("212",)),
    ("Laptops & Notebooks", ("328",)),
    ("Smartphones", ("267", "543514")),
    ("TV", ("404",)),
    ("dog food (dry)", ("3530",)),
    ("Women's Sneakers", ("187",)),
    ("Perfumes", ("479",)),
    ("Home/Appliances/Vacuum cleaners", ("619",)),
    ("Coffee beans", ("1868",)),
    ("Wireless headphones", ("543626", "505771")),
    ("Couches and sofas", ("460",)),
    ("bicycle", ("1026",)),
    ("Prams & pushchairs", ("568",)),
    ("Nappies", ("551",)),
    ("Vitamins and minerals", ("525",)),
    ("LIPSTICKS", ("3021",)),
    ("Boardgames", ("1246",)),
    ("Kitchen > Knives", ("665",)),
    ("Coffee mugs", ("2169",)),
    ("Desk chairs", ("2045",)),
    ("LED bulbs", ("3329", "2425")),
    ("Inkjet printers", ("500106",)),
    ("AA batteries", ("276", "4928")),
    ("Wrist watch", ("201",)),
    ("Engagement rings", ("200",)),
    ("Red wine", ("421",)),
    ("Duvet covers", ("2541",)),
    ("Yoga mats", ("3640", "999")),
    ("Camping tents", ("1022",)),
    ("Cordless drill", ("2629", "1217")),
    ("Electric guitars", ("80",)),
    ("Scented candles", ("588",)),
    ("Rucksacks", ("100",)),
    ("Baby car seats", ("547",)),
    ("Wall clock", ("3840",)),
    ("Jigsaw puzzles 1000 pcs", ("2618",)),
    ("Christmas decorations", ("596",)),
    ("Gift wrap", ("94", "2816")),
    ("Lunchbox", ("669",)),
    ("cake stand", ("4372",)),
    ("Photo frames", ("597",)),
    ("Doormat", ("2675",)),
    ("Refridgerators", ("686",)),
    ("Women / Dresses", ("2271",)),
    ("Jeans", ("204",)),
    ("Shampoo", ("2441", "486")),
    ("Garden > Lawn mowers", ("694",)),
    ("Computer mice", ("304",)),
    ("Bed linen", ("569", "2314")),
    ("Aftershave", ("529", "479")),
)
