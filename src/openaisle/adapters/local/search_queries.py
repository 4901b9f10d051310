"""What is asked of the search index: statements over its file, each within a bounded time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import apsw

from openaisle.adapters.local.search_file import fact
from openaisle.kernel.search import (
    COUNTED_MAXIMUM,
    HITS_MAXIMUM,
    QUERY_LENGTH_MAXIMUM,
    Aspect,
    Candidate,
    ChangePage,
    CursorOutdated,
    FacetValue,
    IndexedChange,
    IndexFacts,
    QualityTotals,
    SearchHit,
    SearchQuery,
    SearchResult,
    SearchSort,
    SearchTooBroad,
    compared_key,
    folded,
    title_likeness,
    words_of,
)

_SECONDS_MAXIMUM = 2.0
_STEPS_PER_LOOK = 20_000
_WORDS_MAXIMUM = 12
_PREFIX_LENGTH_MINIMUM = 4
_FACET_VALUES = 12
_LIKELY_MAXIMUM = 60
_COMMON_WORD = 20_000
_LIKENESS_MINIMUM = 0.25
_BEHIND_ALL = "\U0010ffff"

_ORDERS = {
    SearchSort.RELEVANCE: "d.change DESC",
    SearchSort.PRICE: "d.price_minor IS NULL, d.price_minor, d.document",
    SearchSort.PRICE_DESCENDING: "d.price_minor DESC, d.document",
    SearchSort.NEWEST: "d.change DESC",
    SearchSort.QUALITY: "d.score, d.document",
    SearchSort.QUALITY_DESCENDING: "d.score DESC, d.document",
}


@contextmanager
def bounded(*, connection: apsw.Connection, clock: Callable[[], float] = time.monotonic) -> Iterator[None]:
    """Break off what takes longer than two seconds; raises SearchTooBroad."""
    until = clock() + _SECONDS_MAXIMUM
    connection.set_progress_handler(lambda: clock() > until, _STEPS_PER_LOOK)
    try:
        yield
    except apsw.InterruptError:
        raise SearchTooBroad(detail=f"It took longer than {_SECONDS_MAXIMUM:g} seconds.") from None
    finally:
        connection.set_progress_handler(None)


def found(*, connection: apsw.Connection, query: SearchQuery) -> SearchResult:
    """Return a page of hits with their number and, on the first page, facets."""
    words = words_of(text=query.words[:QUERY_LENGTH_MAXIMUM])[:_WORDS_MAXIMUM]
    if query.words.strip() and not words:
        return SearchResult(hits=(), total=0, relaxed=False, brands=(), categories=())
    relaxed = False
    source, parameters = _source(query=query, match=_match(words=words, joined=" AND "))
    total = _total(connection, source, parameters)
    if not total and len(words) > 1:
        relaxed = True
        source, parameters = _source(query=query, match=_match(words=words, joined=" OR "))
        total = _total(connection, source, parameters)
    by_fit = bool(words) and query.sort is SearchSort.RELEVANCE
    order = "fit, d.document" if by_fit else _ORDERS[query.sort]
    fit = "texts.rank AS fit" if words else "0.0 AS fit"
    limit = max(0, min(query.limit, HITS_MAXIMUM - query.skip))
    rows = connection.execute(
        f"SELECT d.product_id, {fit} {source} ORDER BY {order} LIMIT ? OFFSET ?",
        (*parameters, limit, query.skip),
    ).fetchall()
    is_first = query.skip == 0
    return SearchResult(
        hits=tuple(SearchHit(str(product_id), round(-float(str(rank)), 4)) for product_id, rank in rows),
        total=total,
        relaxed=relaxed and total > 0,
        brands=_facet(connection, "brand", source, parameters) if is_first else (),
        categories=_facet(connection, "category", source, parameters) if is_first else (),
    )


def _match(*, words: list[str], joined: str) -> str:
    if not words:
        return ""
    terms = []
    for place, word in enumerate(words):
        # The last word may still be being typed; longer words also stand for their plurals.
        is_open = len(word) >= _PREFIX_LENGTH_MINIMUM or (place == len(words) - 1 and len(word) > 1)
        terms.append(f'"{word}"*' if is_open else f'"{word}"')
    return joined.join(terms)


def _source(*, query: SearchQuery, match: str) -> tuple[str, tuple[str | int, ...]]:
    conditions, parameters = ["d.is_present"], []
    source = "FROM documents d"
    if match:
        source = "FROM texts JOIN documents d ON d.document = texts.rowid"
        conditions.insert(0, "texts MATCH ?")
        parameters.append(match)
    if query.brand is not None:
        conditions.append("d.brand_key = ?")
        parameters.append(compared_key(text=query.brand))
    if query.category is not None:
        key = folded(text=query.category)
        conditions.append("(d.category_key = ? OR (d.category_key > ? AND d.category_key < ?))")
        parameters += [key, f"{key} > ", f"{key} > {_BEHIND_ALL}"]
    if query.supplier_id is not None:
        conditions.append("d.document IN (SELECT document FROM places WHERE supplier_id = ?)")
        parameters.append(query.supplier_id)
    if query.active_only:
        conditions.append("d.is_active")
    if query.sellable_only:
        conditions.append("d.is_sellable")
    if query.in_stock_only:
        conditions.append("d.available > 0")
    return f"{source} WHERE {' AND '.join(conditions)}", tuple(parameters)


def _total(connection: apsw.Connection, source: str, parameters: tuple[str | int, ...]) -> int:
    counted = f"SELECT count(*) FROM (SELECT 1 {source} LIMIT {COUNTED_MAXIMUM})"
    ((total,),) = connection.execute(counted, parameters).fetchall()
    return int(str(total))


def _facet(
    connection: apsw.Connection, column: str, source: str, parameters: tuple[str | int, ...]
) -> tuple[FacetValue, ...]:
    rows = connection.execute(
        f"SELECT min(value), count(*) FROM (SELECT d.{column} AS value, d.{column}_key AS compared {source}"
        f" LIMIT {COUNTED_MAXIMUM}) WHERE compared != '' GROUP BY compared ORDER BY 2 DESC, 1 LIMIT {_FACET_VALUES}",
        parameters,
    )
    return tuple(FacetValue(value=str(value), count=int(str(count))) for value, count in rows.fetchall())


def changed(*, connection: apsw.Connection, after: str | None, limit: int) -> ChangePage:
    """Return a page of changes; raises CursorOutdated."""
    generation = fact(connection=connection, name="generation")
    place = 0
    if after is not None:
        given, _, text = after.partition(".")
        if given != generation or not (text.isascii() and text.isdigit()) or len(text) > 18:
            raise CursorOutdated(detail=f"{after[:40]!r} is no cursor of the index as it is.")
        place = int(text)
    rows = connection.execute(
        "SELECT product_id, is_present, product_change, offers_change, stock_change, change FROM documents"
        " WHERE change > ? AND (is_present OR ?) ORDER BY change LIMIT ?",
        # Who begins needs not be told of what is gone.
        (place, after is not None, limit + 1),
    ).fetchall()
    shown = rows[:limit]
    last = int(str(shown[-1][5])) if shown else place
    return ChangePage(
        changes=tuple(
            IndexedChange(product_id=str(row[0]), aspects=_aspects(bool(row[1]), row[2:5], place)) for row in shown
        ),
        cursor=f"{generation}.{last}",
        has_more=len(rows) > limit,
    )


def _aspects(is_present: bool, changes: tuple[object, ...], place: int) -> tuple[Aspect, ...]:  # noqa: FBT001
    if not is_present:
        return (Aspect.REMOVED,)
    named = zip((Aspect.PRODUCT, Aspect.OFFERS, Aspect.STOCK), changes, strict=True)
    return tuple(aspect for aspect, change in named if int(str(change)) > place)


def of_part(*, connection: apsw.Connection, brand: str, part_number: str, limit: int) -> list[Candidate]:
    """Return active products of a brand with a part number."""
    brand_key, part_key = compared_key(text=brand), compared_key(text=part_number)
    if not brand_key or not part_key:
        return []
    rows = connection.execute(
        "SELECT product_id, title FROM documents WHERE brand_key = ? AND part_key = ? AND is_active"
        " ORDER BY document LIMIT ?",
        (brand_key, part_key, limit),
    )
    return [Candidate(str(product_id), str(title), 1.0) for product_id, title in rows.fetchall()]


def like(*, connection: apsw.Connection, title: str, brand: str | None, limit: int) -> list[Candidate]:
    """Return active products with the likest titles: few by their rarest words, then compared one by one."""
    words = _telling_words(connection=connection, words=words_of(text=title))
    brand_words = words_of(text=brand or "")
    if not words:
        return []
    match = "title : (" + " OR ".join(f'"{word}"' for word in words) + ")"
    condition = ""
    parameters: list[str | int] = []
    if brand_words:
        match = "brand : (" + " AND ".join(f'"{word}"' for word in brand_words) + f") AND {match}"
        condition = " AND d.brand_key = ?"
        parameters.append(compared_key(text=brand or ""))
    rows = connection.execute(
        "SELECT d.product_id, d.title FROM texts JOIN documents d ON d.document = texts.rowid"
        f" WHERE texts MATCH ? AND d.is_active{condition} ORDER BY texts.rank LIMIT ?",
        (match, *parameters, _LIKELY_MAXIMUM),
    )
    scored = [
        Candidate(str(product_id), str(other), title_likeness(first=title, second=str(other)))
        for product_id, other in rows.fetchall()
    ]
    likely = [one for one in scored if one.score >= _LIKENESS_MINIMUM]
    return sorted(likely, key=lambda one: (-one.score, one.product_id))[:limit]


def _telling_words(*, connection: apsw.Connection, words: list[str]) -> list[str]:
    # Words that stand in very many titles tell nothing, and ranking all of these would take long.
    counted = []
    for word in dict.fromkeys(words):
        known = connection.execute("SELECT doc FROM vocabulary WHERE term = ?", (word,)).fetchall()
        if known:
            counted.append((int(str(known[0][0])), word))
    counted.sort()
    telling = [word for count, word in counted if count <= _COMMON_WORD]
    return (telling or [word for _, word in counted[:1]])[:_WORDS_MAXIMUM]


def quality_totals(*, connection: apsw.Connection, supplier_id: str | None, parts: int) -> QualityTotals:
    """Sum up the quality of a supplier's active products, or of all."""
    fifths = [f"sum(score >= {low} AND score < {high})" for low, high in ((0, 20), (20, 40), (40, 60), (60, 80))]
    sums = [*fifths, "sum(score >= 80)", *(f"sum((shortfalls >> {bit}) & 1)" for bit in range(parts))]
    condition, parameters = "", ()  # type: tuple[str, tuple[str, ...]]
    if supplier_id is not None:
        condition, parameters = " AND document IN (SELECT document FROM places WHERE supplier_id = ?)", (supplier_id,)
    statement = f"SELECT count(*), sum(score), {', '.join(sums)} FROM documents WHERE is_active{condition}"
    (row,) = connection.execute(statement, parameters).fetchall()
    count, score_sum, *others = (int(str(value or 0)) for value in row)
    first, second, third, fourth, fifth, *shortfalls = others
    return QualityTotals(
        products=count,
        score_sum=score_sum,
        fifths=(first, second, third, fourth, fifth),
        shortfalls=tuple(shortfalls),
    )


def facts_of(*, connection: apsw.Connection) -> IndexFacts:
    """Return what is known of the index."""
    generation = fact(connection=connection, name="generation")
    return IndexFacts(
        generation=generation,
        is_filled=bool(fact(connection=connection, name="is_filled")),
        cursor=f"{generation}.{fact(connection=connection, name='change')}",
    )
