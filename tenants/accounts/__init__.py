"""The workspace's own people: users, roles, permissions, sessions and the company's profile.

Not here: people of channels (tenants.channels), customers. Key words: a *role* holds permissions,
a *user* holds roles; a user logs in to the back office by username, mobile number or e-mail.
"""
