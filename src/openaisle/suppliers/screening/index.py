"""An index of names, read where it lies: entries by identifier, and those whose names are like a given one."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from heapq import nlargest
from itertools import pairwise

import msgspec

from openaisle.suppliers.screening.entries import EntryKind, ListedEntry, ListedName
from openaisle.suppliers.screening.layout import (
    NameIndexUnusable,
    fractions,
    hashed,
    numbers,
    unpacked,
    weight_of,
)
from openaisle.suppliers.screening.legal_forms import may_be_legal_form
from openaisle.suppliers.screening.likeness import WORD_MINIMUM, NameLikeness, name_likeness, word_likeness
from openaisle.suppliers.screening.reading import NameReading
from openaisle.suppliers.screening.sounds import neighbors, skeleton

_WORDS_MAXIMUM = 40
_POSTINGS_MAXIMUM = 30_000
_CANDIDATES_MAXIMUM = 60
# A candidate shares at least this part of the weight of both names; what shares less is never alike enough.
_SHARED_MINIMUM = 0.45
_SPLIT_LENGTH_MINIMUM = 6
_ONE_ERROR = 0.89
_DOUBTFUL_FACTOR = 0.2
_STRANGE_LENGTH = 2
# What a part of a person's name counts as: family name and one more, every word of it alike.
_PART_SCORE = 0.89
_PART_MINIMUM = 0.93
_PERSON_WORDS_MINIMUM = 2
_ALIAS_LETTERS_MINIMUM = 8


class NameMatch(msgspec.Struct, frozen=True, kw_only=True):
    """An entry whose name is like the one searched for; ``score`` is from 0 to 1."""

    entry: ListedEntry
    name: ListedName
    score: float


class NameIndex:
    """Searches an index in the bytes of its file; opening it reads the header only."""

    def __init__(self, *, content: memoryview) -> None:
        """Take the bytes; raises NameIndexUnusable."""
        header, parts = unpacked(content=content)
        try:
            self._entries, self._words = parts["entries"], parts["words"]
            self._entry_offsets = numbers(parts["entry_offsets"])
            self._name_entries = numbers(parts["name_entries"])
            self._name_positions = numbers(parts["name_positions"])
            self._name_words = numbers(parts["name_words"])
            self._name_word_offsets = numbers(parts["name_word_offsets"])
            self._name_weights = fractions(parts["name_weights"])
            self._word_offsets = numbers(parts["word_offsets"])
            self._postings = numbers(parts["postings"])
            self._posting_offsets = numbers(parts["posting_offsets"])
            self._key_hashes = numbers(parts["key_hashes"])
            self._key_words = numbers(parts["key_words"])
            self._whole_hashes = numbers(parts["whole_hashes"])
            self._whole_names = numbers(parts["whole_names"])
            self._uid_hashes = numbers(parts["uid_hashes"])
            self._uid_entries = numbers(parts["uid_entries"])
        except (KeyError, TypeError) as error:
            raise NameIndexUnusable(detail=f"A part of it is missing: {error}.") from None
        self.entries, self.names = header.entries, header.names
        self._decoder = msgspec.msgpack.Decoder(ListedEntry)

    def entry(self, *, uid: str) -> ListedEntry | None:
        """Return the entry of that identifier."""
        for number in _values(self._uid_hashes, self._uid_entries, hashed(uid)):
            entry = self._entry(number)
            if entry.uid == uid:
                return entry
        return None

    def namesakes(self, *, reading: NameReading) -> list[ListedEntry]:
        """Return the entries with a name of the very same words, in any order; far quicker than a search."""
        wanted = sorted(reading.words)
        if not wanted:
            return []
        names = [name for name in self.whole(wanted) if sorted(map(self.word, self.words_of(name))) == wanted]
        return [self.entry_of(name) for name in names]

    def search(self, *, reading: NameReading, minimum: float, limit: int = 20) -> list[NameMatch]:
        """Return the entries with a name at least so much alike, the most alike first; each entry once."""
        words = reading.words[:_WORDS_MAXIMUM]
        if not words:
            return []
        search = _Search(index=self, words=words, doubtful=reading.doubtful)
        best: dict[int, tuple[float, int]] = {}
        for name in search.candidates():
            score = search.likeness_of(name)
            if score >= minimum and (score == 1.0 or not self._is_short_alias(name)):
                entry = self._name_entries[name]
                best[entry] = max(best.get(entry, (0.0, 0)), (score, -name))
        found = nlargest(limit, ((score, -negative, entry) for entry, (score, negative) in best.items()))
        return [self._match(score=score, name=name, entry=self._entry(number)) for score, name, number in found]

    def _is_short_alias(self, name: int) -> bool:
        """Whether it is another name of the entry, so short that a typing error makes it any name."""
        words = self._name_words[self._name_word_offsets[name] : self._name_word_offsets[name + 1]]
        return self._name_positions[name] > 0 and sum(len(self.word(word)) for word in words) < _ALIAS_LETTERS_MINIMUM

    def _match(self, *, score: float, name: int, entry: ListedEntry) -> NameMatch:
        return NameMatch(entry=entry, name=entry.names[self._name_positions[name]], score=round(score, 3))

    def _entry(self, number: int) -> ListedEntry:
        return self._decoder.decode(self._entries[self._entry_offsets[number] : self._entry_offsets[number + 1]])

    def entry_of(self, name: int, /) -> ListedEntry:
        """Return the entry that has a name."""
        return self._entry(self._name_entries[name])

    def whole(self, words: Sequence[str], /) -> list[int]:
        """Return the names that have these words, perhaps in another order."""
        return list(_values(self._whole_hashes, self._whole_names, hashed(" ".join(sorted(words)))))

    def word(self, number: int, /) -> str:
        """Return a word of the list."""
        return bytes(self._words[self._word_offsets[number] : self._word_offsets[number + 1]]).decode()

    def words_of(self, name: int, /) -> list[int]:
        """Return the words of a name."""
        return list(self._name_words[self._name_word_offsets[name] : self._name_word_offsets[name + 1]])

    def keyed(self, key: str, /) -> Iterator[int]:
        """Yield the words that are looked up by a key, and a few that only share its hash."""
        return _values(self._key_hashes, self._key_words, hashed(key))

    def exact(self, word: str, /) -> int | None:
        """Return the number of a word; None if no name has it."""
        return next((number for number in self.keyed(word) if self.word(number) == word), None)

    def frequency(self, word: int, /) -> int:
        """Return in how many names a word stands."""
        return int(self._posting_offsets[word + 1] - self._posting_offsets[word])

    def names_with(self, word: int, /) -> list[int]:
        """Return the names in which a word stands."""
        return self._postings[self._posting_offsets[word] : self._posting_offsets[word + 1]].tolist()  # type: ignore[no-any-return]

    def name_weight(self, name: int, /) -> float:
        """Return the weight of a name's words together."""
        return float(self._name_weights[name])

    def weight(self, word: int | None, /) -> float:
        """Return the weight of a word."""
        frequency = 1 if word is None else self.frequency(word)
        return weight_of(frequency=frequency, names=self.names)


class _Search:
    """One search: what was found out about the words so far."""

    def __init__(self, *, index: NameIndex, words: Sequence[str], doubtful: Sequence[str]) -> None:
        self._index = index
        self._words = words
        self._near = [self._near_words(word) for word in words]
        # A mistyped word weighs as the one that is meant, not as the rare word that a typing error makes.
        self._weights = [
            self._weight(near) * (_DOUBTFUL_FACTOR if word in doubtful and self._is_strange(word, near) else 1.0)
            for word, near in zip(words, self._near, strict=True)
        ]
        self._list_words: dict[int, tuple[str, float, list[float]]] = {}

    def _near_words(self, word: str) -> dict[int, float]:
        index = self._index
        found: dict[int, float] = {}
        for key in (word, "~" + skeleton(word), *neighbors(word)):
            for number in index.keyed(key):
                if number not in found:
                    found[number] = word_likeness(word, index.word(number))
        return {number: alike for number, alike in found.items() if alike >= WORD_MINIMUM}

    def _is_strange(self, word: str, near: dict[int, float]) -> bool:
        """Whether a word may be a legal form at all: it is one, or as short, or the list does not have it."""
        return len(word) <= _STRANGE_LENGTH or may_be_legal_form(word=word) or 1.0 not in near.values()

    def _weight(self, near: dict[int, float]) -> float:
        exact = [number for number, alike in near.items() if alike == 1.0]
        if exact:
            return self._index.weight(exact[0])
        return min((self._index.weight(number) for number in near), default=self._index.weight(None))

    def candidates(self) -> list[int]:
        """Return the names worth comparing word by word."""
        index = self._index
        gains: dict[int, float] = {}
        for near in (*self._near, self._run_together()):
            for number, alike in near.items():
                gains[number] = max(gains.get(number, 0.0), alike * index.weight(number))
        shared: dict[int, float] = {}
        visited = 0
        for number in sorted(gains, key=index.frequency):
            visited += index.frequency(number)
            if visited > _POSTINGS_MAXIMUM and shared:
                break
            gain = gains[number]
            for name in index.names_with(number):
                shared[name] = shared.get(name, 0.0) + gain
        own = sum(self._weights)
        shares = ((2.0 * gain / (own + index.name_weight(name)), name) for name, gain in shared.items())
        best = nlargest(_CANDIDATES_MAXIMUM, (share for share in shares if share[0] >= _SHARED_MINIMUM))
        return list(dict.fromkeys([*index.whole(self._words)[:_CANDIDATES_MAXIMUM], *(name for _, name in best)]))

    def _run_together(self) -> dict[int, float]:
        """Return the list's words that two of ours make together, and those that one of ours is made of."""
        index, words = self._index, self._words
        found: dict[int, float] = {}
        for one, other in pairwise(words):
            found |= {number: alike for number, alike in self._near_words(one + other).items() if alike > _ONE_ERROR}
        for word, near in zip(words, self._near, strict=True):
            if near or len(word) < _SPLIT_LENGTH_MINIMUM:
                continue
            for at in range(2, len(word) - 1):
                first = index.exact(word[:at])
                second = index.exact(word[at:]) if first is not None else None
                if first is not None and second is not None:
                    found[first] = found[second] = 1.0
        return found

    def likeness_of(self, name: int) -> float:
        """Return how alike a name of the list is to the one searched for."""
        theirs = [self._list_word(number) for number in self._index.words_of(name)]
        alike = name_likeness(
            ours=self._words,
            our_weights=self._weights,
            theirs=[word for word, _, _ in theirs],
            their_weights=[weight for _, weight, _ in theirs],
            likeness=[[column[ours] for _, _, column in theirs] for ours in range(len(self._words))],
        )
        if alike.whole < _PART_SCORE and alike.part >= _PART_MINIMUM and self._names_a_person(name, alike):
            return _PART_SCORE
        return alike.whole

    def _names_a_person(self, name: int, alike: NameLikeness) -> bool:
        """Whether our words are a person's family name with one more of the names: most people leave some out."""
        if len(alike.pairs) < _PERSON_WORDS_MINIMUM or all(their > 0 for _, their in alike.pairs):
            return False
        return self._index.entry_of(name).kind is EntryKind.INDIVIDUAL

    def _list_word(self, number: int) -> tuple[str, float, list[float]]:
        known = self._list_words.get(number)
        if known is None:
            text = self._index.word(number)
            column = [
                near[number] if number in near else word_likeness(word, text)
                for word, near in zip(self._words, self._near, strict=True)
            ]
            weight = self._index.weight(number) * (_DOUBTFUL_FACTOR if may_be_legal_form(word=text) else 1.0)
            known = self._list_words[number] = (text, weight, column)
        return known


def _values(hashes: Sequence[int], values: Sequence[int], key: int) -> Iterator[int]:
    """Yield the values that stand beside a hash in sorted hashes."""
    at = bisect_left(hashes, key)
    while at < len(hashes) and hashes[at] == key:
        yield values[at]
        at += 1
