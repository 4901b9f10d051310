"""SKU, texts and addresses of pictures by SQL."""

from __future__ import annotations

from openaisle.catalog.active_html import PLAIN_TAG_PATTERN
from openaisle.catalog.cells import IMAGE_URLS_MAXIMUM
from openaisle.catalog.issues import CorrectionRule, IssueCode
from openaisle.catalog.policy import CatalogPolicy
from openaisle.catalog.validation import CONTACT_MESSAGE, CONTACT_PATTERN
from openaisle.feeds.judging.dictionary import Dictionary
from openaisle.feeds.judging.draft import Draft, Finding, Mend
from openaisle.feeds.judging.texts import (
    HARD,
    MENDABLE,
    is_sound_sku_sql,
    line_state_sql,
    long_state_sql,
    lowered_capitals_sql,
    outer_spaces_removed_sql,
    stripped_sql,
    tidied_line_sql,
)
from openaisle.kernel.tabular import quoted_name, quoted_text

_LINES = ("product_reference", "brand", "part_number", "category", "variant_group")
# What Python shows of such a SKU in a message is the SKU itself.
_SHOWN_AS_IT_IS = quoted_text(r"[ -&(-\[\]-~]*")
_HARMLESS_TAG = quoted_text(PLAIN_TAG_PATTERN)
_URL_CHARACTERS = r"[!#-;=?-\[\]_a-z~]"
_URL = rf"https?://[A-Za-z0-9]{_URL_CHARACTERS}+"
_URL_LIST = quoted_text(rf'\["{_URL}"(?:,"{_URL}"){{0,{IMAGE_URLS_MAXIMUM - 1}}}\]')
_URLS_LENGTH_MAXIMUM = 1_900
# Where none of these stands there is one address at most.
_URL_MARKS = ("','", "';'", "'|'", "' '", "chr(9)", "chr(10)", "chr(13)", """'"'""")


def add_sku(*, draft: Draft, policy: CatalogPolicy) -> None:
    """Add the SKU, and the finding that an earlier row has it."""
    raw = draft.raw("supplier_sku")
    draft.step(0, {"sku_sound": is_sound_sku_sql(raw)})
    draft.step(1, {"sku": f"CASE WHEN sku_sound THEN {raw} ELSE {outer_spaces_removed_sql(raw)} END"})
    draft.fast += [
        f"{raw} IS NOT NULL",
        # The engine computes both sides of OR for every row, of CASE only the branch that a row takes.
        f"CASE WHEN sku_sound THEN true ELSE {is_sound_sku_sql('sku')} END",
        f"length(sku) <= {policy.supplier_sku_length_maximum}",
        f"CASE WHEN is_repeated THEN regexp_full_match(sku, {_SHOWN_AS_IT_IS}) ELSE true END",
    ]
    draft.mends.append(Mend(f"sku <> {raw}", "supplier_sku", raw, "sku", CorrectionRule.WHITE_SPACE_TIDIED))
    message = "'An earlier row of the feed has the SKU ''' || left(supplier_sku, 80) || ''' already.'"
    draft.findings.append(Finding("is_repeated", "'supplier_sku'", IssueCode.SUPPLIER_SKU_REPEATED, message))
    draft.handed["supplier_sku"], draft.final["supplier_sku"] = raw, "sku"


def add_texts(*, draft: Draft, policy: CatalogPolicy, dictionary: Dictionary) -> None:
    """Add title, description and the other texts."""
    _add_title(draft=draft, policy=policy)
    _add_description(draft=draft, policy=policy)
    for field in _LINES:
        raw = draft.raw(field)
        if not draft.has(field):
            draft.final[field] = raw
            continue
        if (field == "brand" and policy.brands) or (field == "category" and policy.categories):
            _add_spelled(draft=draft, dictionary=dictionary, field=field)
            continue
        state, tidy = f"{field}_state", f"{field}_tidy"
        draft.step(0, {state: line_state_sql(raw)})
        draft.step(1, {tidy: tidied_line_sql(raw, state=state)})
        length = f"length({tidy}) BETWEEN 1 AND {policy.short_text_length_maximum}"
        draft.fast.append(f"({raw} IS NULL OR ({state} < {HARD} AND {length}))")
        draft.mends.append(Mend(f"{state} = {MENDABLE}", field, raw, tidy, CorrectionRule.WHITE_SPACE_TIDIED))
        draft.handed[field], draft.final[field] = raw, tidy
    if policy.contact_data_doubted:
        for field, text in (("title", "title"), ("description", draft.final["description"])):
            found = f"regexp_matches({text}, {quoted_text(CONTACT_PATTERN)})"
            message = quoted_text(CONTACT_MESSAGE)
            draft.findings.append(Finding(found, quoted_text(field), IssueCode.CONTACT_DATA, message))
    message = "'There is no category.'"
    absent = f"{draft.raw('category')} IS NULL"
    draft.findings.append(Finding(absent, "'category'", IssueCode.CATEGORY_MISSING, message))


def _add_spelled(*, draft: Draft, dictionary: Dictionary, field: str) -> None:
    """Add a text that the operator spells: a feed has few brands and categories, and Python looks at each once."""
    raw, column = draft.raw(field), f"c.{quoted_name(field)}"
    draft.final[field] = draft.handed[field] = "NULL::VARCHAR"
    values = f"SELECT DISTINCT {column}, {column} FROM {quoted_name(draft.cells)} c WHERE {column} IS NOT NULL"
    if dictionary.add(name=field, values_sql=values, fields=(field,), results=(field,), type_sql="VARCHAR"):
        draft.dictionary(name=field, key=column, results=(field,))
        draft.fast.append(f"({raw} IS NULL OR {field}_key IS NOT NULL)")
        draft.handed[field], draft.final[field] = raw, f"{field}_final_{field}"
    else:
        # There may be values all the same: none of them such that a dictionary takes it.
        draft.fast.append(f"{raw} IS NULL")


def add_image_urls(*, draft: Draft) -> None:
    """Add the addresses of pictures; the facts hold them as a JSON list."""
    raw = draft.raw("image_urls")
    if not draft.has("image_urls"):
        draft.final["image_urls"] = "'[]'"
        return
    alone = " AND ".join(f"NOT contains({raw}, {mark})" for mark in _URL_MARKS)
    draft.step(0, {"url_alone": alone})
    draft.step(
        1,
        {
            "urls": f"""'["' || CASE WHEN url_alone THEN {raw}
                ELSE regexp_replace({raw}, '[,;| \\t\\n\\r]+(https?://)', '","\\1', 'g') END || '"]'""",
        },
    )
    several = (
        """(NOT contains(urls, '","') OR list_unique(json_extract_string(urls, '$[*]')) = json_array_length(urls))"""
    )
    listed = f"""regexp_full_match(urls, {_URL_LIST}) AND NOT regexp_matches(urls, '[,;]"[,\\]]')"""
    draft.fast.append(
        f"""CASE WHEN {raw} IS NULL THEN true WHEN strlen({raw}) > {_URLS_LENGTH_MAXIMUM} THEN false
            WHEN url_alone THEN regexp_full_match({raw}, {quoted_text(_URL)}) WHEN {listed} THEN {several} END"""
    )
    draft.final["image_urls"] = "coalesce(urls, '[]')"
    draft.handed["image_urls"] = "urls"


def _add_title(*, draft: Draft, policy: CatalogPolicy) -> None:
    raw = draft.raw("title")
    draft.step(0, {"title_state": line_state_sql(raw)})
    draft.step(1, {"title_tidy": tidied_line_sql(raw, state="title_state")})
    draft.step(2, {"title": lowered_capitals_sql("title_tidy")})
    length = f"length(title) BETWEEN {max(policy.title_length_minimum, 1)} AND {policy.title_length_maximum}"
    draft.fast.append(f"({raw} IS NULL OR (title_state < {HARD} AND {length}))")
    draft.mends += [
        Mend(f"title_state = {MENDABLE}", "title", raw, "title_tidy", CorrectionRule.WHITE_SPACE_TIDIED),
        Mend("title <> title_tidy", "title", "title_tidy", "title", CorrectionRule.CAPITALS_LOWERED),
    ]
    draft.findings.append(Finding(f"{raw} IS NULL", "'title'", IssueCode.TITLE_MISSING, "'There is no title.'"))
    draft.handed["title"], draft.final["title"] = raw, "coalesce(title, '')"


def _add_description(*, draft: Draft, policy: CatalogPolicy) -> None:
    raw = draft.raw("description")
    if not draft.has("description"):
        draft.final["description"] = raw
        return
    draft.step(0, {"description_state": long_state_sql(raw)})
    draft.step(1, {"description": stripped_sql(raw, state="description_state")})
    length = f"length(description) BETWEEN 1 AND {policy.text_length_maximum}"
    markup = f"""CASE WHEN contains(description, '<')
        THEN NOT (contains(regexp_replace(description, {_HARMLESS_TAG}, '', 'g'), '<')
            OR contains(description, '=') OR contains(lower(description), 'javascript:')) ELSE true END"""
    draft.fast.append(f"({raw} IS NULL OR (description_state < {HARD} AND {length} AND {markup}))")
    draft.mends.append(
        Mend(f"description_state = {MENDABLE}", "description", raw, "description", CorrectionRule.WHITE_SPACE_TIDIED)
    )
    draft.handed["description"], draft.final["description"] = raw, "description"
