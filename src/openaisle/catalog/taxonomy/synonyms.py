"""Words that suppliers use for what trees of categories call otherwise, in the form in which words are compared."""

from __future__ import annotations

from collections.abc import Mapping

# Written as one word or with a hyphen here, as two words there.
COMPOUNDS: tuple[tuple[str, str], ...] = (
    ("t-shirt", "tshirt"),
    ("t shirt", "tshirt"),
    ("tee shirt", "tshirt"),
    ("boardgame", "board game"),
    ("lunchbox", "lunch box"),
    ("doormat", "door mat"),
    ("wristwatch", "wrist watch"),
    ("e-book", "ebook"),
    ("wi-fi", "wifi"),
    ("smart phone", "smartphone"),
    ("lap top", "laptop"),
    ("head phone", "headphone"),
    ("back pack", "backpack"),
    ("tea pot", "teapot"),
    ("make-up", "makeup"),
    ("make up", "makeup"),
    ("lawnmower", "lawn mower"),
    ("fish tank", "aquarium"),
    ("sun cream", "sunscreen"),
    ("sun lotion", "sunscreen"),
    ("suncream", "sunscreen"),
    ("bedside table", "nightstand"),
    ("bedside cabinet", "nightstand"),
    ("soft toy", "stuffed animal"),
    ("plush toy", "stuffed animal"),
    ("graphics card", "video card"),
    ("graphic card", "video card"),
    ("whiteboard", "dry erase board"),
    ("wine glass", "stemware"),
    ("power bank", "powerbank"),
)

_GROUPS: tuple[tuple[str, str], ...] = (
    # Clothing
    ("tshirt tee polo blouse jumper sweater pullover hoodie cardigan sweatshirt", "shirt top"),
    ("trouser jean denim chino legging", "pant"),
    ("sneaker trainer boot sandal slipper footwear loafer heel plimsoll", "shoe"),
    ("coat jacket anorak parka", "outerwear coat jacket"),
    ("knicker boxer brief", "underwear"),
    ("pyjama pajama nightie nightdress", "sleepwear pajama"),
    ("swimsuit bikini swimming", "swimwear"),
    ("specs spectacle", "eyeglass"),
    ("clothes apparel garment fashion", "clothing"),
    ("purse", "handbag wallet"),
    ("necktie", "tie"),
    # Home
    ("couch settee", "sofa"),
    ("fridge", "refrigerator"),
    ("hoover", "vacuum"),
    ("cooker hob", "stove range cooktop oven"),
    ("tap", "faucet"),
    ("cutlery silverware", "flatware"),
    ("crockery plate", "dinnerware plate"),
    ("desk", "desk office"),
    ("lamp", "lamp lighting"),
    ("duvet", "duvet quilt"),
    ("linen", "linen bedding sheet"),
    ("photo", "picture photo"),
    ("curtain", "curtain drape"),
    ("rug carpet", "rug"),
    ("torch", "flashlight"),
    ("rubbish bin", "trash waste can"),
    ("xmas christma", "holiday seasonal christma"),
    ("decoration ornament decor", "decor decoration ornament"),
    ("bunting", "garland banner"),
    ("wrap", "wrapping wrap"),
    ("scented", "fragrance candle"),
    ("bbq barbecue", "grill"),
    # Electronics
    ("smartphone cellphone handset iphone android", "mobile phone"),
    ("cell", "mobile"),
    ("tv telly", "television"),
    ("notebook ultrabook", "laptop notebook"),
    ("earphone earbud", "headphone"),
    ("mouse", "mice"),
    ("telephone", "telephony phone"),
    ("hdd ssd", "hard drive"),
    ("camcorder", "video camera"),
    # Sport, toys, baby
    ("bike cycle", "bicycle"),
    ("rucksack", "backpack"),
    ("pram pushchair buggy", "stroller"),
    ("nappy", "diaper"),
    ("soother dummy", "pacifier"),
    ("cot", "crib"),
    ("suitcase", "suitcase luggage"),
    ("football soccer", "soccer football"),
    ("plush teddy", "stuffed animal"),
    # Health and beauty
    ("aftershave", "aftershave cologne"),
    ("scent eau", "perfume cologne"),
    ("mineral", "supplement"),
    ("plaster", "bandage"),
    # Pets, food, tools
    ("puppy", "dog"),
    ("kitten", "cat"),
    ("sweet", "candy"),
    ("crisp", "chip"),
    ("biscuit", "cookie"),
    ("fizzy", "soda"),
    ("spanner", "wrench"),
    ("cordless", "handheld power"),
    ("stationery", "office supply"),
    ("dvd bluray", "dvd video"),
    ("aa aaa", "battery general purpose"),
    ("gaming", "game gaming"),
    ("lead", "leash lead"),
    ("a4 a5 a3", "printer copier"),
    ("tracker", "tracker monitor"),
    ("protein", "fitness nutrition supplement"),
    ("handle", "knob handle"),
    ("tin", "pan tin"),
    ("powerbank", "power charger battery"),
    ("tyre", "tire"),
    ("car auto automobile", "motor vehicle car"),
    ("dumbbell barbell kettlebell", "weight"),
    ("olive sunflower rapeseed", "cooking"),
    ("lego brick", "block building"),
)

SYNONYMS: Mapping[str, tuple[str, ...]] = {
    word: tuple(meant.split()) for words, meant in _GROUPS for word in words.split()
}

# Words that say for whom or how, and hardly ever what.
_UNTELLING = """
men man women woman ladies lady kid kids boy girl unisex adult set kit pack accessory supply part piece product red blue
black white green wireless electric portable mini small large home dry wet wrist engagement cover general equipment item
"""
UNTELLING = frozenset(_UNTELLING.split())

# Words that make the whole name before them their own: Handbag & Wallet Accessories.
DEPENDENT = frozenset(
    ("accessory", "part", "supply", "set", "case", "cover", "storage", "stand", "holder", "kit", "care")
)
