"""What a workspace pays the platform, as its own people see it: plan, meters, invoices, buying.

The tables and verbs are the control plane's (`control.billing`); here are the pages, the counts of
what is in use, and this workspace's own log of what was done. It is not about money between the
workspace and its channels (settlement) or customers (orders).
"""
