"""Feeds: files of many submissions, read, mapped, judged as whole tables, and applied; with their reports."""
