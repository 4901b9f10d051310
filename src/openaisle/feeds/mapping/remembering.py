"""What a supplier has said before holds again: for files with the same columns wholly, for others column by column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from openaisle.feeds.mapping.guessing import KnownHeaders
from openaisle.feeds.mapping.model import ColumnMapping, FeedMapping, MappingState, SupplierMapping, stored_headers
from openaisle.feeds.mapping.vocabulary import compacted

_ALIKE = 0.6


def aligned(*, mapping: FeedMapping, headers: Sequence[str]) -> FeedMapping:
    """Return the mapping with its columns in the order of a file whose columns it knows; others are left out."""
    names = stored_headers(headers=headers)
    stated = tuple(one.header for one in mapping.columns)
    if names == stated:
        return mapping
    waiting: dict[str, list[int]] = {}
    for position, column in enumerate(mapping.columns):
        waiting.setdefault(compacted(text=column.header), []).append(position)
    sources = [found.pop(0) if (found := waiting.get(compacted(text=name))) else None for name in names]
    places = {source: place for place, source in enumerate(sources) if source is not None}
    columns = []
    for name, source in zip(names, sources, strict=True):
        if source is None:
            columns.append(ColumnMapping(header=name))
            continue
        column = mapping.columns[source]
        unit_column = places.get(column.unit_column) if column.unit_column is not None else None
        columns.append(msgspec.structs.replace(column, header=name, unit_column=unit_column))
    return msgspec.structs.replace(mapping, columns=tuple(columns))


def known_headers(*, mappings: Iterable[SupplierMapping], kind: str, headers: Sequence[str]) -> KnownHeaders:
    """Return what the supplier's confirmed mappings say of single columns, those of the same kind of feed first.

    ``mappings`` come with the last changed first: what was said last counts. What was stated for every row of a file
    holds only for files of the same kind that share most of their columns with it.
    """
    confirmed = [one for one in mappings if one.state is MappingState.CONFIRMED]
    ordered = sorted(confirmed, key=lambda one: one.kind != kind)
    columns: dict[str, ColumnMapping] = {}
    for one in ordered:
        for column in one.mapping.columns:
            name = compacted(text=column.header)
            if name:
                columns.setdefault(name, msgspec.structs.replace(column, unit_column=None))
    names = {compacted(text=header) for header in headers}
    alike = [one for one in ordered if one.kind == kind and _overlap(mapping=one.mapping, names=names) >= _ALIKE]
    return KnownHeaders(columns=columns, constants=dict(alike[0].mapping.constants) if alike else {})


def _overlap(*, mapping: FeedMapping, names: set[str]) -> float:
    """Return the share of columns that two files have in common, 0 to 1."""
    stated = {compacted(text=one.header) for one in mapping.columns}
    return len(stated & names) / max(1, len(stated | names))
