"""The brand of papers comes from the order policy and the files beside it; what is wrong with them is told at once."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from openaisle.bootstrap import open_marketplace
from openaisle.bootstrap.order_policy import order_policies
from openaisle.bootstrap.papers import brand_of, paper_font
from openaisle.config import Settings
from openaisle.kernel.papers import FontUnusable, LogoUnusable
from openaisle.orders.policy_file import OrderPolicyInvalid

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
POLICY = """
[shipping]
back_order_days_maximum = 14

[brand]
name = "Kaufhaus am Wall"
color = "#b91c1c"
logo_file = "logo.png"
return_address = ["Retouren", "28195 Bremen"]
font_file = "font.ttf"
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "policy.toml").write_text(POLICY, encoding="utf-8")
    (tmp_path / "logo.png").write_bytes(PIXEL)
    (tmp_path / "font.ttf").write_bytes(b"a font, or so it is called")
    return Settings(home=str(tmp_path / "home"), order_policy_file=str(tmp_path / "policy.toml"), durable=False)


async def test_a_marketplace_opens_with_the_operators_brand(settings: Settings) -> None:
    policies = order_policies(settings=settings)
    brand = brand_of(policy=policies.brand, settings=settings)
    assert (brand.name, brand.logo, brand.return_address) == ("Kaufhaus am Wall", PIXEL, ("Retouren", "28195 Bremen"))
    assert paper_font(policy=policies.brand, settings=settings) == settings.order_policy_path.parent / "font.ttf"
    async with open_marketplace(settings=settings) as marketplace:
        assert marketplace.engines.order_policies.shipping.back_order_days_maximum == 14


@pytest.mark.parametrize("content", [None, b"<svg/>", b"\x89PNG\r\n\x1a\n" + b"x" * 1_000_001])
async def test_a_logo_that_cannot_be_used_is_told_before_anything_starts(
    settings: Settings, content: bytes | None
) -> None:
    logo = settings.order_policy_path.parent / "logo.png"
    logo.unlink() if content is None else logo.write_bytes(content)
    with pytest.raises(LogoUnusable):
        async with open_marketplace(settings=settings):
            pass


async def test_a_font_that_is_not_there_is_told_before_anything_starts(settings: Settings) -> None:
    (settings.order_policy_path.parent / "font.ttf").unlink()
    with pytest.raises(FontUnusable):
        async with open_marketplace(settings=settings):
            pass


@pytest.mark.parametrize(
    "text", ['[brand]\ncolor = "red"', "[shipping]\nback_order_days_maximum = 4000", "[shipping]\nunknown = 1"]
)
def test_what_the_policy_cannot_say_is_told_with_its_place(settings: Settings, text: str) -> None:
    settings.order_policy_path.write_text(text, encoding="utf-8")
    with pytest.raises(OrderPolicyInvalid):
        order_policies(settings=settings)
