"""Move a live workspace to another cell, by replication or by copy with a short closed window.

Not here: which cells there are (cells), restoring an archive. Key words: the *source* and the
*target* are cells; the *fence* is the moment from which nobody writes in the source; the *flip* is
the commit in control that makes the target the workspace's cell. Before it everything can be
undone, after it the rest is cleaning up. Every step sees for itself what is done.
"""
