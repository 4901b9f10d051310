"""Mail: what is told to people by e-mail, kept until it is delivered or given up.

Here belong templates, their translations, the outgoing mails and their delivery. The room knows no subject: other rooms
name a template and give the data for it. Here never belongs the decision whom to tell, or when.
"""
