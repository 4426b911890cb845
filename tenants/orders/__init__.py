"""Orders: from entry to activation, on five axes that never merge into one status.

Calls settlement, numbers, catalogue and customers. Key words: an *item* is one number with one
card; the *headline* says what an order waits for, on whom, since when; a *snapshot* keeps chain,
prices and rates as they were when the order was placed.
"""
