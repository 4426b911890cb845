"""The back office as a surface: its frame, its menu and its home page; no tables.

Not here: the pages of modules, which each module has itself.
"""
