"""What the patterns of texts in requests share."""

from __future__ import annotations

# Python's $ also matches before a line feed that ends the text; this is the very end, in JSON Schema too.
END = r"$(?!\n)"

# What can stand in a key of the table: no white space, no control character.
IDENTIFIER_PATTERN = rf"^[!-~]+{END}"
