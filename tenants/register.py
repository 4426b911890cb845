"""Put the tenant plane into the application."""

from flask import Flask


def register_tenants(app: Flask) -> None:
    """Register every module's pages, commands and jobs."""
    del app
