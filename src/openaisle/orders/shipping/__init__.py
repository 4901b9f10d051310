"""Parcels on their way: packages, carriers and their tracking numbers, deadlines, and the papers in the box."""
