"""Long work on whole workspaces, done by the provisioner: restore, clone, move, delete, back up.

Not here: building a new workspace (provisioning) and a workspace's own jobs (kit.jobs). Key word:
an *operation* is one such piece of work, asked for by a person, with steps, progress and an end.
It is killed at any moment and goes on: each handler's step looks at what is already there.
"""
