"""The workspace's task centre: what works in the background, how far it is, and stopping it.

Not here: doing the work (each module's jobs), whose turn it is (kit.jobs), and the operator's view
of all workspaces (the console). Key words: a *task* is a row of the cell's outbox as people see it;
the database shows a workspace its own rows and no others. A person sees what was asked for in his
name; who may see the tasks of everybody sees the recurring ones, too.
"""
