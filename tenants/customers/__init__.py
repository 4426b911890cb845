"""Customers: persons, enterprises and government bodies who get numbers.

Not here: their orders (tenants.orders). Key word: a customer's *number* is CM0001, made by the
system and read-only (D049).
"""
