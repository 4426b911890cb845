"""Signing up: a form, a review page, a mail to prove the address, then a build with progress.

Not here: building. Key words: a *signup* is one request; it is open for 24 hours.
"""
