"""The end of a workspace: asked for, a time of grace, everything removed, and a certificate.

Not here: suspending, which keeps everything. Key words: *closing* is the grace in which it can be
taken back; the *certificate* names what was removed, and when the last copy of its keys is gone.
"""
