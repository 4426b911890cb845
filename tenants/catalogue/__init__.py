"""Products: what is sold, under which rules, and what a channel earns with it.

Not here: numbers in stock (tenants.numbers), money that was earned (tenants.settlement). Key
words: *plan content* is what a SIM contains, a *submit rule* refuses an order, a *rate* is what
a channel earns of a milestone, in minor units for each item.
"""
