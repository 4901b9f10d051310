"""Tables with millions of rows, by DuckDB."""
