"""Cards and other ways to pay, payment intents, charges, refunds and set-ups."""
