"""Numbers and SIM cards: stock, holds, allotment to channels; nobody gets a number twice.

Not here: who bought one (tenants.orders). Key words: a *hold* keeps a number for an owner until
an expiry; *allocated* means bound to an order item; an *allotment* deals stock to a channel.
"""
