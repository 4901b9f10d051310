"""People: the operator's staff and suppliers' users, how they prove who they are, and what they did.

Here belong users, passwords, one-time codes, invitation and reset links, sessions, sign-in by an identity provider,
and the audit trail. Here never belongs what a role may do (kernel.permissions), nor any subject of the marketplace.
"""
