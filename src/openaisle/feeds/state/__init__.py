"""What a supplier's feeds have said so far, as tables: whatever a file says again costs nothing.

Here belong the list of the tables (the manifest), the comparison of a file with them, and the marks that foreign
changes leave, so that a row about something that was changed elsewhere counts as news. Here never belongs what a row
means.
"""
