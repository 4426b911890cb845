"""Addresses of workspaces: which names may be taken, and finding one's workspace again."""
