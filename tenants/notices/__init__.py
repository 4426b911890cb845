"""Notices: what people are told, by which way, and what they are reminded of.

Other modules register a *kind* of happening (kinds.py) and call `services.notify` in their own
transaction. A *notice* is one person's; it stands in the inbox and may go out by other *ways*, each
time as a *delivery*. Also here: announcements to many, following a record, and reminders on any
record. Not here: the audit log, and mail with a secret in it (accounts sends those itself).
"""
