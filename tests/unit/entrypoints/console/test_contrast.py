"""Text can be read: colors that the style sheet lays over one another have the contrast that WCAG 2.2 AA asks."""

from __future__ import annotations

import re

import pytest

from openaisle.entrypoints.console.rendering import STATIC_FOLDER

SHEET = (STATIC_FOLDER / "console.css").read_text(encoding="utf-8")
VARIABLE = re.compile(r"--([a-z-]+):\s*(#[0-9a-f]{3,6});")
TONES = ("good", "moving", "waiting", "bad", "quiet")

TEXT = [
    ("ink", "page"), ("ink", "surface"), ("ink", "sunken"), ("ink", "raised"), ("ink-soft", "page"),
    ("ink-soft", "surface"), ("ink-soft", "sunken"), ("accent", "surface"), ("accent", "page"),
    ("accent-ink", "accent"), ("accent-ink", "accent-hover"), ("aisle-ink", "aisle"), ("aisle-soft", "aisle"),
    ("aisle-soft", "aisle-raised"),
    *((tone, f"{tone}-back") for tone in TONES), *((tone, "surface") for tone in TONES),
    *(("ink", f"{tone}-back") for tone in TONES), ("ink-soft", "bad-back"), ("ink-soft", "quiet-back"),
    ("accent", "waiting-back"),
]  # fmt: skip
SHAPES = [
    ("line-strong", "surface"), ("line-strong", "page"), ("focus", "page"), ("focus", "surface"), ("lamp", "aisle"),
]  # fmt: skip


def palette(scheme: str) -> dict[str, str]:
    light, _, rest = SHEET.partition("@media (prefers-color-scheme: dark)")
    colors = dict(VARIABLE.findall(light))
    if scheme == "dark":
        colors |= dict(VARIABLE.findall(rest.partition("*, *::before")[0]))
    return colors


def luminance(color: str) -> float:
    digits = color.removeprefix("#")
    digits = digits if len(digits) == 6 else "".join(2 * digit for digit in digits)
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_has_the_greatest_contrast_there_is() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back"), TEXT)
def test_text_has_a_contrast_of_at_least_4_5(scheme: str, front: str, back: str) -> None:
    colors = palette(scheme)
    assert contrast(colors[front], colors[back]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back"), SHAPES)
def test_what_must_be_seen_without_being_read_has_a_contrast_of_at_least_3(scheme: str, front: str, back: str) -> None:
    colors = palette(scheme)
    assert contrast(colors[front], colors[back]) >= 3


def test_the_dark_scheme_names_no_color_that_the_light_one_lacks() -> None:
    assert set(palette("dark")) == set(palette("light"))
