"""A file of any format becomes rows of text: table ``raw``. What the columns mean is never asked here."""

from openaisle.feeds.reading.model import (
    FileFormat,
    FileParsers,
    FileUnreadable,
    ReadFile,
    ReadingHints,
    ReadingLimits,
    column_name,
)
from openaisle.feeds.reading.reading import read_file

__all__ = [
    "FileFormat",
    "FileParsers",
    "FileUnreadable",
    "ReadFile",
    "ReadingHints",
    "ReadingLimits",
    "column_name",
    "read_file",
]
