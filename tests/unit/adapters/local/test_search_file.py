"""The file of the search index: begun anew where it cannot be used, shared by processes, never slow for others."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

import pytest

from openaisle.adapters.local.search_file import keep_fact, open_search_file
from openaisle.adapters.local.search_index import LocalSearchIndex
from openaisle.adapters.local.search_queries import bounded
from openaisle.kernel.search import SearchDocument, SearchQuery, SearchTooBroad


async def indexed(path: Path, *titles: str) -> None:
    index = LocalSearchIndex(path=path, durable=False)
    documents = [SearchDocument(product_id=title, title=title) for title in titles]
    await index.put(documents=documents)
    await index.mark_filled(generation=(await index.facts()).generation)
    await index.close()


async def found(path: Path, words: str) -> tuple[list[str], bool]:
    index = LocalSearchIndex(path=path, durable=False)
    try:
        result = await index.search(query=SearchQuery(words=words))
        return [hit.product_id for hit in result.hits], (await index.facts()).is_filled
    finally:
        await index.close()


@pytest.mark.parametrize("content", [b"", b"this is no database at all" * 400])
async def test_a_file_that_is_damaged_is_begun_anew(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "search.db"
    path.write_bytes(content)
    assert await found(path, "mug") == ([], False)
    await indexed(path, "mug")
    assert await found(path, "mug") == (["mug"], True)


async def test_a_file_of_an_older_version_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "search.db"
    await indexed(path, "mug")
    connection = open_search_file(path=path, durable=False)
    keep_fact(connection=connection, name="schema", value="0")
    connection.close()
    assert await found(path, "mug") == ([], False)


async def test_several_processes_write_and_read_one_file(tmp_path: Path) -> None:
    path = tmp_path / "search.db"
    indexes = [LocalSearchIndex(path=path, durable=False) for _ in range(3)]
    await asyncio.gather(
        *(
            index.put(documents=[SearchDocument(product_id=f"{place}-{number}", title="mug")])
            for place, index in enumerate(indexes)
            for number in range(20)
        )
    )
    page = await indexes[0].changes(after=None, limit=100)
    assert len({change.product_id for change in page.changes}) == 60
    assert (await indexes[1].search(query=SearchQuery(words="mug"))).total == 60
    for index in indexes:
        await index.close()


async def test_what_takes_too_long_is_broken_off_and_says_how_to_go_on(tmp_path: Path) -> None:
    path = tmp_path / "search.db"
    await indexed(path, *(f"mug {number}" for number in range(3_000)))
    connection = open_search_file(path=path, durable=False)
    passing = itertools.count()
    with pytest.raises(SearchTooBroad), bounded(connection=connection, clock=lambda: float(next(passing))):
        connection.execute("SELECT count(*) FROM documents a, documents b WHERE a.title < b.title").fetchall()
    assert connection.execute("SELECT count(*) FROM documents").fetchall() == [(3_000,)]
    connection.close()
