"""That a list of the console leaves as a file stands in its log."""

from collections.abc import Callable

from control.console.services import record_export
from control.console.views.archives import operator
from kit.web import Listing


def noted(listing: Listing) -> Callable[[int, object], None]:
    """Return what writes down an export of a list before a byte leaves."""
    return lambda count, _args: record_export(listing.name, count, by=operator())
