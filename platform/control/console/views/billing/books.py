"""The platform's books (D046): entries to be taken over by an ERP, and a month's turnover."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import request
from werkzeug.wrappers import Response as BaseResponse

from control.billing import queries
from control.billing.bookkeeping.postings import LEDGERS, Ledger, postings, turnovers
from control.billing.labels import PROVIDERS
from control.billing.models import BookEntry, EntryKind
from control.console.realm import blueprint
from control.console.views.billing.exporting import noted
from kit import clock
from kit.db import control_session
from kit.i18n import format_money
from kit.i18n import lazy_gettext as _l
from kit.security import signed_in
from kit.web import Column, Filter, Listing, StatusTabs, Tag

ZONE = ZoneInfo("Asia/Shanghai")
FIRST = date(2020, 1, 1)
KINDS = {
    EntryKind.ISSUED: Tag(_l("Invoiced"), "azure"),
    EntryKind.PAID: Tag(_l("Paid"), "green"),
    EntryKind.CREDITED: Tag(_l("Credited"), "orange"),
    EntryKind.REFUNDED: Tag(_l("Refunded"), "orange"),
    EntryKind.LOST: Tag(_l("Lost"), "red"),
    EntryKind.ADVANCED: Tag(_l("Paid in advance"), "azure"),
}


def _accounts(entry: BookEntry, *, debit: bool) -> str:
    """Return the accounts of one side, with the amounts where there are two."""
    sides = [
        one
        for one in postings(entry.kind, entry.provider, entry.amount, entry.tax_amount)
        if (one.amount > 0) == debit
    ]
    if len(sides) == 1:
        return f"{sides[0].ledger} {LEDGERS[sides[0].ledger]}"
    return "; ".join(
        f"{one.ledger} {LEDGERS[one.ledger]} {format_money(abs(one.amount), entry.currency)}"
        for one in sides
    )


ENTRIES = Listing(
    "book_entries",
    [
        Column("occurred_at", _l("Date"), kind="datetime", sort="occurred_at"),
        Column("kind", _l("Entry"), kind="tag", tags=KINDS),
        Column(
            "number", _l("Invoice"), value=lambda row: row.invoice.number if row.invoice else ""
        ),
        Column(
            "workspace",
            _l("Workspace"),
            value="account.workspace.name",
            second="account.workspace.address",
        ),
        Column("debit", _l("Debit"), value=lambda row: _accounts(row, debit=True), wrap=True),
        Column("credit", _l("Credit"), value=lambda row: _accounts(row, debit=False), wrap=True),
        Column("amount", _l("Amount"), kind="money", currency="currency"),
        Column("tax_amount", _l("Of it tax"), kind="money", currency="currency"),
        Column("currency", _l("Currency"), hidden=True),
        Column("provider", _l("Pays by"), kind="tag", tags=PROVIDERS, hidden=True),
        Column("public_id", _l("Entry no."), hidden=True, copy=True),
    ],
    filters=[
        Filter.search(queries.invoices_matching, label=_l("Number, workspace or Stripe's id")),
        Filter.date_range("at", _l("Date"), column=BookEntry.occurred_at),
        Filter.choice(
            "provider",
            _l("Pays by"),
            [(one.value, words) for one, words in PROVIDERS.items()],
            column=BookEntry.provider,
        ),
    ],
    tabs=StatusTabs(
        [(kind.value, KINDS[kind].label) for kind in EntryKind], column=BookEntry.kind, name="kind"
    ),
    empty_title=_l("The books are empty"),
    empty_hint=_l("The first entry comes with the first invoice."),
    empty_icon="book-2",
    also=("month",),
)


@blueprint.get("/billing/books")
@signed_in
def books() -> BaseResponse:
    first = _month(request.args.get("month", ""))
    following = (first + timedelta(days=32)).replace(day=1)
    return ENTRIES.respond(
        queries.book_entries(),
        control_session(),
        "console/billing/books.html",
        on_export=noted(ENTRIES),
        month=f"{first:%Y-%m}",
        before=f"{first - timedelta(days=1):%Y-%m}",
        after=f"{following:%Y-%m}" if following <= clock.today() else "",
        turnovers=[
            {"one": one, "name": LEDGERS[Ledger(one.ledger)]}
            for one in turnovers(_begins(first), _begins(following))
        ],
    )


def _month(asked: Any) -> date:
    """Return the first of the month that is asked for; this month's where it is none of ours."""
    latest = clock.today().replace(day=1)
    try:
        first = date.fromisoformat(f"{asked}-01")
    except ValueError:
        return latest
    return first if FIRST <= first <= latest else latest


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE)
