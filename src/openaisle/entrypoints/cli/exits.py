"""Exit codes, part of the interface for scripts."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a command's exit status means."""

    DONE = 0
    FOUND = 1
    USAGE = 2
    SETTINGS = 3
    FAILED = 4
    INTERRUPTED = 130


EXPLANATIONS = {
    ExitCode.DONE: "The command did what was asked.",
    ExitCode.FOUND: "The command ran and found something wrong: a failed check, a difference.",
    ExitCode.USAGE: "The command line was not understood; nothing was done.",
    ExitCode.SETTINGS: "The settings cannot be used; nothing was opened.",
    ExitCode.FAILED: "The command could not do what was asked; the message names why.",
    ExitCode.INTERRUPTED: "The command was interrupted from the keyboard.",
}
