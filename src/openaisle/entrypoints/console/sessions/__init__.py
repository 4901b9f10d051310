"""Sessions of the console: who signed in, links that sign in once, and the slowing of those who guess.

Here belong the records of signing in, kept only as hashes with an end. Here never belongs who may be an
operator: that is what the room of access says of a key.
"""
