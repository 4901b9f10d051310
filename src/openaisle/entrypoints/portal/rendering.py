"""Draws the portal's pages: the design is the console's, only the pages are the portal's own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader

from openaisle.entrypoints.console.rendering import environment


@cache
def _environment() -> Environment:
    shared = environment()
    loader = shared.loader
    return shared.overlay(
        loader=ChoiceLoader([PackageLoader("openaisle.entrypoints.portal"), *([loader] if loader is not None else [])])
    )


def rendered(template: str, values: Mapping[str, Any]) -> str:
    """Return the HTML of ``template``, its name without suffix; those the portal has not are the console's."""
    return _environment().get_template(f"{template}.html").render(values)
