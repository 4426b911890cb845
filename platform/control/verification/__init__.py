"""Workspace verification: who the company is, and for which carriers it may act.

A workspace hands in its licence, its people and its carriers' authorisations; an operator passes,
returns or revokes it. Until it is passed everything can be tried, but the public orders nothing
and nothing goes to a carrier: `standing` answers that of the workspace being served, without a
query. Key words: *handed in*, *passed*, *returned* with remarks on single fields, *revoked*.
"""
