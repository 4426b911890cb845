"""Our accounts at carriers, and how their files are read.

Not here: what an answer does to an order (tenants.orders). Key word: an *adapter* reaches one
carrier account; today it is a person who types, or a file.
"""
