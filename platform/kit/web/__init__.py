"""Pages: see the web branch."""

from flask import Flask


def init_web(app: Flask) -> None:
    """Placeholder until the web package lands."""
    del app
