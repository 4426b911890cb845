"""What a workspace sets up for itself: dictionary, numbering, parameters; its log, and its help.

Not here: people, roles and log-ins (tenants.accounts). Key words: a *type* of the dictionary has
*values*, ours by default and the workspace's own; a *numbering rule* makes a kind of document's
numbers; a *parameter* is a setting with a history; a *seal* proves the log; an *article* helps.
"""
