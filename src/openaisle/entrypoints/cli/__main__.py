"""``python -m openaisle.entrypoints.cli`` is ``openaisle``."""

from __future__ import annotations

from openaisle.entrypoints.cli import main

if __name__ == "__main__":
    main()
