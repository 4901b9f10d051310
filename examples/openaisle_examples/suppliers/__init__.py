"""Simulated suppliers: real HTTP servers with the Order Acceptance API and the Inventory API, and a chosen character.

This is a simulation. One process plays any number of suppliers; each has its own paths, secret, key and book.
"""

from openaisle_examples.suppliers.character import Character, SupplierSetup
from openaisle_examples.suppliers.server import SimulatedSuppliers

__all__ = ["Character", "SimulatedSuppliers", "SupplierSetup"]
