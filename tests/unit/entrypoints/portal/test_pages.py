"""The portal's pages keep the rules of the house: well formed, labeled, nothing that the strict policy forbids."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.entrypoints.console.test_templates import Reader

OPEN = ["/sign-in", "/apply", "/password-reset"]
INSIDE = ["/", "/users", "/account", "/steps/company", "/steps/people", "/steps/bank"]


def read(body: bytes) -> Reader:
    reader = Reader()
    reader.feed(body.decode())
    reader.close()
    return reader


@pytest.mark.parametrize("path", [*OPEN, *INSIDE])
async def test_a_page_is_well_formed_labeled_and_needs_no_script(stage: Any, path: str) -> None:
    browser = stage.browser() if path in OPEN else await stage.signed_in()
    reader = read((await browser.get(path)).body)
    assert reader.wrong == []
    assert reader.open == []
    tags = [tag for tag, _ in reader.attributes]
    assert tags.count("h1") == 1
    assert "script" not in tags
    identifiers = [attributes["id"] for _, attributes in reader.attributes if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))
    for tag, attributes in reader.attributes:
        assert not [name for name in attributes if name == "style" or name.startswith("on")], attributes
        if tag in {"input", "textarea", "select"} and attributes.get("type") != "hidden":
            assert attributes.get("id") in reader.labels, attributes
        for name in ("href", "action"):
            assert str(attributes.get(name) or "/portal/").startswith(("/portal/", "/console/static/", "#")), attributes
