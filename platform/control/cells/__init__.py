"""Cells: the databases that hold workspaces, how full they are and which takes new ones.

Not here: moving a workspace from one to another (moving). Key words: a cell is *open* when new
workspaces may go there, *up* when it answers; its *engine* is plain PostgreSQL or a Citus cluster.
"""
