"""Files in and out: one import for every kind of row, with a dry run, errors by row and progress.

Not here: what a row means; the module that owns the rows supplies the columns and a set-based
verb. Key words: an *import* is checked first (dry run), then applied all or not at all.
"""
