"""The operator's console: server-rendered pages over the rooms' queries and use cases.

Here belong pages, the view models they draw, templates, the one style sheet, the one script, and the
sessions of those who signed in. Here never belongs a rule of the marketplace: a page asks a query and draws
the answer, a form calls a use case and shows what it said.
"""
