"""The attack suite: what somebody would try who got a statement or a request of theirs through.

Every attempt has an id and is in the catalogue; `python -m tests.attacks` prints it. Each is
asserted to fail for its own reason and to have changed nothing. Those that PostgreSQL lets pass
are in it, too, with what stops them before the server.
"""
