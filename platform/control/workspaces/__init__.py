"""Workspaces: their life from trial to closed, their keys, and finding one by host or id.

Not here: signing up, building the schema. Key words: *state* is the life, *access* what may be
done now and follows from the state.
"""
