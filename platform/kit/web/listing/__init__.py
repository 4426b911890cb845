"""The one list component: declared once, it filters, sorts, pages, exports and renders itself.

A module declares a `Listing`; its view calls `respond` and its template calls the macro of
kit/listing.html. Nothing here knows what the rows mean.
"""

from kit.web.listing.bulk import Outcome, RowResult, for_each, show_results
from kit.web.listing.columns import BulkAction, Column, RowAction
from kit.web.listing.export import Formula, Source, register_source
from kit.web.listing.filters import Filter, StatusTabs
from kit.web.listing.listing import Listing
from kit.web.listing.page import ListingPage
from kit.web.listing.sums import Grouping

__all__ = [
    "BulkAction",
    "Column",
    "Filter",
    "Formula",
    "Grouping",
    "Listing",
    "ListingPage",
    "Outcome",
    "RowAction",
    "RowResult",
    "Source",
    "StatusTabs",
    "for_each",
    "register_source",
    "show_results",
]
