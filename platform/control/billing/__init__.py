"""What workspaces pay for, whether they have paid, and so what they may do.

*Billing plan*: what is sold, in versions, so that a workspace keeps what it bought. *Account*: one
for each workspace. *Subscription* and *invoice*: mirrors of what the provider of payments says
(Stripe), or our own where a workspace pays by bank transfer. *Standing*: the state that follows
from them, by one pure function (`standing`). *Inbox*: what the provider told us, each once.
"""
