"""Support access: a workspace lets the operator look in for some hours, and takes it back.

Not here: what an operator may open once inside (tenants.accounts.support). Key words: a *grant* is
what the workspace gave; a *hand-over* leads an operator, once, from the console to the workspace's
own host; a *visit* is what it became there.
"""
