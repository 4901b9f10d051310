"""Judging: a table of cells becomes a table of facts with verdicts, issues and corrections, all rows at once."""
