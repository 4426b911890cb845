"""The platform operator's console, with a log-in apart from all others.

Shows workspaces, builds and dead jobs; never the inside of a workspace.
"""
