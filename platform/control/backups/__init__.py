"""Backup of the whole: every server's data and log, every uploaded file, and keys apart.

Not here: the archive of one workspace (control.archives). Key words: a *backup* is a copy of
everything at one time, whole or not there at all; a *server* is one PostgreSQL that holds places
(the control plane, cells); the *stream* is the log that follows a backup, so that any moment after
it can be had again; a *drill* restores the newest backup elsewhere and starts the application on
it. Targets: at most five minutes of work lost (RPO), back within an hour (RTO).
See infra/decisions/0013-backup.md.
"""

from control.backups.keys import keys_expire_on

__all__ = ["keys_expire_on"]
