r"""The patterns that an expression may hold: a small part of regular expressions, the same in every engine, bounded.

Allowed are plain characters, ``.``, sets ``[a-z]`` and ``[^0-9]``, ``\d`` ``\w`` ``\s`` (of ASCII) with their
capitals, ``^`` and ``$``, groups, ``|``, and the repeats ``*`` ``+`` ``?`` ``{2,5}``. A repeated group may not itself
hold a repeat, so no text can make a search slow.
"""

from __future__ import annotations

import re

PATTERN_LENGTH_MAXIMUM = 200
REPEAT_MAXIMUM = 100
_REPEATS_TOGETHER_MAXIMUM = 300
_DEPTH_MAXIMUM = 8
_CLASSES = frozenset("dDwWsS")
_ESCAPED = frozenset("\\.^$*+?()[]{}|/-\"' ")
_COUNTED = re.compile(r"\{(\d{1,3})(?:(,)(\d{1,3})?)?\}")


class PatternRefused(Exception):
    """Why a pattern is not allowed, and at which of its characters, counted from 0."""

    def __init__(self, *, told: str, at: int) -> None:
        super().__init__(told)
        self.told = told
        self.at = at


def check_pattern(*, pattern: str) -> None:
    """Raise PatternRefused unless the pattern is one of ours."""
    if not pattern or len(pattern) > PATTERN_LENGTH_MAXIMUM:
        raise PatternRefused(told=f"a pattern has 1 to {PATTERN_LENGTH_MAXIMUM} characters", at=0)
    for at, letter in enumerate(pattern):
        if not letter.isprintable():
            raise PatternRefused(told="a pattern holds no control characters", at=at)
    _Checker(pattern).check()


class _Checker:
    """One walk over a pattern."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._repeats = 0

    def check(self) -> None:
        self._choices(depth=0)
        if self._at < len(self._pattern):
            raise self._refused("this ) closes nothing")

    def _choices(self, *, depth: int) -> bool:
        """Walk over alternatives up to the end or a closing bracket; return whether something in them is repeated."""
        if depth > _DEPTH_MAXIMUM:
            raise self._refused(f"groups stand in each other at most {_DEPTH_MAXIMUM} deep")
        repeats = False
        while self._at < len(self._pattern) and self._pattern[self._at] != ")":
            if self._pattern[self._at] == "|":
                self._at += 1
                continue
            started = self._at
            holds_repeat, repeatable = self._one(depth=depth)
            repeated = self._repeat(repeatable=repeatable, started=started)
            if repeated and holds_repeat:
                raise self._refused("a repeated group may not hold a repeat itself", at=started)
            repeats = repeats or repeated or holds_repeat
        return repeats

    def _one(self, *, depth: int) -> tuple[bool, bool]:
        letter = self._pattern[self._at]
        if letter == "(":
            return self._group(depth=depth), True
        if letter == "[":
            self._set()
        elif letter == "\\":
            self._escape()
        elif letter in "^$":
            self._at += 1
            return False, False
        elif letter in "*+?{":
            raise self._refused(f"there is nothing that {letter} could repeat")
        elif letter in "]}":
            raise self._refused(f"write \\{letter} for the character itself")
        else:
            self._at += 1
        return False, True

    def _group(self, *, depth: int) -> bool:
        started = self._at
        self._at += 1
        if self._pattern.startswith("?:", self._at):
            self._at += 2
        elif self._pattern.startswith("?", self._at):
            raise self._refused("only groups ( and (?: are known")
        repeats = self._choices(depth=depth + 1)
        if self._at >= len(self._pattern):
            raise self._refused("this ( is never closed", at=started)
        self._at += 1
        return repeats

    def _escape(self) -> None:
        following = self._pattern[self._at + 1 : self._at + 2]
        if (following not in _CLASSES and following not in _ESCAPED) or not following:
            raise self._refused(f"\\{following} is not known; \\d \\w \\s and escaped signs are")
        self._at += 2

    def _set(self) -> None:
        started = self._at
        self._at += 1
        if self._pattern.startswith("^", self._at):
            self._at += 1
        empty, low = True, ""
        while self._at < len(self._pattern) and self._pattern[self._at] != "]":
            letter = self._pattern[self._at]
            if letter == "[" or (letter == "-" and empty) or letter in "&~^|":
                raise self._refused(f"write \\{letter} for the character itself")
            if letter == "-" and not self._pattern.startswith("]", self._at + 1):
                self._range(low=low)
                low, empty = "", False
                continue
            if letter == "-":
                raise self._refused("write \\- for the character itself")
            if letter == "\\":
                self._escape()
                escaped = self._pattern[self._at - 1]
                low = "" if escaped in _CLASSES else escaped
            else:
                self._at += 1
                low = letter
            empty = False
        if self._at >= len(self._pattern) or empty:
            raise self._refused("this [ is empty or never closed", at=started)
        self._at += 1

    def _range(self, *, low: str) -> None:
        high = self._pattern[self._at + 1 : self._at + 2]
        if not (low.isascii() and low.isalnum() and high.isascii() and high.isalnum() and low <= high):
            raise self._refused("a range goes from a lower to a higher letter or digit, such as a-z")
        self._at += 2

    def _repeat(self, *, repeatable: bool, started: int) -> bool:
        if self._at >= len(self._pattern) or self._pattern[self._at] not in "*+?{":
            return False
        if not repeatable:
            raise self._refused("^ and $ cannot be repeated", at=started)
        optional = self._pattern[self._at] == "?"
        if self._pattern[self._at] == "{":
            self._counted()
        else:
            self._at += 1
        if self._at < len(self._pattern) and self._pattern[self._at] in "*+?{":
            raise self._refused("two repeats follow each other")
        return not optional

    def _counted(self) -> None:
        found = _COUNTED.match(self._pattern, self._at)
        if found is None:
            raise self._refused("a counted repeat is {3}, {3,} or {3,5}; write \\{ for the character itself")
        least, most = int(found[1]), int(found[3] or found[1])
        if most > REPEAT_MAXIMUM or least > most or most == 0:
            raise self._refused(f"a counted repeat goes from a lower to a higher number, at most {REPEAT_MAXIMUM}")
        self._repeats += most
        if self._repeats > _REPEATS_TOGETHER_MAXIMUM:
            raise self._refused(f"counted repeats come to more than {_REPEATS_TOGETHER_MAXIMUM} together")
        self._at = found.end()

    def _refused(self, told: str, *, at: int | None = None) -> PatternRefused:
        return PatternRefused(told=told, at=self._at if at is None else at)
