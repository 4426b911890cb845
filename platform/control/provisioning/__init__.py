"""Building workspaces: schema, role, grants and seed in one transaction, by the provisioner.

The provisioner alone holds the migrator's login; the web process never runs DDL. A *build* is the
request for one workspace, with progress; a failed one leaves nothing behind and is retried.
"""
