"""Duties in law: what the INFORM Consumers Act and the Digital Services Act ask of suppliers, and by when.

Here belong thresholds computed from real sales, clocks, certifications and what storefronts must show of a trader.
Here never belongs the verification of a supplier's facts: that is the room of suppliers.
"""
