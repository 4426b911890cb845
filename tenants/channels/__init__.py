"""Channels: the distribution tree and its people, who log in to the portal.

Not here: what channels earn (tenants.settlement), what they may sell (tenants.catalogue). Key
words: *depth* is the place in the tree, *grade* a rank; a *channel user* is an owner or a clerk.
"""
