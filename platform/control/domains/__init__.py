"""Addresses of workspaces: which names may be taken, and finding one's workspace again.

Key words: an *address* is the first label of a workspace's host; a *contact* is the mail address
or mobile number of a sign-up.
"""
