"""Saved views of lists for tests."""

from itertools import count

from tenants.accounts.models import User
from tenants.desk import services
from tenants.desk.models import SavedView
from tenants.desk.services import ViewDraft

_numbers = count(1)


def make_view(
    user: User, *, listing: str = "orders", query: str = "status=new", **draft
) -> SavedView:
    """A view of somebody's own, unless told otherwise."""
    draft.setdefault("name", f"视图{next(_numbers)}")
    return services.save_view(user, listing=listing, draft=ViewDraft(query=query, **draft))
