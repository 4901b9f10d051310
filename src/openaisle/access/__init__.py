"""Access: who a caller is.

Here belong API keys and how a caller is recognized by one. Here never belongs what a party may do with its records:
each room states the roles of its operations and keeps its own records apart.
"""
