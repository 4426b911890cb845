"""Roll-outs: every workspace brought to this release's revision, a transaction each.

Not here: the control and cell schemas (provisioning.migrate) and how revisions are rendered
(kit.db.migrating). Key words: a *roll-out* is one such journey; it goes in *rings*, canaries
first; its *budget* is how many workspaces may fail before it stops. What is done is recorded in
cell.workspaces by the transaction that did it, so a roll-out that was killed simply starts again.
"""
