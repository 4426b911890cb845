"""Running Simtree on one machine that has only Python.

It is what `infra/bin/run` and `infra/bin/test` are made of: the Python environment
(bootstrap), PostgreSQL and Redis as child processes (servers), front-end files and
translations (assets), the settings the application reads (environment) and the
watching of its processes (supervisor).

It is not how Simtree is deployed, and it knows nothing of the application but the
names of its commands and settings.

Key words: a *guardian* is the small process that ends everything when the one that
started it is killed; *var* is the folder that holds all data of this machine.
"""
