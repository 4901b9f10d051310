"""Makes the index of a list from its entries."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from itertools import accumulate

import msgspec

from openaisle.suppliers.screening.entries import EntryKind, ListedEntry
from openaisle.suppliers.screening.layout import hashed, numbered, packed, weight_of
from openaisle.suppliers.screening.reading import read_name
from openaisle.suppliers.screening.sounds import neighbors, skeleton

_NAME_WORDS_MAXIMUM = 60


class IndexBuilder:
    """Takes entries one by one, then gives the pieces of the index's file."""

    def __init__(self) -> None:
        """Start empty."""
        self._encoder = msgspec.msgpack.Encoder()
        self._entries = bytearray()
        self._entry_ends = array("I")
        self._uids = array("I")
        self._name_entries = array("I")
        self._name_positions = array("I")
        self._name_words = array("I")
        self._name_word_ends = array("I")
        self._whole_names = array("I")
        self._word_ids: dict[str, int] = {}
        self.unreadable_names = 0

    @property
    def entries(self) -> int:
        """How many entries were taken."""
        return len(self._entry_ends)

    @property
    def names(self) -> int:
        """How many names can be found."""
        return len(self._name_entries)

    def add(self, *, entry: ListedEntry) -> None:
        """Take an entry with all its names."""
        number = self.entries
        self._entries += self._encoder.encode(entry)
        self._entry_ends.append(len(self._entries))
        self._uids.append(hashed(entry.uid))
        for position, name in enumerate(entry.names):
            readings = {read_name(text=name.text).words}
            if entry.kind is EntryKind.INDIVIDUAL:
                # Whoever searches does not know that it is a person, whose words may look like a legal form.
                readings.add(read_name(text=name.text, company=False).words)
            if readings == {()}:
                self.unreadable_names += 1
                continue
            for words in sorted(readings - {()}):
                self._add_name(words=words[:_NAME_WORDS_MAXIMUM], entry=number, position=position)

    def _add_name(self, *, words: tuple[str, ...], entry: int, position: int) -> None:
        ids = self._word_ids
        self._name_entries.append(entry)
        self._name_positions.append(position)
        self._name_words.extend([ids.setdefault(word, len(ids)) for word in words])
        self._name_word_ends.append(len(self._name_words))
        self._whole_names.append(hashed(" ".join(sorted(words))))

    def pieces(self) -> Iterator[bytes]:
        """Yield the pieces of the file."""
        words = list(self._word_ids)
        posting_ends, postings = self._postings()
        frequencies = [end - start for start, end in zip([0, *posting_ends], posting_ends, strict=False)]
        hashes, key_words = self._keys(words)
        texts = [word.encode() for word in words]
        whole, whole_names = _sorted_pairs(self._whole_names)
        uids, uid_entries = _sorted_pairs(self._uids)
        parts = {
            "entries": bytes(self._entries),
            "entry_offsets": _offsets(self._entry_ends),
            "name_entries": self._name_entries.tobytes(),
            "name_positions": self._name_positions.tobytes(),
            "name_words": self._name_words.tobytes(),
            "name_word_offsets": _offsets(self._name_word_ends),
            "name_weights": self._name_weights(frequencies),
            "words": b"".join(texts),
            "word_offsets": numbered([0, *accumulate(map(len, texts))]),
            "postings": postings,
            "posting_offsets": numbered([0, *posting_ends]),
            "key_hashes": hashes,
            "key_words": key_words,
            "whole_hashes": whole,
            "whole_names": whole_names,
            "uid_hashes": uids,
            "uid_entries": uid_entries,
        }
        return packed(entries=self.entries, names=self.names, words=len(words), parts=parts)

    def _postings(self) -> tuple[list[int], bytes]:
        """Return, word after word, the names it stands in; each name once."""
        lists: list[array[int]] = [array("I") for _ in self._word_ids]
        start = 0
        for name, end in enumerate(self._name_word_ends):
            for word in set(self._name_words[start:end]):
                lists[word].append(name)
            start = end
        ends = list(accumulate(map(len, lists)))
        joined = array("I")
        for one in lists:
            joined.extend(one)
        return ends, joined.tobytes()

    def _name_weights(self, frequencies: list[int]) -> bytes:
        weights = [weight_of(frequency=frequency, names=self.names) for frequency in frequencies]
        result = array("f")
        start = 0
        for end in self._name_word_ends:
            result.append(sum(weights[word] for word in self._name_words[start:end]))
            start = end
        return result.tobytes()

    def _keys(self, words: list[str]) -> tuple[bytes, bytes]:
        """Return the hashes of everything by which a word is looked up, sorted, and beside each the word."""
        pairs: list[int] = []
        for number, word in enumerate(words):
            keys = {hashed(word), hashed("~" + skeleton(word)), *map(hashed, neighbors(word))}
            pairs += [key << 32 | number for key in keys]
        pairs.sort()
        return numbered([pair >> 32 for pair in pairs]), numbered([pair & 0xFFFFFFFF for pair in pairs])


def _offsets(ends: array[int]) -> bytes:
    return array("I", [0]).tobytes() + ends.tobytes()


def _sorted_pairs(hashes: array[int]) -> tuple[bytes, bytes]:
    pairs = sorted(one << 32 | number for number, one in enumerate(hashes))
    return numbered([pair >> 32 for pair in pairs]), numbered([pair & 0xFFFFFFFF for pair in pairs])
