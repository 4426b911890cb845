"""The one list component: declared once, it filters, sorts, pages, exports and renders itself.

A module declares a `Listing`; its view calls `respond` and its template calls the macro of
kit/listing.html. Nothing here knows what the rows mean.
"""

from kit.web.listing.bulk import (
    MOST_IN_BACKGROUND,
    BulkVerb,
    Outcome,
    RowResult,
    SetVerb,
    do_with_each,
    for_each,
    register_verb,
    show_results,
)
from kit.web.listing.columns import BulkAction, Column, RowAction
from kit.web.listing.export import Formula, Source, find_source, register_source
from kit.web.listing.filters import Filter, StatusTabs
from kit.web.listing.listing import Listing
from kit.web.listing.page import ListingPage
from kit.web.listing.sums import Grouping

__all__ = [
    "MOST_IN_BACKGROUND",
    "BulkAction",
    "BulkVerb",
    "Column",
    "Filter",
    "Formula",
    "Grouping",
    "Listing",
    "ListingPage",
    "Outcome",
    "RowAction",
    "RowResult",
    "SetVerb",
    "Source",
    "StatusTabs",
    "do_with_each",
    "find_source",
    "for_each",
    "register_source",
    "register_verb",
    "show_results",
]
