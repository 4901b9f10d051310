"""The product policy of an installation, from the operator's file or the standard one, with the tree in force."""

from __future__ import annotations

import msgspec

from openaisle.catalog.policy import CatalogPolicy
from openaisle.catalog.policy_file import BYTES_MAXIMUM, ProductPolicyInvalid, read_product_policy
from openaisle.catalog.spelling import Spellings
from openaisle.catalog.taxonomy.model import CategoryTree
from openaisle.catalog.taxonomy.queries import TaxonomyQueries
from openaisle.config import Settings
from openaisle.kernel.html_cleaning import HtmlCleaner


def product_policy(*, settings: Settings, html_cleaner: HtmlCleaner) -> CatalogPolicy:
    """Return the policy of the operator's file, or the standard one where there is none; raises ProductPolicyInvalid.

    The tree of categories is not yet part of it.
    """
    file = settings.product_policy_path
    try:
        if not settings.product_policy_file and not file.exists():
            text = ""
        elif file.stat().st_size > BYTES_MAXIMUM:
            raise ProductPolicyInvalid(detail=f"{file} has more than {BYTES_MAXIMUM:,} bytes.")
        else:
            text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ProductPolicyInvalid(detail=f"There is no file {file}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ProductPolicyInvalid(detail=f"{file} cannot be read: {error}.") from None
    return read_product_policy(
        text=text, source=file.name, gtin_required=settings.gtin_required, html_cleaner=html_cleaner
    )


class ProductPolicyInForce:
    """The operator's policy with the paths of the categories that are loaded now."""

    def __init__(self, *, policy: CatalogPolicy, taxonomy: TaxonomyQueries) -> None:
        """Take the policy of the file, and the queries of the tree."""
        self._policy = policy
        self._taxonomy = taxonomy
        self._kept: tuple[CategoryTree | None, CatalogPolicy] = (None, policy)

    async def policy(self) -> CatalogPolicy:
        """Return the policy in force."""
        tree = await self._taxonomy.tree()
        if not len(tree):
            return self._policy
        if self._kept[0] is not tree:
            policy = msgspec.structs.replace(self._policy, categories=Spellings(pairs=tree.spellings()))
            self._kept = (tree, policy)
        return self._kept[1]
