"""What a person arranges for himself (工作台): saved views, columns and past queries of lists.

Not here: what the workspace sets for all (tenants.accounts), records themselves. Key words: a
*saved view* keeps the conditions, order and columns of a list under a name, never its rows, so that
everybody sees it within his own rights; a *list setting* is how a person has a list when he asks
nothing; a *past query* is what he asked before, with how many records it found.
"""
