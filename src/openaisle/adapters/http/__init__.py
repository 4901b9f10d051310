"""Outbound HTTP: the guard against addresses that lead inside, and the caller that stands behind it.

Every address that a stranger gave is called through here and nowhere else. What is said in a call, and what is
done with its answer, does not belong here.
"""
