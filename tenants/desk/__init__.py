"""What a person arranges for himself (工作台): lists, favourites, the home page.

Not here: what the workspace sets for all (tenants.accounts), records themselves. Key words: a
*saved view* keeps the conditions, order and columns of a list under a name, never its rows, so that
everybody sees it within his own rights; a *list setting* is how a person has a list when he asks
nothing; a *past query* is what he asked before, with how many records it found; a *favourite* is a
page or record kept at hand; a *home layout* says which blocks of the home page stand where.
"""
