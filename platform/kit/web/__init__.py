"""The web: page frame, lists, drawers, failures and files that every surface shares.

A surface calls `use_frame` before its views; a view answers with `page`, `go` or `done`.
"""

from kit.web.answers import back_url, done, go, page, safe_next, toast, wants_fragment
from kit.web.app import csrf, init_web
from kit.web.filters import Tag
from kit.web.finding import Finder, Found
from kit.web.frame import Brand, Frame, MenuGroup, MenuItem, Person, Star, use_frame
from kit.web.headers import form_may_lead_to
from kit.web.listing import (
    MOST_IN_BACKGROUND,
    BulkAction,
    BulkVerb,
    Column,
    Filter,
    Formula,
    Grouping,
    Listing,
    Outcome,
    RowAction,
    RowResult,
    SetVerb,
    Source,
    StatusTabs,
    do_with_each,
    find_source,
    for_each,
    register_source,
    register_verb,
    show_results,
)
from kit.web.timeline import Event

__all__ = [
    "MOST_IN_BACKGROUND",
    "Brand",
    "BulkAction",
    "BulkVerb",
    "Column",
    "Event",
    "Filter",
    "Finder",
    "Formula",
    "Found",
    "Frame",
    "Grouping",
    "Listing",
    "MenuGroup",
    "MenuItem",
    "Outcome",
    "Person",
    "RowAction",
    "RowResult",
    "SetVerb",
    "Source",
    "Star",
    "StatusTabs",
    "Tag",
    "back_url",
    "csrf",
    "do_with_each",
    "done",
    "find_source",
    "for_each",
    "form_may_lead_to",
    "go",
    "init_web",
    "page",
    "register_source",
    "register_verb",
    "safe_next",
    "show_results",
    "toast",
    "use_frame",
    "wants_fragment",
]
