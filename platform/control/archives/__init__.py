"""Archives: everything a workspace owns in one encrypted file, and back into a fresh schema.

Not here: backing up whole servers. Key words: an *archive* is that file; its *manifest* says what
must be in it; a *drill* makes one, restores it and compares; a *sandbox* is a copy whose people
are made up.
"""
