"""OpenAisle: the system by which a retailer runs a third-party marketplace.

Each package below is one room of the house. Imports run downwards only; the contracts in ``pyproject.toml`` hold the
order and the tests enforce it. Nothing connects, reads a file or starts a thread when a module is imported.
"""

__version__ = "0.1.0"
