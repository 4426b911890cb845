"""Ways to pages of modules above this one, where they are there."""

from flask import current_app, url_for

from tenants.accounts.permissions import Permission
from tenants.accounts.realm import signed_in_user


def import_url(kind: str) -> str | None:
    """Return where a kind of rows is imported; None when this person may not."""
    is_there = "imports.upload" in current_app.view_functions
    if not is_there or not signed_in_user().can(Permission.Number.IMPORT):
        return None
    return url_for("imports.upload", kind=kind)


def orders_url(text: str, *, item_id: str | None) -> str | None:
    """Return where the order of a number or card is found; None when there is none to see."""
    is_there = "orders.index" in current_app.view_functions
    if not item_id or not is_there or not signed_in_user().can(Permission.Order.VIEW):
        return None
    return url_for("orders.index", q=text)
