"""Checkout: a session, the page that people are sent to, and what comes of it."""
