"""Offer a list for export: under which right, as whose list, and how the log names it."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from kit import audit
from kit.web import Column, Listing, Source, register_source
from kit.web.listing.columns import Value
from kit.web.listing.export import Statement
from tenants.accounts.services import record_export


def offer_export(
    listing: Listing,
    label: object,
    *,
    event: audit.Event,
    permission: StrEnum | None,
    statement: Statement,
    full: Mapping[str, Value] | None = None,
    reveal: StrEnum | None = None,
    extra: Sequence[Column] = (),
    names_list: bool = False,
    hides_filters: bool = False,
) -> Source:
    """Let a list leave as a file; `event` with count and filters is what the audit log gets.

    `names_list` puts the list's name among the filters, for an event that several lists share;
    `hides_filters` keeps their values out of the log, where they are personal data.
    """

    def log(count: int, args: Mapping[str, str], person: Any) -> None:
        filters = {name: "***" if hides_filters else value for name, value in args.items() if value}
        if names_list:
            filters["list"] = listing.name
        record_export(event, count=count, filters=filters, by=person)

    return register_source(
        Source(
            listing=listing,
            label=label,
            permission=permission,
            statement=statement,
            log=log,
            full=full or {},
            reveal=reveal,
            extra=extra,
        )
    )
