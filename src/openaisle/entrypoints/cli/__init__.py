"""The command ``openaisle``: run the marketplace and look after it.

Here belong commands, their output for people and machines, and exit codes.
Here never belongs what only a command could do: everything is a use case, a query or an operation.
"""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from openaisle.entrypoints.cli.application import run

    run()
