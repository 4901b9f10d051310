"""Attributes by SQL: their texts stay as they are; those that Python would speak of are looked up or left to it."""

from __future__ import annotations

import msgspec

from openaisle.catalog.cells import ATTRIBUTE_PREFIX
from openaisle.catalog.policy import CatalogPolicy
from openaisle.feeds.judging.dictionary import Dictionary
from openaisle.feeds.judging.draft import Draft
from openaisle.feeds.judging.texts import json_text_sql
from openaisle.kernel.tabular import quoted_name, quoted_text

# An angle bracket, a control character, or what a spreadsheet would take for a formula.
_ODD = r"'[<\x00-\x08\x0b\x0c\x0e-\x1f]|^[=+\-@\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}]'"
_CONTROL = r"'[\x00-\x08\x0b\x0c\x0e-\x1f]'"


def add_attributes(*, draft: Draft, policy: CatalogPolicy, dictionary: Dictionary) -> None:
    """Add all columns of attributes; the facts hold them as JSON with sorted names."""
    fields = sorted(field for field in draft.columns if field.startswith(ATTRIBUTE_PREFIX))
    if not fields:
        draft.final["attributes"] = "'{}'"
        return
    pieces, lengths, notes = [], [], []
    for place, field in enumerate(fields):
        raw, name = draft.raw(field), field.removeprefix(ATTRIBUTE_PREFIX)
        pieces.append(f"{quoted_text(msgspec.json.encode(name).decode() + ':')} || {json_text_sql(raw)}")
        lengths.append(f"coalesce(length({raw}) + {len(name)}, 0)")
        plain = f"NOT regexp_matches({{0}}, {_ODD.replace('{', '{{').replace('}', '}}')})"
        column = f"c.{quoted_name(field)}"
        dictionary_name = f"attribute_{place}"
        found = dictionary.add(
            name=dictionary_name,
            values_sql=f"""SELECT DISTINCT {column}, {column} FROM {quoted_name(draft.cells)} c
                WHERE NOT ({plain.format(column)}) AND NOT regexp_matches({column}, {_CONTROL})""",
            fields=(field,),
            results=(),
        )
        known = "false"
        if found:
            draft.dictionary(name=dictionary_name, key=column, results=())
            known = f"{dictionary_name}_key IS NOT NULL"
            notes.append(f"({dictionary_name}_note IS NOT NULL)::INTEGER")
        draft.fast.append(f"({raw} IS NULL OR {known} OR {plain.format(raw)})")
    draft.fast.append(f"{' + '.join(lengths)} <= {policy.attributes_length_maximum}")
    if len(notes) > 1:
        # Of several attributes Python names only the first.
        draft.fast.append(f"{' + '.join(notes)} <= 1")
    draft.step(0, {"attributes": f"'{{' || concat_ws(',', {', '.join(pieces)}) || '}}'"})
    draft.final["attributes"] = "attributes"
    draft.handed["attributes"] = "CASE WHEN attributes <> '{}' THEN attributes END"
