"""Pages about billing: what is sold, who owes what, what Stripe said, what it earns."""
