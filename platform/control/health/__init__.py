"""Whether this process lives, and whether it can serve anybody.

Not here: whether backups are good (control.backups) and what background work failed (the console).
Key words: `/healthz` asks nothing of anyone; `/readyz` asks everything this process leans on, says
*degraded* when something is wrong and *unavailable* only when nobody at all can be served.
"""
