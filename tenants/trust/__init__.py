"""What the workspace and the platform vouch for to each other: support access and verification.

Not here: what an operator may open once inside (accounts.support), and what is shut until the
company is verified (control.verification.standing). Key words: a *grant* lets the operator look in
for some hours; a *verification* is what the company hands in about itself.
"""
