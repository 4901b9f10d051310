"""What leaves the catalog: search, changes since a cursor, exports, quality scores."""
