"""Rules kept from decisions: what a person decided once is decided alike the next time.

A rule knows a finding by kind of subject, code, field and the value the field held. It approves or corrects; it never
rejects, and never settles what two people must look at.
"""
