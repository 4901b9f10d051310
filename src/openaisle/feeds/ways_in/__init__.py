"""How files come in, and what goes back: uploads in parts, watched folders, pulls, live progress, the file's report.

Here belongs what happens before a feed stands in its lane, and what is told of it afterwards. What happens to its rows
stands in the other rooms of feeds.
"""
