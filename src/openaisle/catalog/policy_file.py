"""The file of an operator's product policy: TOML, read with every mistake explained. Pure; no I/O."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from openaisle.catalog.policy import CatalogPolicy, PolicyConsequence, WordList, WordsKind
from openaisle.catalog.spelling import Spellings, folded
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.html_cleaning import HtmlCleaner

BYTES_MAXIMUM = 20_000_000
_Name = Annotated[str, Meta(min_length=1, max_length=200)]
_Word = Annotated[str, Meta(min_length=2, max_length=100, pattern=r"^[^*]*[^*\s][^*]*\*?\Z")]
_Factor = Annotated[int, Meta(ge=2, le=1_000_000)]


class ProductPolicyInvalid(OpenAisleError):
    """The file of the product policy is no TOML, or says what no policy can say; no product is judged by it."""

    code = "product-policy-invalid"
    title = "The product policy cannot be used"
    mend = "Correct the place that detail names; docs/how-to/set-a-product-policy.md explains each key."


class _Html(StrEnum):
    CLEANED = "cleaned"
    REFUSED = "refused"


class _ContactData(StrEnum):
    REVIEW = "review"
    ALLOWED = "allowed"


class _Words(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: _Name
    kind: WordsKind
    words: Annotated[tuple[_Word, ...], Meta(min_length=1, max_length=5_000)]
    language: Annotated[str, Meta(max_length=35)] = ""
    consequence: PolicyConsequence = PolicyConsequence.REVIEW


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    html: _Html = _Html.CLEANED
    contact_data: _ContactData = _ContactData.REVIEW
    gpsr: PolicyConsequence = PolicyConsequence.OFF
    price_jump_factor: _Factor = CatalogPolicy().price_jump_factor
    price_unusual_factor: Annotated[int, Meta(ge=0, le=1_000_000)] = CatalogPolicy().price_unusual_factor
    price_unusual_offers: Annotated[int, Meta(ge=1, le=1_000)] = CatalogPolicy().price_unusual_offers
    brands: Mapping[_Name, tuple[_Name, ...]] = {}
    words: Annotated[tuple[_Words, ...], Meta(max_length=100)] = ()


def read_product_policy(*, text: str, source: str, gtin_required: bool, html_cleaner: HtmlCleaner) -> CatalogPolicy:
    """Return the policy that a TOML text states; ``source`` names it in messages. Raises ProductPolicyInvalid."""
    try:
        file = msgspec.convert(tomllib.loads(text), _File)
    except tomllib.TOMLDecodeError as error:
        raise ProductPolicyInvalid(detail=f"{source} is no TOML: {error}.") from None
    except RecursionError:
        raise ProductPolicyInvalid(detail=f"{source} is nested too deeply.") from None
    except msgspec.ValidationError as error:
        raise ProductPolicyInvalid(detail=f"{source}: {error}.") from None
    return CatalogPolicy(
        gtin_required=gtin_required,
        contact_data_doubted=file.contact_data is _ContactData.REVIEW,
        price_jump_factor=file.price_jump_factor,
        price_unusual_factor=file.price_unusual_factor,
        price_unusual_offers=file.price_unusual_offers,
        html_cleaner=html_cleaner if file.html is _Html.CLEANED else None,
        brands=_brands(file.brands, source=source),
        words=tuple(msgspec.convert(msgspec.to_builtins(one), WordList) for one in file.words),
        gpsr=file.gpsr,
    )


def _brands(brands: Mapping[str, tuple[str, ...]], *, source: str) -> Spellings:
    """Return the brands by their own names and by the others; raises ProductPolicyInvalid for one of two brands."""
    meant: dict[str, str] = {}
    for name, others in brands.items():
        for written in (name, *others):
            if meant.setdefault(folded(text=written), name) != name:
                told = f"{written!r} stands for {meant[folded(text=written)]!r} and for {name!r}"
                raise ProductPolicyInvalid(detail=f"{source}: {told}.")
    return Spellings(pairs=meant.items())
