"""One product, many sources: who says what of it, which word counts, and what a person joined or parted."""
