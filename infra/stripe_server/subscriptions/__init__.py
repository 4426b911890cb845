"""Subscriptions: their items, their periods, their changes and their end."""
