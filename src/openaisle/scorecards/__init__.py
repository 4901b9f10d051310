"""Scorecards: how well suppliers keep their promises, counted as it happens, and what follows where they do not.

Here belong the counts by supplier and day, what they come to in windows of 7, 30 and 90 days, the score that allocation
asks for, and the way from a warning to a suspension.
Here never belongs the choice among suppliers (allocation makes it) nor the suspension itself (the room of suppliers).
"""
