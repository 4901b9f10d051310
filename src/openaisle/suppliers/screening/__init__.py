"""Names compared with names on lists: reading a name, indexing a list, searching it, saying how alike two names are.

Here belongs what makes two writings of one name alike: scripts, legal forms, spelling, word order, typing errors.
Here never belongs where a list lies (the kernel's port of name lists), nor what a match leads to (the policy).
"""
