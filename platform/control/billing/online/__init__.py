"""Billing through Stripe: what is sold there, Checkout and portal, changes, events, the mirror.

Stripe is called outside any transaction; what it answers is written in one. What it tells us by
webhook only says where to look: the object is fetched fresh, under a ticket, and an older fetch
never overwrites a newer one.
"""
