"""The back office as a surface: its frame, its menu and its home page; no tables.

Besides, what concerns the workspace as a whole or one person everywhere: export, deletion, erasure.

Not here: the pages of modules, which each module has itself.
"""
