"""The one list component: declared once, it filters, sorts, pages, exports and renders itself.

A module declares a `Listing`; its view calls `respond` and its template calls the macro of
kit/listing.html. Nothing here knows what the rows mean.
"""

from kit.web.listing.columns import BulkAction, Column, RowAction
from kit.web.listing.export import Formula, Source, register_source
from kit.web.listing.filters import Filter, StatusTabs
from kit.web.listing.listing import Listing
from kit.web.listing.page import ListingPage

__all__ = [
    "BulkAction",
    "Column",
    "Filter",
    "Formula",
    "Listing",
    "ListingPage",
    "RowAction",
    "Source",
    "StatusTabs",
    "register_source",
]
