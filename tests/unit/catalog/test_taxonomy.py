"""Trees of categories: read, found, suggested."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest
import zstandard

from openaisle.catalog.taxonomy.model import ROOT_ID, CategoryTree, CategoryUnknown
from openaisle.catalog.taxonomy.reading import TaxonomyInvalid, read_taxonomy, written_taxonomy
from tests.factories.taxonomy import SMALL_TREE, SUPPLIER_TEXTS, small_tree
from tests.tidy.tree import ROOT

SHARED = Path(os.environ.get("SHARED_DATA_OPENAISLE", ROOT.parent / "shared" / "data"))
GOOGLE = SHARED / "taxonomy" / "google-taxonomy-with-ids.en-US.txt.zst"


@cache
def google_tree() -> CategoryTree:
    if not GOOGLE.exists():
        pytest.skip(f"There is no {GOOGLE.name}.")
    with zstandard.open(GOOGLE, "rt", encoding="utf-8") as file:
        return read_taxonomy(text=file.read())


def test_a_tree_knows_above_and_below() -> None:
    tree = small_tree()
    assert [one.name for one in tree.children()] == [
        "Animals & Pet Supplies",
        "Apparel & Accessories",
        "Furniture",
        "Home & Garden",
    ]
    assert [one.category_id for one in tree.children(category_id="30")] == ["31"]
    assert [one.category_id for one in tree.lineage(category_id="31")] == ["3", "30", "31"]
    assert {one.category_id for one in tree.below(category_id="3")} == {"3", "30", "31", "32"}
    assert len(list(tree.below(category_id=ROOT_ID))) == len(tree)
    with pytest.raises(CategoryUnknown):
        tree.get(category_id="99")


@pytest.mark.parametrize(
    "text",
    ["31", "Furniture > Chairs > Kitchen & Dining Room Chairs", "furniture|chairs|KITCHEN & dining room chairs",
     "Furniture/Chairs/Kitchen & Dining Room Chairs", "  kitchen & dining room chairs "],
)  # fmt: skip
def test_a_category_is_found_by_identifier_path_or_only_name(text: str) -> None:
    found = small_tree().find(text=text)
    assert found is not None
    assert found.category_id == "31"


def test_spellings_lead_each_to_one_path() -> None:
    spellings = list(small_tree().spellings())
    assert len({spelling for spelling, _ in spellings}) == len(spellings)
    assert dict(spellings)["sofas"] == "Furniture > Sofas"


def test_a_tree_written_is_read_again() -> None:
    tree = small_tree()
    assert read_taxonomy(text=written_taxonomy(tree=tree)).categories == tree.categories


@pytest.mark.parametrize(
    "text",
    [
        "id,path\n1,Furniture\n2,Furniture > Chairs\n",
        "\ufeffid;path;more\n1;Furniture;x\n2;Furniture > Chairs;y\n",
        "id,name,parent_id\n2,Chairs,1\n1,Furniture,\n",
        "ID\tPath\n1\tFurniture\n2\tFurniture | Chairs\n",
    ],
)
def test_a_tree_is_read_from_csv(text: str) -> None:
    tree = read_taxonomy(text=text)
    assert tree.get(category_id="2").text == "Furniture > Chairs"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "header"),
        ("a,b\n1,2\n", "line 1"),
        ("id,path\n", "no category"),
        (SMALL_TREE + "oops\n", "line 16: It is not of the form"),
        (SMALL_TREE + "50 - Toys > Games\n", "line 16: The category above, Toys, is not in the file."),
        (SMALL_TREE + "1 - Toys\n", "line 16: The identifier 1 stands there twice."),
        (SMALL_TREE + "51 - furniture\n", "line 16: The path furniture stands there twice."),
        (SMALL_TREE + "root - Toys\n", "is no identifier"),
        (SMALL_TREE + "52 - " + "x" * 200 + "\n", "at most 120 characters"),
        (SMALL_TREE + "53 - " + " > ".join("abcdefghijklmnop") + "\n", "16 levels"),
        ("id,name,parent_id\n1,A,2\n2,B,1\n", "is above itself"),
        ("id,name,parent_id\n1,A,7\n", "is not in the file"),
        ('id,path\n"1', "It"),
        ("id," + "x" * 200_000, "is no CSV"),
        ("id,path\n1," + "x" * 200_000, "is no CSV"),
        ("id,path\n1\n\n,\n1,A,B,C\n", "has a name that is empty"),
        ("\x00,\x00", "header"),
    ],
)
def test_a_mistake_in_the_file_is_explained_by_its_line(text: str, told: str) -> None:
    with pytest.raises(TaxonomyInvalid) as caught:
        read_taxonomy(text=text)
    assert told in caught.value.detail + "".join(f"{one.pointer}: {one.detail}" for one in caught.value.findings)


def test_a_text_that_names_a_category_is_certain() -> None:
    suggested = small_tree().suggest("Furniture > Sofas")
    assert (suggested[0].category.category_id, suggested[0].score) == ("32", 1.0)


def test_words_of_a_supplier_lead_to_categories_and_nonsense_to_none() -> None:
    tree = small_tree()
    assert tree.suggest("Men's T-shirts")[0].category.category_id == "21"
    assert tree.suggest("kichen knifes")[0].category.category_id == "41"
    assert tree.suggest("zzzz") == []
    assert tree.suggest("") == []
    assert CategoryTree().suggest("shoes") == []


def test_suggestions_of_the_google_taxonomy_hold_the_right_category_for_nine_texts_of_ten() -> None:
    tree = google_tree()
    assert len(tree) == 5_595
    met = [
        text
        for text, category_ids in SUPPLIER_TEXTS
        if any(one.category.category_id in category_ids for one in tree.suggest(text, limit=3))
    ]
    assert len(SUPPLIER_TEXTS) == 50
    assert len(met) >= 45, sorted({text for text, _ in SUPPLIER_TEXTS} - set(met))
