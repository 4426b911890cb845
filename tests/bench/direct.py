"""A connection past the application: to fill and empty tables, and to ask what statements cost."""

import os
from typing import Any

import psycopg
from sqlalchemy.engine import make_url


def connection() -> psycopg.Connection[Any]:
    """Return a superuser's connection to the database of the benchmarks."""
    url = make_url(os.environ["SUPERUSER_DATABASE_URL"]).set(database="simtree_bench")
    return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)
