"""The tabs that a record's page has besides its own: what other modules show of any record.

A module offers its tabs once; a page composes them with `record_panes("customer", customer)`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kit.db import TenantModel
from tenants.accounts.kinds import RecordKind, find_kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Pane:
    """A tab that loads from `url` when it is opened; `count` stands beside its label."""

    key: str
    label: object
    url: str
    count: int | None = None


Offer = Callable[[RecordKind, TenantModel], Iterable[Pane]]
_offers: dict[int, Offer] = {}


def offer_panes(place: int) -> Callable[[Offer], Offer]:
    """Show tabs on the pages of records, in the order of their places.

    The function gets the kind and the row, and yields nothing where it has nothing to show.
    """

    def add(offer: Offer) -> Offer:
        if place in _offers:
            raise ValueError(f"the place {place} is taken")
        _offers[place] = offer
        return offer

    return add


def record_panes(code: str, row: TenantModel) -> list[Pane]:
    """Return the tabs that a record of a kind has besides its own."""
    kind = find_kind(code)
    assert kind is not None, code
    return [pane for _place, offer in sorted(_offers.items()) for pane in offer(kind, row)]
